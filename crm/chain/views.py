"""Chains."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("chain", __name__)


@blueprint.get("/chains")
@needs("figures.read")
def index() -> ResponseReturnValue:
    """Chains."""
    return render_template("home/my_day.html")
