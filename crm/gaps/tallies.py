"""The counts behind the figures of segments, kept so that a page need not count again (decision 0081).

`segment_tallies` holds what counting.py gave for each segment. Triggers mark the segments that a write touches in
`stale_segments`, within its transaction; a reader takes what is kept of the others and counts the marked ones itself,
so that figures are right at once. A job counts them anew and takes the marks away.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, delete, exists, func, select, true
from sqlalchemy.dialects.postgresql import insert

from crm.chain.models import Segment
from crm.database import db
from crm.gaps import counting
from crm.gaps.analysis import Prospect, Supplier
from crm.gaps.models import SegmentTally, StaleSegment, TallyKind
from crm.jobs import queue
from crm.pipeline.models import Phase

#: One refreshes at a time: of two, the one that counted earlier could write last.
REFRESHING = 0x74616C


@dataclass(frozen=True, slots=True)
class Work:
    """Projects that are alike: how many, and the sum of what they may be known to invest (万元)."""

    segment_id: int
    phase: Phase
    probability: Decimal
    weight: Decimal
    is_main: bool
    others: int
    is_open: bool
    is_coming: bool
    count: int
    amount: Decimal

    @property
    def prospect(self) -> Prospect:
        """The supply that they would make."""
        return Prospect(self.segment_id, self.probability, self.weight, self.is_main, self.others, self.count)


@dataclass(frozen=True, slots=True)
class Place:
    """Projects on the board of companies of one city."""

    segment_id: int
    city_code: str | None
    is_main: bool
    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Name:
    """A local company of a segment."""

    segment_id: int
    name: str


def supplier(segment_id: int, weight: str, is_main: bool, others: int, count: int) -> Supplier:
    """A row as it is kept."""
    return Supplier(segment_id, Decimal(weight), is_main, others, count)


def work(segment_id: int, phase: str, probability: str, weight: str, *standing: Any) -> Work:
    """A row as it is kept."""
    is_main, others, is_open, is_coming, count, amount = standing
    chances = Phase(phase), Decimal(probability), Decimal(weight)
    return Work(segment_id, *chances, is_main, others, is_open, is_coming, count, Decimal(amount))


def place(segment_id: int, city_code: str | None, is_main: bool, count: int, amount: str) -> Place:
    """A row as it is kept."""
    return Place(segment_id, city_code, is_main, count, Decimal(amount))


STATEMENTS: dict[TallyKind, Callable[[Collection[int], Any], Select[*tuple[Any, ...]]]] = {
    TallyKind.SUPPLIERS: counting.suppliers,
    TallyKind.WORKS: counting.works,
    TallyKind.PLACES: counting.board_by_city,
    TallyKind.NAMES: counting.local_names,
}
ROWS: dict[TallyKind, Callable[..., Any]] = {
    TallyKind.SUPPLIERS: supplier,
    TallyKind.WORKS: work,
    TallyKind.PLACES: place,
    TallyKind.NAMES: Name,
}


def tallied(
    segment_ids: Collection[int], kinds: Sequence[TallyKind], at: datetime | None = None
) -> dict[TallyKind, list[Any]]:
    """The rows of some kinds of segments: those kept where nothing was written since, else counted now; of an earlier
    moment by what history has kept."""
    found: dict[TallyKind, list[Any]] = {kind: [] for kind in kinds}
    lacking = {kind: set(segment_ids) for kind in kinds}
    for kind, segment_id, rows in db.session.execute(kept(segment_ids, kinds)) if at is None else ():
        found[kind] += [ROWS[kind](segment_id, *row) for row in rows]
        lacking[kind].discard(segment_id)
    for kind, ids in lacking.items():
        if ids:
            found[kind] += [ROWS[kind](*row) for row in db.session.execute(STATEMENTS[kind](sorted(ids), at))]
    return found


def kept(segment_ids: Collection[int], kinds: Collection[TallyKind]) -> Select[TallyKind, int, list[Any]]:
    """What is kept of the segments that nothing has touched since, in one statement, so at one moment."""
    is_stale = exists().where(StaleSegment.segment_id == SegmentTally.segment_id)
    query = select(SegmentTally.kind, SegmentTally.segment_id, SegmentTally.rows)
    return query.where(SegmentTally.segment_id.in_(segment_ids), SegmentTally.kind.in_(kinds), ~is_stale)


# Keeping them


@queue.periodic(cron="* * * * *")
@queue.task(name="refresh_tallies", queueing_lock="refresh_tallies", lock="refresh_tallies")
def refresh_tallies(timestamp: int) -> None:
    """Every minute what was written to; every hour everything, for what two writers who did not see each other may have
    left unmarked."""
    refresh(everything=datetime.fromtimestamp(timestamp, UTC).minute == 0)
    db.session.commit()


def refresh(*, everything: bool = False) -> None:
    """Count the segments that are marked or were never counted, or all. The caller commits.

    The marks are read before the counting begins: one that is added meanwhile stays.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(REFRESHING)))
    marks = db.session.execute(select(StaleSegment.id, StaleSegment.segment_id)).all()
    never = ~exists().where(SegmentTally.segment_id == Segment.id)
    wanted = true() if everything else never | Segment.id.in_({mark.segment_id for mark in marks})
    ids = db.session.scalars(select(Segment.id).where(wanted)).all()
    for kind, statement in STATEMENTS.items():
        keep(kind, ids, db.session.execute(statement(ids, None)))
    db.session.execute(delete(SegmentTally).where(SegmentTally.segment_id.not_in(select(Segment.id))))
    db.session.execute(delete(StaleSegment).where(StaleSegment.id.in_([mark.id for mark in marks])))


def keep(kind: TallyKind, segment_ids: Collection[int], counted: Iterable[Any]) -> None:
    """Keep the rows of a kind for each of the segments, also where there are none."""
    found: defaultdict[int, list[list[Any]]] = defaultdict(list)
    for segment_id, *row in counted:
        found[segment_id].append([str(value) if isinstance(value, Decimal) else value for value in row])
    values = [{"segment_id": one, "kind": kind, "rows": found[one]} for one in segment_ids]
    if values:
        adding = insert(SegmentTally).values(values)
        keys = [SegmentTally.segment_id, SegmentTally.kind]
        db.session.execute(adding.on_conflict_do_update(index_elements=keys, set_={"rows": adding.excluded.rows}))
