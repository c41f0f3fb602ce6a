"""Hand over what somebody holds: preview, act, record, undo."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.database import db
from crm.errors import Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.handovers import services
from crm.handovers.forms import HandOverForm
from crm.handovers.holdings import HOLDINGS
from crm.handovers.models import HandOver
from crm.pagination import Sort, paginate

blueprint = Blueprint("handovers", __name__)


@blueprint.get("/hand-overs")
@needs("hand_over.create")
def index() -> ResponseReturnValue:
    """What was handed over in one's offices, the latest first."""
    newest = Sort(HandOver.id, HandOver.id, descending=True)
    people = select(User.id).where(held_by(User, current_user, "hand_over.create"))
    query = select(HandOver).where(HandOver.from_id.in_(people))
    query = query.options(joinedload(HandOver.giver), joinedload(HandOver.taker), joinedload(HandOver.by))
    page = paginate(db.session, query, newest, request.args.get("cursor"))
    return render_template("handovers/index.html", page=page)


@blueprint.route("/users/<int:user_id>/hand-over", methods=["GET", "POST"])
@needs("hand_over.create")
def new(user_id: int) -> ResponseReturnValue:
    """Show what somebody holds, and hand all of it to a colleague."""
    giver = services.giver_of(user_id, current_user)
    people = services.takers(giver, current_user)
    counts = services.preview(giver, current_user)
    total = sum(counts.values())
    form = HandOverForm(expected=total).offer(people)
    rows = [(HOLDINGS[key].label, count) for key, count in counts.items()]
    hidden = services.hidden_count(giver, current_user)
    page = page_of("handovers/form.html", form, giver=giver, rows=rows, hidden=hidden, total=total)
    if not form.validate_on_submit():
        return page()
    taker = next(user for user in people if user.id == form.to_id.data)
    try:
        found = services.hand_over(giver, taker, form.reason.data, form.expected.data or 0, current_user)
    except (RuleError, Conflict) as error:
        form.expected.text, form.expected.data = None, total  # what the page shows now
        return page(error)
    db.session.commit()
    flash(_("已移交 %(count)s 项给%(name)s。", count=found.count, name=taker.display_name), "success")
    return redirect(url_for(".show", hand_over_id=found.id))


@blueprint.get("/hand-overs/<int:hand_over_id>")
@needs("hand_over.read")
def show(hand_over_id: int) -> ResponseReturnValue:
    """What went from whom to whom; for both of them and whoever may hand over."""
    found = readable(hand_over_id)
    rows = [(HOLDINGS[key].label, len(moved)) for key, moved in found.moved.items() if key in HOLDINGS]
    return render_template("handovers/show.html", found=found, rows=rows, may_undo=may_undo(found))


def readable(hand_over_id: int) -> HandOver:
    """The hand-over, NotFound for whom it does not concern."""
    people = select(User.id).where(held_by(User, current_user, "hand_over.create"))
    concerned = or_(
        HandOver.from_id.in_(people), HandOver.from_id == current_user.id, HandOver.to_id == current_user.id
    )
    found = db.session.scalars(select(HandOver).where(HandOver.id == hand_over_id, concerned)).one_or_none()
    if found is None:
        raise NotFound(services.NOT_FOUND)
    return found


def may_undo(found: HandOver) -> bool:
    """Whether the user may take it back: whoever might have made it."""
    query = select(User.id).where(User.id == found.from_id, held_by(User, current_user, "hand_over.create"))
    return found.undone_at is None and db.session.scalar(query) is not None


@blueprint.post("/hand-overs/<int:hand_over_id>/undoing")
@needs("hand_over.create")
def undo(hand_over_id: int) -> ResponseReturnValue:
    """Give everything back that nobody has changed since."""
    query = select(HandOver).where(HandOver.id == hand_over_id).with_for_update()
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(services.NOT_FOUND)
    left = services.undo(found, current_user)
    db.session.commit()
    flash(_("已撤销移交。"), "success")
    if left:
        flash(_("有 %(count)s 项在移交后又换了人，保持不变。", count=left), "warning")
    return redirect(url_for(".show", hand_over_id=found.id))
