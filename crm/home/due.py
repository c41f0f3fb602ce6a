"""What else falls due for one person: a function per kind, each reading the slice that knows; KINDS is their order.

Each item has its act (a link that starts with it) and, where it can be handed on, what a task for a colleague would
say: done, moved or handed on without looking for its page.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import Select, literal, select

from crm.accounts.models import Role, User
from crm.accounts.permissions import may
from crm.accounts.settings import settings
from crm.database import db
from crm.home.lists import SHOWN, Some, several
from crm.pipeline import admission, agreements, claims, coordination, demands, dispatch, triage, weekly
from crm.pipeline import queries as pipeline
from crm.pipeline.models import CoordinationItem, Demand, Project, WeeklyLine
from crm.pipeline.models.claims import Claim, ClaimState
from crm.pipeline.permissions import may_read
from crm.pipeline.weeks import Week
from crm.rules import today
from crm.trips import queries as trips

#: So many of one's own 首谈 are looked through for those that lapse soon.
COMPARED = 200
#: Stops of so many days, today's among them, are shown.
STOP_DAYS = 2
#: Promises due within so many days are told beforehand.
PROMISE_DAYS = 14


@dataclass(frozen=True)
class Item:
    """Something that falls due: what, about whom, by when, and the act that settles it."""

    title: str
    url: str
    act: str
    act_url: str
    detail: str = ""
    due_on: date | None = None
    #: A page on which it is moved to another day, where it has one.
    move_url: str = ""
    #: Arguments of a task that hands it on; none where it cannot be.
    task: dict[str, Any] = field(default_factory=dict)

    @property
    def is_late(self) -> bool:
        return self.due_on is not None and self.due_on < today()


@dataclass(frozen=True)
class Due:
    """The items of a kind, and the page that has them all."""

    title: str
    icon: str
    items: Sequence[Item]
    count: int
    url: str

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.count - len(self.items)


def due_for(user: User) -> list[Due]:
    """What falls due for a person besides tasks and instructions, by kind; kinds without items are left out."""
    return [found for kind in KINDS for found in kind(user) if found.items]


def stops(user: User) -> Iterator[Due]:
    """The stops of today and tomorrow that are not visited yet."""
    query = trips.open_stops(user, today(), today() + timedelta(days=STOP_DAYS - 1))
    found = db.session.scalars(query.limit(SHOWN + 1)).unique().all()
    items = [
        Item(
            title=stop.company.name,
            url=url_for("companies.show", company_id=stop.company_id),
            detail=" · ".join(filter(None, [f"{stop.at:%H:%M}" if stop.at else "", stop.note, stop.trip.name])),
            due_on=stop.on_day,
            act=_("记走访"),
            act_url=url_for("interactions.new", company=stop.company_id, day=stop.on_day.isoformat()),
            move_url=url_for("trips.edit_stop", trip_id=stop.trip_id, stop_id=stop.id),
            task={"company": stop.company_id},
        )
        for stop in found[:SHOWN]
    ]
    yield Due(_("计划走访"), "route", items, len(found), url_for("trips.index"))


def talks(user: User) -> Iterator[Due]:
    """One's own 首谈 that lapse soon unless somebody keeps contact, and those that wait for one's decision."""
    own = select(Claim).where(Claim.owner_id == user.id, Claim.state == ClaimState.ACCEPTED).order_by(Claim.id)
    asked = claims.listed(user, "to_decide").where(literal(claims.is_coordinator(user))).order_by(Claim.id)
    held, undecided = several(claims.with_names, (own, COMPARED), (asked, SHOWN))
    yield lapsing(held.rows, user)
    yield to_decide(undecided, user)


def lapsing(own: Sequence[Claim], user: User) -> Due:
    """Of one's own 首谈 those that lapse soon, the first first."""
    term, warning = settings("claim_lapse_days", "claim_warning_days") if own else (0, 0)
    days = [(claims.lapses_on(claim, term), claim) for claim in own]
    last = today() + timedelta(days=warning)
    soon = sorted(((day, claim) for day, claim in days if day is not None and day <= last), key=lambda row: row[0])
    items = [
        Item(
            title=claims.title_of(claim, user),
            url=url_for("claims.show", claim_id=claim.id),
            detail=_("到期没有接触就失效"),
            due_on=day,
            act=_("记走访"),
            act_url=url_for("interactions.new", company=claim.project.company_id, project=claim.project_id),
            task={"project": claim.project_id},
        )
        for day, claim in soon[:SHOWN]
    ]
    return Due(_("首谈快要失效"), "hand-grab", items, len(soon), url_for("claims.index"))


def to_decide(found: Some[Claim], user: User) -> Due:
    """首谈 that wait for one's decision."""
    items = [
        Item(
            title=claims.title_of(claim, user),
            url=url_for("claims.show", claim_id=claim.id),
            detail=claim.owner.display_name,
            act=_("认定"),
            act_url=url_for("claims.show", claim_id=claim.id),
        )
        for claim in found.rows
    ]
    return Due(_("等您认定的首谈"), "gavel", items, found.count, url_for("claims.index"))


def own_projects(user: User) -> Iterator[Due]:
    """Of one's own projects those whose line of this week is not written, and the leads that wait for a decision."""
    week = Week.of(today())
    written = select(WeeklyLine.project_id).where(WeeklyLine.week == week.monday)
    unwritten, undecided = several(
        pipeline.with_line,
        (weekly.reporting(user, "mine").where(Project.id.not_in(written)), SHOWN),
        (triage.waiting(Project.owner_id == user.id), SHOWN),
    )
    yield weekly_lines(unwritten, week)
    yield leads(undecided)


def weekly_lines(found: Some[Project], week: Week) -> Due:
    """Projects whose line of a week is not written."""
    day = weekly.deadline(week) if found.rows else None
    items = [
        Item(
            title=project.name,
            url=url_for("pipeline.show", project_id=project.id),
            due_on=day,
            act=_("填周进展"),
            act_url=url_for("weekly.edit_line", project_id=project.id),
            task={"project": project.id},
        )
        for project in found.rows
    ]
    return Due(_("本周进展还没填"), "notes", items, found.count, url_for("weekly.index"))


def leads(found: Some[Project]) -> Due:
    """Leads that wait for the decision whether to pursue them."""
    items = [
        Item(
            title=project.name,
            url=url_for("pipeline.show", project_id=project.id),
            act=_("研判"),
            act_url=url_for("pipeline.new_triage", project_id=project.id),
            task={"project": project.id},
        )
        for project in found.rows
    ]
    return Due(_("等研判的线索"), "bulb", items, found.count, url_for("pipeline.board"))


def promises(user: User) -> Iterator[Due]:
    """The promises that one looks after and that are late or due within some days."""
    found = some(agreements.promises_due(user, today() + timedelta(days=PROMISE_DAYS)))
    items = [
        Item(
            title=promise.body[:60],
            url=url_for("pipeline.show_agreement", agreement_id=promise.agreement_id, _anchor="promises"),
            detail=promise.agreement.project.name if may_read(user, promise.agreement.project) else "",
            due_on=promise.due_on,
            act=_("登记兑现"),
            act_url=url_for("pipeline.fulfil_promise", promise_id=promise.id),
            task={"project": promise.agreement.project_id},
        )
        for promise in found[:SHOWN]
    ]
    yield Due(_("快要到期的承诺"), "heart-handshake", items, len(found), url_for("pipeline.promises"))


def asked_for(user: User) -> Iterator[Due]:
    """What companies ask for and one is to answer."""
    found = some(demands.listed(user, "mine", "open").order_by(Demand.due_on, Demand.id))
    items = [
        Item(
            title=demand.body[:60],
            url=url_for("pipeline.show_demand", demand_id=demand.id),
            detail=demand.company.name,
            due_on=demand.due_on,
            act=_("答复"),
            act_url=url_for("pipeline.show_demand", demand_id=demand.id),
            move_url=url_for("pipeline.edit_demand", demand_id=demand.id),
            task={"company": demand.company_id},
        )
        for demand in found[:SHOWN]
    ]
    yield Due(_("等答复的诉求"), "message-report", items, len(found), url_for("pipeline.list_demands"))


def opinions(user: User) -> Iterator[Due]:
    """What one's office is asked in 准入联审 and has not answered."""
    if not may(user, "opinion.answer"):
        return
    found = [opinion for opinion in some(admission.asked_of(user)) if admission.knows_of(user, opinion)]
    items = [
        Item(
            title=opinion.admission.project.name,
            url=url_for("pipeline.show_opinion", opinion_id=opinion.id),
            detail=opinion.office.name,
            due_on=opinion.admission.due_on,
            act=_("出具意见"),
            act_url=url_for("pipeline.show_opinion", opinion_id=opinion.id),
        )
        for opinion in found[:SHOWN]
    ]
    yield Due(_("等出具的联审意见"), "clipboard-check", items, len(found), url_for("pipeline.opinions"))


def handed_on(user: User) -> Iterator[Due]:
    """Leads handed to one's office that wait for its manager's answer."""
    if user.role is not Role.MANAGER:
        return
    found = [row for row in some(dispatch.received(user)) if dispatch.knows_of(user, row)]
    items = [
        Item(
            title=row.project.name,
            url=url_for("pipeline.show_dispatch", dispatch_id=row.id),
            detail=row.by.display_name,
            act=_("答复"),
            act_url=url_for("pipeline.show_dispatch", dispatch_id=row.id),
        )
        for row in found[:SHOWN]
    ]
    yield Due(_("等接收的交办"), "arrow-forward-up", items, len(found), url_for("pipeline.dispatch_list"))


def answers(user: User) -> Iterator[Due]:
    """What projects have asked of one's office, or an office below, and nobody has answered."""
    if not may(user, "coordination.answer"):
        return
    query = coordination.listed(user, "to_us", is_open=True)
    found = some(query.order_by(CoordinationItem.due_on.nulls_last(), CoordinationItem.id))
    items = [
        Item(
            title=item.body[:60],
            url=url_for("weekly.show_item", item_id=item.id),
            detail=item.office.name if item.office else "",
            due_on=item.due_on,
            act=_("答复"),
            act_url=url_for("weekly.show_item", item_id=item.id),
        )
        for item in found[:SHOWN]
    ]
    yield Due(_("等答复的协调事项"), "messages", items, len(found), url_for("weekly.items"))


def some(query: Select[Any]) -> Sequence[Any]:
    """The first rows of a query, one more than is shown to tell that there are more."""
    return db.session.scalars(query.limit(SHOWN + 1)).unique().all()


#: In this order on the page.
KINDS: list[Callable[[User], Iterator[Due]]] = [
    stops,
    talks,
    promises,
    asked_for,
    own_projects,
    handed_on,
    answers,
    opinions,
]
