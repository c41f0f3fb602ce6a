"""The one box."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@needs("company.card")
def index() -> ResponseReturnValue:
    """The one box."""
    return render_template("home/my_day.html")
