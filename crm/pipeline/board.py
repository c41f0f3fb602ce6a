"""The board: projects in the columns of one route's stages, or of all routes by phase.

A column begins with its first cards, the longest idle first; the next ones come as it is scrolled. Counts and sums of
all columns are one grouped query.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, literal, not_, select, true, tuple_

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import BadRequest
from crm.pipeline import gates, queries
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Phase, Project, Route, Stage
from crm.pipeline.permissions import readable
from crm.rules import today

#: So many cards a column shows at first, and more at each time that its end comes into sight.
FIRST, MORE = 8, 20


@dataclass(frozen=True)
class Card:
    """A project on the board, with what its stage says of it."""

    project: Project
    #: How many items the next stage's gate still asks.
    missing: int
    idle_days: int
    is_stale: bool
    days_in_stage: int

    @classmethod
    def of(cls, project: Project, day: date) -> "Card":
        """The card of a project on a day."""
        return cls(
            project=project,
            missing=len(gates.missing_for_next(project)) if project.is_open else 0,
            idle_days=project.idle_days(day),
            is_stale=project.is_stale(day),
            days_in_stage=(day - project.stage_since).days,
        )


@dataclass
class Column:
    """A stage, or a phase of all routes; count and investment (万元) are of all that the reader may see."""

    name: str
    phase: Phase
    stage: Stage | None = None
    count: int = 0
    investment_wan: Decimal = Decimal(0)
    #: How many more there are that the reader may not know of.
    hidden: int = 0
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many cards are left out."""
        return self.count - len(self.cards)

    @property
    def key(self) -> Any:
        """What its projects have in common: their stage's id, or the phase."""
        return self.stage.id if self.stage else self.phase

    @property
    def last(self) -> str:
        """Behind which card the next ones follow."""
        return position_of(self.cards[-1].project)


def columns(user: User, narrowed: ProjectFilter, routes: Sequence[Route], route: Route | None) -> list[Column]:
    """The columns of a route's stages; of the phases of all `routes` where there is no route."""
    found = totals(user, narrowed, route)
    column_of = {column.key: column for column in found}
    stages = [stage for each in ([route] if route else routes) for stage in each.stages]
    for card in cards(user, narrowed, [stage.id for stage in stages], FIRST):
        column = column_of[card.project.stage_id if route else card.project.stage.phase]
        if len(column.cards) < FIRST:
            column.cards.append(card)
    return found


def totals(user: User, narrowed: ProjectFilter, route: Route | None = None) -> list[Column]:
    """The columns with their counts and sums, without cards."""
    key: Any = Project.stage_id if route else Stage.phase
    if route:
        empty = [Column(stage.name, stage.phase, stage) for stage in route.stages]
    else:
        empty = [Column(phase.label, phase) for phase in Phase]
    column_of = {column.key: column for column in empty}
    for value, count, investment, hidden in db.session.execute(sums(user, narrowed, key)):
        if value in column_of:
            column = column_of[value]
            column.count, column.investment_wan, column.hidden = count, investment or Decimal(0), hidden
    return empty


def sums(user: User, narrowed: ProjectFilter, key: Any) -> Select[Any]:
    """(key, count, investment, hidden) of the projects: all in one pass. A narrow filter counts nothing hidden."""
    seen = readable(user)
    counted = (
        func.count().filter(seen),
        func.sum(Project.investment_wan).filter(seen),
        func.count().filter(not_(seen)) if narrowed.is_city_wide else literal(0),
    )
    query = narrowed.apply(select(key, *counted).select_from(Project).join(Project.stage), user)
    return query.group_by(key) if narrowed.is_city_wide else query.where(seen).group_by(key)


def cards(user: User, narrowed: ProjectFilter, stage_ids: Collection[int], count: int, after: str = "") -> list[Card]:
    """The first `count` cards of each stage, the longest idle first, behind the position of a card."""
    day = today()
    projects = db.session.scalars(first_of_each(user, narrowed, stage_ids, count, after)).unique()
    return [Card.of(project, day) for project in projects]


def first_of_each(
    user: User, narrowed: ProjectFilter, stage_ids: Collection[int], count: int, after: str
) -> Select[Project]:
    """The first projects of each stage: an index has each stage's in order, so that no column is read whole."""
    stages = select(Stage.id).where(Stage.id.in_(stage_ids)).subquery()
    first = narrowed.apply(select(Project.id).where(readable(user), Project.stage_id == stages.c.id), user)
    if after:
        first = first.where(tuple_(queries.ACTIVE_ON, Project.id) > tuple_(*map(literal, position(after))))
    each = first.order_by(queries.ACTIVE_ON, Project.id).limit(count).correlate(stages).lateral()
    ids = select(each.c.id).select_from(stages).join(each, true())
    return queries.with_gates(select(Project).where(Project.id.in_(ids))).order_by(queries.ACTIVE_ON, Project.id)


def next_cards(user: User, narrowed: ProjectFilter, stages: Sequence[Stage], after: str) -> list[Card]:
    """The cards of a column of some stages that follow behind a position; one more than MORE where there are more."""
    return cards(user, narrowed, [stage.id for stage in stages], MORE + 1, after)[: MORE + 1]


def position_of(project: Project) -> str:
    """Where a project stands in the order of its column."""
    active_on = max(filter(None, (project.last_contact_on, project.stage_since)))
    return f"{active_on.isoformat()}_{project.id}"


def position(text: str) -> tuple[date, int]:
    """A position as position_of writes it; BadRequest for any other text."""
    day, _separator, row_id = text.partition("_")
    if not (len(day) == 10 and row_id.isascii() and row_id.isdigit() and int(row_id) < 2**63):
        raise BadRequest(N_("页码不对，请从第一页重新翻。"))
    try:
        return date.fromisoformat(day), int(row_id)
    except ValueError:
        raise BadRequest(N_("页码不对，请从第一页重新翻。")) from None
