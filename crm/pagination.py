"""Keyset paging: no OFFSET, sort keys from an allowlist, NULLs last in either direction, a count that stops at 1,000.

A page after a cursor is read section by section: rows with a value by a row comparison that an index serves, then rows
without one. (A plain row comparison over NULLs loses rows.)
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, String, func, literal, select, true, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.database import N_
from crm.errors import BadRequest

Item = TypeVar("Item")

PAGE_SIZE = 50
#: `count(*)` over a million rows costs a hundred times as much as counting to here.
COUNT_UP_TO = 1_000


@dataclass(frozen=True)
class Sort:
    """One way to order a list: a column with an index that ends in id."""

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[int]
    descending: bool = False
    nullable: bool = False

    def sections(self) -> list[ColumnElement[bool] | None]:
        """The conditions of the parts of the list, in order; None: all rows."""
        return [self.column.isnot(None), self.column.is_(None)] if self.nullable else [None]

    def order(self, backward: bool, in_nulls: bool) -> list[ColumnElement[Any]]:
        """The ORDER BY of a section."""
        columns: list[Any] = [self.id] if in_nulls else [self.column, self.id]
        return [c.desc() if self.descending != backward else c.asc() for c in columns]

    def beyond(self, value: Any, row_id: int, backward: bool) -> ColumnElement[bool]:
        """The condition for rows behind a cursor within its section."""
        if value is None:
            left: Any = self.id
            right: Any = literal(row_id)
        else:
            left = tuple_(self.column, self.id)
            right = tuple_(literal(value, self.column.type), literal(row_id))
        return left < right if self.descending != backward else left > right


@dataclass(frozen=True)
class Spread:
    """That all rows of a list have one of some values in a column with which an index for `sorts_by` begins.

    The index has each value's rows in order, but not those of several values together: so the first of each value are
    taken and merged. (One scan in order would pass by all rows of other values: 260 ms at a million rows, this 5 ms.)
    """

    column: InstrumentedAttribute[Any]
    values: Sequence[Any]
    sorts_by: InstrumentedAttribute[Any]

    def narrow(self, part: Select[Item], sort: Sort, order: Sequence[ColumnElement[Any]], wanted: int) -> Select[Item]:
        """`part` cut to the first `wanted` rows of each value."""
        values = func.unnest(literal(list(self.values), ARRAY(String))).table_valued("value").render_derived()
        first = part.with_only_columns(sort.id).where(self.column == values.c.value).order_by(*order).limit(wanted)
        each = first.correlate(values).lateral()
        return part.where(sort.id.in_(select(each.c.id).select_from(values).join(each, true())))


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A page of a list. `next` and `previous` are cursors or None; `count` stops at COUNT_UP_TO + 1."""

    items: Sequence[Item]
    next: str | None
    previous: str | None
    count: int

    @property
    def count_text(self) -> str:
        """The count for people: 1000+ when it was not counted further."""
        return f"{COUNT_UP_TO}+" if self.count > COUNT_UP_TO else str(self.count)


def sort_by(sorts: Mapping[str, Sort], name: str | None, default: str) -> tuple[str, Sort]:
    """The named sort of an allowlist; BadRequest for a name that is not on it."""
    chosen = name or default
    if chosen not in sorts:
        raise BadRequest(N_("不能按这一项排序。"))
    return chosen, sorts[chosen]


def paginate(
    session: Session,
    query: Select[Item],
    sort: Sort,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
    spread: Spread | None = None,
) -> Page[Item]:
    """The page of `query` (a select of one entity, without ORDER BY) at a cursor of an earlier page."""
    backward, position = (False, None) if not cursor else decode(cursor, sort)
    spread = spread if spread and spread.sorts_by is sort.column else None
    rows = fetch(session, query, sort, backward, position, size + 1, spread)
    has_more = len(rows) > size
    rows = rows[:size]
    if backward:
        rows.reverse()
    has_next, has_previous = (position is not None, has_more) if backward else (has_more, position is not None)
    return Page(
        items=rows,
        next=encode(rows[-1], sort, backward=False) if rows and has_next else None,
        previous=encode(rows[0], sort, backward=True) if rows and has_previous else None,
        count=capped_count(session, query),
    )


def fetch(
    session: Session,
    query: Select[Item],
    sort: Sort,
    backward: bool,
    position: Any,
    wanted: int,
    spread: Spread | None = None,
) -> list[Item]:
    """Up to `wanted` rows behind a position, going through the sections in order."""
    sections = list(enumerate(sort.sections()))
    start = 1 if position is not None and position[0] is None and sort.nullable else 0
    if position is None:
        todo = sections[::-1] if backward else sections
    else:
        todo = sections[start::-1] if backward else sections[start:]
    rows: list[Item] = []
    for index, condition in todo:
        part = query if condition is None else query.where(condition)
        if position is not None and index == start:
            part = part.where(sort.beyond(position[0], position[1], backward))
        order = sort.order(backward, in_nulls=index == 1)
        if spread:
            part = spread.narrow(part, sort, order, wanted - len(rows))
        rows += session.scalars(part.order_by(*order).limit(wanted - len(rows))).unique()
        if len(rows) >= wanted:
            break
    return rows


def capped_count(session: Session, query: Select[Any]) -> int:
    """How many rows there are, counted to COUNT_UP_TO + 1 at most."""
    some = (
        query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None).limit(COUNT_UP_TO + 1).subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def encode(row: Any, sort: Sort, *, backward: bool) -> str:
    """A cursor at a row: opaque to people, checked when it comes back."""
    value = getattr(row, sort.column.key)
    if isinstance(value, (date, datetime)):
        value = value.isoformat()
    elif isinstance(value, Decimal):
        value = str(value)
    text = json.dumps(["b" if backward else "a", value, row.id], ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, sort: Sort) -> tuple[bool, tuple[Any, int]]:
    """(backward, (value, id)) of a cursor; BadRequest for one that no page of this sort has made."""
    try:
        direction, value, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if direction not in ("a", "b") or type(row_id) is not int or abs(row_id) >= 2**63:
            raise ValueError(cursor)
        return direction == "b", (parse(value, sort.column.type.python_type), row_id)
    except (ValueError, TypeError, ArithmeticError, binascii.Error, UnicodeDecodeError) as error:
        raise BadRequest(N_("页码不对，请从第一页重新翻。")) from error


def parse(value: Any, kind: type) -> Any:
    """A cursor's value as its column's type; ValueError or TypeError if it is not one."""
    if value is None:
        return None
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if kind is Decimal:
        return Decimal(value)
    if type(value) is not kind or value == "\0":
        raise ValueError(value)
    return value
