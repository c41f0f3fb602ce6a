"""The board: projects in the columns of one route's stages, or of all routes by phase.

A column begins with its first cards, the longest idle first; the next ones come as it is scrolled. Counts and sums of
all columns are one grouped query.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, literal, select, true, tuple_

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import BadRequest
from crm.pipeline import gates, queries
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Phase, Project, Route, Stage
from crm.pipeline.permissions import readable
from crm.rules import id_of, today

#: So many cards a column shows at first, and more at each time that its end comes into sight.
FIRST, MORE = 4, 20


@dataclass(frozen=True)
class Card:
    """A project on the board or in the table, with what its stage says of it."""

    project: Project
    idle_days: int
    is_stale: bool
    days_in_stage: int

    @classmethod
    def of(cls, project: Project, day: date) -> "Card":
        """The card of a project on a day."""
        return cls(project, project.idle_days(day), project.is_stale(day), (day - project.stage_since).days)

    @property
    def missing(self) -> int:
        """How many items the next stage's gate still asks (the project is loaded by queries.with_cards)."""
        return len(gates.missing_for_next(self.project)) if self.project.is_open else 0


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
    key_of = {stage.id: stage.id if route else stage.phase for stage in stages}
    for card in cards(user, narrowed, key_of, FIRST):
        column_of[key_of[card.project.stage_id]].cards.append(card)
    return found


def totals(user: User, narrowed: ProjectFilter, route: Route | None = None) -> list[Column]:
    """The columns of a route's stages, or of the phases, with their counts and sums, without cards."""
    if route:
        found = [Column(stage.name, stage.phase, stage) for stage in route.stages]
    else:
        found = [Column(phase.label, phase) for phase in Phase]
    column_of = {column.key: column for column in found}
    for stage_id, phase, is_seen, count, investment in db.session.execute(sums(user, narrowed, route)):
        column = column_of[stage_id if route else phase]
        if is_seen:
            column.count += count
            column.investment_wan += investment or 0
        else:
            column.hidden += count
    return found


def sums(user: User, narrowed: ProjectFilter, route: Route | None) -> Select[Any]:
    """(stage, phase, whether the reader may know of them, count, investment) of the projects, all from one index.

    A narrow filter counts nothing hidden.
    """
    is_seen: Any = readable(user).label("is_seen")
    counted = (func.count().label("count"), func.sum(Project.investment_wan).label("sum"))
    each = select(Project.stage_id, is_seen, *counted)
    each = narrowed.apply(each.group_by(Project.stage_id, is_seen), user)
    if route:
        each = each.where(Project.stage_id.in_([stage.id for stage in route.stages]))
    if not narrowed.is_city_wide:
        each = each.where(readable(user))
    found = each.subquery()
    return select(found.c.stage_id, Stage.phase, found.c.is_seen, found.c["count"], found.c["sum"]).join(
        Stage, Stage.id == found.c.stage_id
    )


def cards(user: User, narrowed: ProjectFilter, key_of: Mapping[int, Any], count: int, after: str = "") -> list[Card]:
    """The first `count` cards of each column behind the position of a card, the longest idle first.

    `key_of` says of each stage, by its id, in which column its projects stand.
    """
    taken: dict[Any, list[int]] = {}
    for project_id, stage_id in db.session.execute(first_of_each(user, narrowed, list(key_of), count, after)):
        taken.setdefault(key_of[stage_id], []).append(project_id)
    ids = [project_id for each in taken.values() for project_id in each[:count]]
    # Asked by their ids alone: in one statement with what a card shows, the planner joins that to every project first.
    query = queries.with_cards(select(Project).where(Project.id.in_(ids))).order_by(queries.ACTIVE_ON, Project.id)
    return [Card.of(project, today()) for project in db.session.scalars(query).unique()] if ids else []


def first_of_each(
    user: User, narrowed: ProjectFilter, stage_ids: Collection[int], count: int, after: str
) -> Select[int, int]:
    """(id, stage) of the first projects of each stage in order; an index has each stage's, so none is read whole."""
    stages = select(Stage.id).where(Stage.id.in_(stage_ids)).subquery()
    first = select(Project.id, queries.ACTIVE_ON.label("active_on")).where(Project.stage_id == stages.c.id)
    first = narrowed.apply(first.where(readable(user)), user)
    if after:
        first = first.where(tuple_(queries.ACTIVE_ON, Project.id) > tuple_(*map(literal, position(after))))
    each = first.order_by(queries.ACTIVE_ON, Project.id).limit(count).correlate(stages).lateral()
    query = select(each.c.id, stages.c.id).select_from(stages).join(each, true())
    return query.order_by(each.c.active_on, each.c.id)


def next_cards(user: User, narrowed: ProjectFilter, stages: Sequence[Stage], after: str) -> list[Card]:
    """The cards of a column of some stages that follow behind a position; one more than MORE where there are more."""
    return cards(user, narrowed, {stage.id: "" for stage in stages}, MORE + 1, after)


def position_of(project: Project) -> str:
    """Where a project stands in the order of its column."""
    active_on = max(filter(None, (project.last_contact_on, project.stage_since)))
    return f"{active_on.isoformat()}_{project.id}"


def position(text: str) -> tuple[date, int]:
    """A position as position_of writes it; BadRequest for any other text."""
    day, _separator, row_id = text.partition("_")
    if not (len(day) == 10 and id_of(row_id)):
        raise BadRequest(N_("页码不对，请从第一页重新翻。"))
    try:
        return date.fromisoformat(day), id_of(row_id)
    except ValueError:
        raise BadRequest(N_("页码不对，请从第一页重新翻。")) from None
