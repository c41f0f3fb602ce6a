"""The board: projects in the columns of one route's stages, or of all routes by phase."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select

from crm.accounts.models import User
from crm.database import db
from crm.pipeline import gates, queries
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Phase, Project, Route, Stage
from crm.pipeline.permissions import readable
from crm.rules import today

#: A column shows so many cards, the longest idle first; the rest are in the table.
CARDS = 20


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
    cards: list[Card] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many cards are left out."""
        return self.count - len(self.cards)


def columns(user: User, narrowed: ProjectFilter, route: Route | None) -> list[Column]:
    """The columns of a route's stages; of the phases where there is no route."""
    key: Any = Project.stage_id if route else Stage.phase
    found = totals(user, narrowed, route)
    column_of = {column.stage.id if column.stage else column.phase: column for column in found}
    day = today()
    for project in db.session.scalars(shown(user, narrowed, key)).unique():
        column = column_of.get(project.stage_id if route else project.stage.phase)
        if column is not None:
            column.cards.append(Card.of(project, day))
    return found


def totals(user: User, narrowed: ProjectFilter, route: Route | None = None) -> list[Column]:
    """The columns with their counts and sums, without cards."""
    key: Any = Project.stage_id if route else Stage.phase
    if route:
        empty = [Column(stage.name, stage.phase, stage) for stage in route.stages]
    else:
        empty = [Column(phase.label, phase) for phase in Phase]
    column_of = {column.stage.id if column.stage else column.phase: column for column in empty}
    for value, count, investment in db.session.execute(sums(user, narrowed, key)):
        if value in column_of:
            column_of[value].count, column_of[value].investment_wan = count, investment or Decimal(0)
    return empty


def sums(user: User, narrowed: ProjectFilter, key: Any) -> Select[Any]:
    """(key, count, investment) of the visible projects."""
    query = select(key, func.count(), func.sum(Project.investment_wan)).select_from(Project).join(Project.stage)
    return narrowed.apply(query.where(readable(user)), user).group_by(key)


def shown(user: User, narrowed: ProjectFilter, key: Any) -> Select[Project]:
    """The first projects of each column."""
    place = func.row_number().over(partition_by=key, order_by=(queries.ACTIVE_ON, Project.id)).label("place")
    query = select(Project.id, place).select_from(Project).join(Project.stage).where(readable(user))
    ranked = narrowed.apply(query, user).subquery()
    projects = select(Project).join(ranked, ranked.c.id == Project.id).where(ranked.c.place <= CARDS)
    return queries.with_names(projects).order_by(ranked.c.place)
