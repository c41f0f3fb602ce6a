"""My day."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs("figures.read")
def my_day() -> ResponseReturnValue:
    """What matters this morning."""
    return render_template("home/my_day.html")
