"""The board."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("pipeline", __name__)


@blueprint.get("/pipeline")
@needs("figures.read")
def board() -> ResponseReturnValue:
    """The board."""
    return render_template("home/my_day.html")
