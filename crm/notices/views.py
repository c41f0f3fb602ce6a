"""The bell and what it tells."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import db
from crm.errors import Conflict
from crm.forms import page_of
from crm.notices import choices, queries, services
from crm.pagination import paginate

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
@needs("notice.read")
def index() -> ResponseReturnValue:
    """One's notices, the newest first."""
    page = paginate(db.session, queries.notices_of(current_user), queries.NEWEST, request.args.get("cursor"))
    return render_template("notices/index.html", page=page)


@blueprint.get("/notices/bell")
@needs("notice.read", polls=True)
def bell() -> ResponseReturnValue:
    """The bell with the number of unread notices, for an open page that asks now and then."""
    return render_template("notices/_bell.html")


@blueprint.post("/notices/<int:notice_id>/reading")
@needs("notice.read")
def read(notice_id: int) -> ResponseReturnValue:
    """Open what a notice tells of; it counts as read."""
    notice = services.read(notice_id, current_user)
    db.session.commit()
    return redirect(notice.url)


@blueprint.post("/notices/readings")
@needs("notice.read")
def read_all() -> ResponseReturnValue:
    """Count all notices that the page showed as read."""
    services.read_all(current_user, request.form.get("until", 0, type=int))
    db.session.commit()
    flash(_("已全部标为已读。"), "success")
    return redirect(url_for(".index"))


@blueprint.post("/notices/choices")
@needs("profile.edit")
def choose() -> ResponseReturnValue:
    """Choose how to be told besides the bell."""
    form = choices.ChoiceForm()
    page = page_of("notices/choices.html", form, **choices.context(form))
    if not form.validate_on_submit():
        return page()
    try:
        choices.choose(current_user, form)
    except Conflict as conflict:
        return page(conflict)
    db.session.commit()
    flash(_("已保存提醒方式。"), "success")
    return redirect(url_for("accounts.profile"))


@blueprint.app_context_processor
def shared_names() -> dict[str, object]:
    """What the frame of every page asks for."""
    return {"unread_notices": unread_notices}


def unread_notices() -> int:
    """How many notices the reader of the page has not read."""
    return db.session.scalar(queries.unread_count(g.user)) or 0
