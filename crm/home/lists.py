"""The first rows of lists: what a card of my day or of a leader's page shows, and how many there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, literal, select, union_all

from crm.database import db
from crm.pagination import COUNT_UP_TO, capped_count

Row = TypeVar("Row")

#: So many rows a card shows; the page behind it has all.
SHOWN = 6


@dataclass(frozen=True)
class Some(Generic[Row]):
    """The first rows of a list, and how many it has (counting stops at pagination.COUNT_UP_TO)."""

    rows: Sequence[Row]
    count: int

    @property
    def rest(self) -> int:
        """How many are not shown."""
        return self.count - len(self.rows)


def some(query: Select[Row], shown: int = SHOWN) -> Some[Row]:
    """The first rows of a query with their number."""
    rows = db.session.scalars(query.limit(shown + 1)).unique().all()
    return Some(rows[:shown], len(rows) if len(rows) <= shown else capped_count(db.session, query))


def several(load: Callable[[Select[Row]], Select[Row]], *wanted: tuple[Select[Row], int]) -> list[Some[Row]]:
    """The first rows of several ordered lists of one kind of row with their numbers, in one statement.

    `wanted` are the lists, each with how many of its rows are shown; `load` adds what is shown of a row. A page of
    twenty cards would else ask twenty times, mostly for nothing.
    """
    entity = wanted[0][0].column_descriptions[0]["entity"]
    parts = union_all(*(part(query, entity, at, shown) for at, (query, shown) in enumerate(wanted))).subquery()
    found = load(select(entity)).join(parts, parts.c.id == entity.id).add_columns(parts.c.list, parts.c.count)
    lists: list[Some[Row]] = [Some([], 0) for _ in wanted]
    for row, at, count in db.session.execute(found.order_by(parts.c.list, parts.c.place)).unique():
        lists[at] = Some([*lists[at].rows, row], count)
    return lists


def part(query: Select[Any], entity: Any, at: int, shown: int) -> Select[Any]:
    """(id, list, place, count) of the first rows of a list."""
    ids = query.with_only_columns(entity.id, maintain_column_froms=True)
    first = ids.limit(shown).subquery()
    counted = ids.order_by(None).limit(COUNT_UP_TO + 1).subquery()
    count = select(func.count()).select_from(counted).scalar_subquery()
    return select(first.c.id, literal(at).label("list"), func.row_number().over().label("place"), count.label("count"))
