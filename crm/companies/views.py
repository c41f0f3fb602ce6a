"""Companies."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("companies", __name__)


@blueprint.get("/companies")
@needs("company.card")
def index() -> ResponseReturnValue:
    """Companies."""
    return render_template("home/my_day.html")
