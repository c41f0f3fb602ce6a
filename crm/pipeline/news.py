"""What changed since last Friday: the page that a Friday meeting begins with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.accounts.queries import ids_below
from crm.database import N_, db
from crm.history.models import HistoryRow, Operation
from crm.pipeline.models import ChangeKind, Project, StageChange, StatusChange
from crm.pipeline.models.weekly import CoordinationItem
from crm.pipeline.permissions import readable
from crm.pipeline.weeks import Week
from crm.rules import SHANGHAI

#: Figures whose change is news, with what they are called.
FIGURES = {"investment_wan": N_("投资总额"), "fixed_investment_wan": N_("固定资产投资"), "land_mu": N_("用地面积")}
#: So many rows of a kind are looked at.
SHOWN = 100


@dataclass(frozen=True)
class FigureChange:
    """A figure of a project before and after the period; None: it was or is not known."""

    project: Project
    field: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class News:
    """What happened with the visible projects from a Friday on."""

    since: date
    until: date
    opened: Sequence[StageChange]
    moved: Sequence[StageChange]
    statuses: Sequence[StatusChange]
    figures: Sequence[FigureChange]
    answered: Sequence[CoordinationItem]

    @property
    def is_empty(self) -> bool:
        return not (self.opened or self.moved or self.statuses or self.figures or self.answered)


def of(user: User, week: Week, office_id: int | None = None) -> News:
    """The news of a week, of the projects that `user` may know of (of an office and those below it)."""
    mine = visible(user, office_id)
    begun = StageChange.kind.in_([ChangeKind.OPENING, ChangeKind.IMPORTED])
    return News(
        since=week.since,
        until=week.sunday,
        opened=db.session.scalars(stages(week, and_(mine, StageChange.kind == ChangeKind.OPENING))).all(),
        moved=db.session.scalars(stages(week, and_(mine, ~begun))).all(),
        statuses=db.session.scalars(statuses(week, mine)).all(),
        figures=figures(week, mine),
        answered=db.session.scalars(answers(week, mine)).all(),
    )


def visible(user: User, office_id: int | None) -> ColumnElement[bool]:
    """The condition on Project that the reader may know of it, and of an office's if one is named."""
    if office_id is None:
        return readable(user)
    return and_(readable(user), Project.office_id.in_(ids_below(office_id)))


def stages(week: Week, condition: ColumnElement[bool]) -> Select[StageChange]:
    """The changes of stage of a week, the earliest first."""
    query = select(StageChange).join(StageChange.project).where(condition)
    query = query.where(StageChange.on_day.between(week.since, week.sunday)).order_by(
        StageChange.on_day, StageChange.id
    )
    return query.limit(SHOWN).options(
        joinedload(StageChange.project).joinedload(Project.office),
        joinedload(StageChange.project).joinedload(Project.owner),
        joinedload(StageChange.from_stage),
        joinedload(StageChange.to_stage),
    )


def statuses(week: Week, condition: ColumnElement[bool]) -> Select[StatusChange]:
    """The changes of status of a week."""
    query = select(StatusChange).join(StatusChange.project).where(condition)
    query = query.where(StatusChange.on_day.between(week.since, week.sunday))
    query = query.order_by(StatusChange.on_day, StatusChange.id).limit(SHOWN)
    return query.options(joinedload(StatusChange.project).joinedload(Project.office))


def answers(week: Week, condition: ColumnElement[bool]) -> Select[CoordinationItem]:
    """What offices answered in a week."""
    query = select(CoordinationItem).join(CoordinationItem.project).where(condition)
    query = query.where(CoordinationItem.answered_at.between(*moments(week))).order_by(CoordinationItem.answered_at)
    return query.limit(SHOWN).options(joinedload(CoordinationItem.project), joinedload(CoordinationItem.office))


def moments(week: Week) -> tuple[datetime, datetime]:
    """The moments in China between which the news of a week lie."""
    start = datetime.combine(week.since, time.min, SHANGHAI)
    return start, datetime.combine(week.sunday + timedelta(days=1), time.min, SHANGHAI)


def figures(week: Week, condition: ColumnElement[bool]) -> list[FigureChange]:
    """How figures changed over a week as history tells it: the first value before, the last one after."""
    spans: dict[tuple[int, str], list[Any]] = {}
    for row in db.session.scalars(updates(week, condition)):
        for name, (before, after) in row.changes.items():
            if name in FIGURES:
                spans.setdefault((row.row_id, name), [before, after])[1] = after
    changed = {key: span for key, span in spans.items() if number(span[0]) != number(span[1])}
    projects = {row_id: db.session.get_one(Project, row_id) for row_id, _name in changed}
    return [FigureChange(projects[i], name, number(b), number(a)) for (i, name), (b, a) in changed.items()]


def updates(week: Week, condition: ColumnElement[bool]) -> Select[HistoryRow]:
    """The changes of one of FIGURES of a week in history, in their order."""
    differs = or_(*(HistoryRow.before[name].is_distinct_from(HistoryRow.after[name]) for name in FIGURES))
    return (
        select(HistoryRow)
        .where(
            HistoryRow.table_name == Project.__tablename__,
            HistoryRow.operation == Operation.UPDATE,
            HistoryRow.row_id.in_(select(Project.id).where(condition)),
            HistoryRow.at.between(*moments(week)),
            differs,
        )
        .order_by(HistoryRow.id)
        .limit(SHOWN)
    )


def number(value: Any) -> Decimal | None:
    """A figure as history keeps it."""
    return None if value is None else Decimal(str(value))
