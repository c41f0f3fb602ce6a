"""The list of projects narrowed by a query string: one object that board, table and figures share."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
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
    Status,
)
from crm.pipeline.permissions import readable
from crm.rules import clean, today, wan


@dataclass(frozen=True)
class ProjectFilter:
    """What a list of projects is narrowed to, made from a query string; board, table and figures share it.

    `status` is a Status, `open` (推进 and 暂缓) or `all`; `mine`, `stale` and `late` (a next step is overdue) are
    switches; `least_wan` and `most_wan` bound the investment in 万元; `source` is in the words of 线索来源, `origin` a
    division's code (a province's too).
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
        chosen = (self.phase, self.stage_id, self.chain, self.segment_id, self.effect, self.capital, *self._particular)
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
        if self.origin:
            conditions.append(Project.origin_code.startswith(self.origin, autoescape=True))
        return conditions


def serving(condition: ColumnElement[bool]) -> Select[int]:
    """The ids of the projects with a segment of which the condition holds."""
    return select(ProjectSegment.project_id).join(Segment).join(Chain).where(condition)


REFUSED = N_("筛选条件不对，请从页面上选择。")


def row_id(text: str) -> int:
    """A row's id."""
    if not (text.isascii() and text.isdigit() and int(text) < 2**63):
        raise BadRequest(REFUSED)
    return int(text)


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


def division(text: str) -> str:
    """A division's code."""
    if text not in places.names():
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
    "origin": ("origin", division),
    "capital": ("capital", one_of(set(CapitalKind))),
    "effect": ("effect", one_of(set(Effect))),
}
