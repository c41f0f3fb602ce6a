"""Imports."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("imports", __name__)


@blueprint.get("/imports")
@needs("import.create")
def index() -> ResponseReturnValue:
    """Imports."""
    return render_template("home/my_day.html")
