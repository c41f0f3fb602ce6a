"""The list of projects narrowed by a query string: one object that board, table and figures share."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, or_, select

from crm.accounts.models import User
from crm.accounts.queries import ids_below
from crm.chain.models import Chain, Segment
from crm.companies import places
from crm.database import N_, db
from crm.errors import BadRequest, RuleError
from crm.pipeline import queries
from crm.pipeline.models import (
    CapitalKind,
    Effect,
    Phase,
    Project,
    ProjectMember,
    ProjectSegment,
    Route,
    Stage,
    StageChange,
    Status,
)
from crm.pipeline.permissions import readable
from crm.rules import clean, day, id_of, today, wan

#: 港澳台 and other countries, as a place of origin.
BEYOND = "beyond"


@dataclass(frozen=True)
class ProjectFilter:
    """What a list of projects is narrowed to, made from a query string; board, table and figures share it.

    `status` is a Status, `open` (推进 and 暂缓) or `all`; `mine`, `stale` and `late` (a next step is overdue) are
    switches; `least_wan` and `most_wan` bound the investment in 万元; `source` is in the words of 线索来源, `origin` a
    division's code (a province's too) or BEYOND.
    """

    route: str = ""
    phase: str = ""
    stage_id: int | None = None
    status: str = "ongoing"
    chain: str = ""
    segment_id: int | None = None
    officer_id: int | None = None
    office_id: int | None = None
    mine: bool = False
    stale: bool = False
    late: bool = False
    text: str = ""
    least_wan: Decimal | None = None
    most_wan: Decimal | None = None
    source: str = ""
    origin: str = ""
    capital: str = ""
    effect: str = ""
    opened_from: date | None = None
    opened_to: date | None = None
    reached: str = ""
    reached_from: date | None = None
    reached_to: date | None = None
    before: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> "ProjectFilter":
        """Read the query string; BadRequest for what no page offers."""
        return cls(**{field: read(args[key]) for key, (field, read) in READERS.items() if args.get(key, "").strip()})

    def apply(self, query: Select[Any], user: User) -> Select[Any]:
        """The query, of Project, with the filter's conditions; archived projects are left out."""
        return query.where(*self._city_wide(), *self._own(user))

    @property
    def in_use(self) -> int:
        """How many filters narrow the list besides the route."""
        kinds = (self.phase, self.stage_id, self.chain, self.segment_id, self.effect, self.capital)
        chosen = (*kinds, self.before, self.reached, self.opened_from or self.opened_to, *self._particular)
        return sum(map(bool, (*chosen, self.status != "ongoing")))

    @property
    def _particular(self) -> tuple[Any, ...]:
        """What narrows to some projects rather than to a kind of projects."""
        people = (self.officer_id, self.office_id, self.mine)
        bounds = (self.least_wan is not None, self.most_wan is not None)
        return (*people, *bounds, self.text, self.stale, self.late, self.source, self.origin)

    @property
    def is_city_wide(self) -> bool:
        """Whether it only asks what city-wide figures tell anyway: else a count of hidden rows could name one."""
        return not any(self._particular)

    def hidden_count(self, user: User) -> int:
        """How many projects the filter takes that `user` may not know of."""
        if not self.is_city_wide:
            return 0
        query = select(func.count()).select_from(Project).where(*self._city_wide(), not_(readable(user)))
        return db.session.scalar(query) or 0

    def _city_wide(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [Project.archived_at.is_(None)]
        if self.status != "all":
            wanted = [Status.ONGOING, Status.PAUSED] if self.status == "open" else [Status(self.status)]
            conditions.append(Project.status.in_(wanted))
        if self.route:
            conditions.append(Project.route_id.in_(select(Route.id).where(Route.slug == self.route)))
        if self.phase:
            conditions.append(Project.stage_id.in_(select(Stage.id).where(Stage.phase == self.phase)))
        if self.stage_id is not None:
            conditions.append(Project.stage_id == self.stage_id)
        if self.segment_id is not None:
            conditions.append(Project.id.in_(serving(ProjectSegment.segment_id == self.segment_id)))
        elif self.chain:
            conditions.append(Project.id.in_(serving(Chain.slug == self.chain)))
        if self.effect:
            conditions.append(Project.id.in_(serving(ProjectSegment.effect == self.effect)))
        if self.capital:
            conditions.append(Project.capital_kind == self.capital)
        return [*conditions, *self._past()]

    def _past(self) -> list[ColumnElement[bool]]:
        """When it was opened, and whether and when it reached a phase (or one after it)."""
        conditions: list[ColumnElement[bool]] = []
        if self.before:
            stages = select(Stage.id).where(Stage.phase.in_(phases_before(Phase(self.before))))
            conditions.append(Project.stage_id.in_(stages))
        if self.opened_from or self.opened_to:
            conditions.append(first_in(list(Phase), self.opened_from, self.opened_to))
        if self.reached:
            late = [phase for phase in Phase if phase not in phases_before(Phase(self.reached))]
            conditions.append(first_in(late, self.reached_from, self.reached_to))
        return conditions

    def _own(self, user: User) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.officer_id is not None:
            conditions.append(Project.owner_id == self.officer_id)
        if self.office_id is not None:
            conditions.append(Project.office_id.in_(ids_below(self.office_id)))
        if self.mine:
            member = select(ProjectMember.project_id).where(ProjectMember.user_id == user.id)
            conditions.append(or_(Project.owner_id == user.id, Project.id.in_(member)))
        if self.stale:
            conditions.append(queries.is_stale())
        if self.late:
            conditions.append(Project.next_step_on < today())
        if self.text:
            conditions.append(queries.matches(self.text))
        return [*conditions, *self._facts()]

    def _facts(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.least_wan is not None:
            conditions.append(Project.investment_wan >= self.least_wan)
        if self.most_wan is not None:
            conditions.append(Project.investment_wan <= self.most_wan)
        if self.source:
            conditions.append(Project.lead_source.icontains(self.source, autoescape=True))
        if self.origin == BEYOND:
            conditions.append(func.left(Project.origin_code, 2).not_in(places.provinces()))
        elif self.origin:
            conditions.append(Project.origin_code.startswith(self.origin, autoescape=True))
        return conditions


def serving(condition: ColumnElement[bool]) -> Select[int]:
    """The ids of the projects with a segment of which the condition holds."""
    return select(ProjectSegment.project_id).join(Segment).join(Chain).where(condition)


def phases_before(phase: Phase) -> list[Phase]:
    """The phases before one."""
    return list(Phase)[: list(Phase).index(phase)]


def first_in(phases: Collection[Phase], since: date | None, until: date | None) -> ColumnElement[bool]:
    """The condition that a project first entered one of some phases within a period, open where it has no end."""
    first = func.min(StageChange.on_day)
    found = select(StageChange.project_id).join(Stage, Stage.id == StageChange.to_stage_id)
    found = found.where(Stage.phase.in_(phases)).group_by(StageChange.project_id)
    if since is not None:
        found = found.having(first >= since)
    return Project.id.in_(found if until is None else found.having(first <= until))


def calendar_day(text: str) -> date | None:
    """A day."""
    try:
        return day(text)
    except RuleError:
        raise BadRequest(REFUSED) from None


REFUSED = N_("筛选条件不对，请从页面上选择。")


def row_id(text: str) -> int:
    """A row's id."""
    found = id_of(text)
    if not found:
        raise BadRequest(REFUSED)
    return found


def one_of(allowed: Collection[str]) -> Callable[[str], str]:
    """A reader of a word from a fixed set."""

    def read(text: str) -> str:
        if text not in allowed:
            raise BadRequest(REFUSED)
        return text

    return read


def switch(text: str) -> bool:
    """Whether a switch is on."""
    return text == "1"


def amount(text: str) -> Decimal | None:
    """An amount in 万元."""
    try:
        return wan(text)
    except RuleError:
        raise BadRequest(N_("金额看不懂，请写数字（万元）或 3.5亿。")) from None


def origin(text: str) -> str:
    """A division's code, or BEYOND."""
    if text != BEYOND and text not in places.names():
        raise BadRequest(REFUSED)
    return text


def words(text: str) -> str:
    """Some words to look for."""
    return clean(text)[:100]


#: By query parameter: the field and how its text is read.
READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "route": ("route", clean),
    "phase": ("phase", one_of(set(Phase))),
    "stage": ("stage_id", row_id),
    "status": ("status", one_of({"open", "all", *Status})),
    "chain": ("chain", clean),
    "segment": ("segment_id", row_id),
    "officer": ("officer_id", row_id),
    "office": ("office_id", row_id),
    "mine": ("mine", switch),
    "stale": ("stale", switch),
    "late": ("late", switch),
    "q": ("text", words),
    "least": ("least_wan", amount),
    "most": ("most_wan", amount),
    "source": ("source", words),
    "origin": ("origin", origin),
    "capital": ("capital", one_of(set(CapitalKind))),
    "effect": ("effect", one_of(set(Effect))),
    "opened_from": ("opened_from", calendar_day),
    "opened_to": ("opened_to", calendar_day),
    "reached": ("reached", one_of(set(Phase))),
    "reached_from": ("reached_from", calendar_day),
    "reached_to": ("reached_to", calendar_day),
    "before": ("before", one_of(set(Phase))),
}
