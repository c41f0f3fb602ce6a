"""The one box."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user, needs
from crm.search import services

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@needs("company.card")
def index() -> ResponseReturnValue:
    """What a text finds, in groups."""
    text = request.args.get("q", "").strip()
    return render_template("search/index.html", text=text, groups=services.answer(text, current_user))


@blueprint.get("/search/suggestions")
@needs("company.card")
def suggestions() -> ResponseReturnValue:
    """The first of what a text finds, for the list below the box."""
    text = request.args.get("q", "").strip()
    groups = services.answer(text, current_user, services.BELOW_BOX)
    return render_template("search/_suggestions.html", text=text, groups=groups)
