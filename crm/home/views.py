"""My day."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.home.day import day_of, greeting
from crm.home.due import due_for
from crm.home.queries import QUIET_DAYS
from crm.home.set_up import set_up_of

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@needs("figures.read")
def my_day() -> ResponseReturnValue:
    """What matters this morning: what is due, who was met, whom nobody has met for long, how one's projects stand."""
    hello = _(greeting(), name=current_user.display_name)
    day, others = day_of(current_user), due_for(current_user)
    shown = {"hello": hello, "quiet_days": QUIET_DAYS, "set_up": set_up_of(current_user)}
    return render_template("home/my_day.html", day=day, others=others, **shown)
