"""The figures of each month: taken at its first day, those of earlier months from history, so that “closed since” is a
fact. They follow from other tables, so whatever is missing can be made again at any time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from crm.chain.models import Chain
from crm.database import db
from crm.gaps.analysis import Gap, GapStatus
from crm.gaps.models import GapSnapshot
from crm.gaps.queries import figures_of
from crm.jobs import LONG_QUEUE, queue
from crm.rules import SHANGHAI, today

PLACES = 4


@queue.periodic(cron="20 1 * * *")
@queue.task(name="snapshot_gaps", queue=LONG_QUEUE, queueing_lock="snapshot_gaps", lock="snapshot_gaps")
def snapshot_gaps(timestamp: int) -> None:
    """Every night, so that a first of the month on which nothing ran is made up for."""
    take_missing()


def take_missing() -> None:
    """Take the months that lack, the earliest first. Commits each."""
    for day in missing_days():
        take(day)
        db.session.commit()


def missing_days() -> list[date]:
    """The first days of months since there are chains on which nothing was taken."""
    began = db.session.scalar(select(func.min(Chain.created_at)))
    taken = set(db.session.scalars(select(GapSnapshot.on_day).distinct()))
    return [] if began is None else [day for day in first_days(began, today()) if day not in taken]


def first_days(began: datetime, last: date) -> Iterator[date]:
    """The first days of the months after a moment, up to a day."""
    day = began.astimezone(SHANGHAI).date().replace(day=1)
    while (day := next_month(day)) <= last:
        yield day


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def take(day: date) -> None:
    """Keep the figures of all chains as they were when `day` began in China; what is kept stays. The caller commits."""
    moment = datetime.combine(day, time(), SHANGHAI)
    for chain_id in db.session.scalars(select(Chain.id).order_by(Chain.id)).all():
        rows = [values_of(gap, day) for gap in figures_of(chain_id, moment).gaps]
        if rows:
            db.session.execute(insert(GapSnapshot).values(rows).on_conflict_do_nothing())


def values_of(gap: Gap, day: date) -> dict[str, object]:
    """A row of a segment's figures."""
    sizes = ("supply", "expected", "coverage", "outlook", "gap", "open_gap")
    plain = {key: getattr(gap, key) for key in ("segment_id", "importance", "wanted", "status", "judged")}
    return plain | {"on_day": day} | {key: rounded(getattr(gap, key)) for key in sizes}


def rounded(value: Fraction | None) -> Decimal | None:
    """A figure as it is kept."""
    return None if value is None else round(Decimal(value.numerator) / Decimal(value.denominator), PLACES)


# What they say


@dataclass(frozen=True)
class Point:
    """A segment's figures on a day; its last is today's."""

    on_day: date
    supply: Fraction | Decimal
    expected: Fraction | Decimal
    coverage: Fraction | Decimal | None
    gap: Fraction | Decimal | None
    standing: GapStatus

    @property
    def is_closed(self) -> bool:
        """Whether nothing is missing."""
        return self.coverage is not None and self.coverage >= 1


@dataclass(frozen=True)
class Course:
    """How a segment's gap went."""

    points: Sequence[Point]

    @property
    def closed_since(self) -> date | None:
        """The day since which the gap is known to be closed; None where it is open, or was never seen open."""
        return self._since(True)

    @property
    def open_since(self) -> date | None:
        """The day since which a gap that was closed is known to be open again."""
        return self._since(False)

    def _since(self, is_closed: bool) -> date | None:
        told = [point for point in self.points if point.coverage is not None]
        if not told or told[-1].is_closed is not is_closed:
            return None
        others = [place for place, point in enumerate(told) if point.is_closed is not is_closed]
        return told[others[-1] + 1].on_day if others else None


def course_of(kept: Sequence[GapSnapshot], gap: Gap) -> Course:
    """The course of a segment from what was kept, the earliest first, to its figures now."""
    points = [
        Point(row.on_day, row.supply, row.expected, row.coverage, row.gap, row.judged or row.status) for row in kept
    ]
    return Course([*points, Point(today(), gap.supply, gap.expected, gap.coverage, gap.gap, gap.standing)])


@dataclass(frozen=True)
class Total:
    """A chain on a day: the sum of its gaps, and how many segments could be told and were closed."""

    on_day: date
    gap: Fraction
    assessed: int
    closed: int


def totals(courses: Iterable[Course]) -> list[Total]:
    """A chain's totals by day, the earliest first."""
    points: defaultdict[date, list[Point]] = defaultdict(list)
    for course in courses:
        for point in course.points:
            points[point.on_day].append(point)
    return [total_of(day, points[day]) for day in sorted(points)]


def total_of(day: date, points: Sequence[Point]) -> Total:
    """The total of one day."""
    told = [point for point in points if point.coverage is not None]
    gap = sum((Fraction(point.gap) for point in told if point.gap is not None), Fraction())
    return Total(day, gap, len(told), sum(point.is_closed for point in told))
