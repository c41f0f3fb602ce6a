"""What is late, by office and person."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user, needs
from crm.pipeline import clocks
from crm.rules import today

blueprint = Blueprint("clocks", __name__)


@blueprint.get("/late")
@needs("project.read")
def index() -> ResponseReturnValue:
    """Everything that is late, of what the reader may know of."""
    found = clocks.late(current_user)
    days = {running: running.days_late(today()) for running in found}
    return render_template("pipeline/late.html", late=found, days=days)
