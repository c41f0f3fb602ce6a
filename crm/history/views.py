"""The audit page."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("history", __name__)


@blueprint.get("/history")
@needs("history.read")
def index() -> ResponseReturnValue:
    """The audit page."""
    return render_template("home/my_day.html")
