"""Log a visit."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import needs

blueprint = Blueprint("interactions", __name__)


@blueprint.get("/interactions/new")
@needs("interaction.create")
def new() -> ResponseReturnValue:
    """Log a visit."""
    return render_template("home/my_day.html")
