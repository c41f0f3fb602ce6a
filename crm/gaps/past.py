"""Rows of a table as they were at a moment, from history: for counts of a month ago.

A row that nothing has changed since is as it is now; of another, its first change since then has kept what it was.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, cast, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on

from crm.database import Base
from crm.history.models import HistoryRow, Operation


def rows_at(model: type[Base], keys: Sequence[str], moment: datetime | None) -> Subquery:
    """The table's ids and the given columns at a moment; None: now."""
    columns = [model.__table__.c[key] for key in ("id", *keys)]
    if moment is None:
        return select(*columns).subquery()
    first = (
        select(HistoryRow.row_id, HistoryRow.operation, HistoryRow.before)
        .where(HistoryRow.table_name == model.__tablename__, HistoryRow.at > moment)
        .ext(distinct_on(HistoryRow.row_id))
        .order_by(HistoryRow.row_id, HistoryRow.id)
        .cte()
    )
    unchanged = select(*columns).where(model.__table__.c.id.not_in(select(first.c.row_id)))
    was: list[Any] = [cast(first.c.before[column.name].astext, column.type).label(column.name) for column in columns]
    changed = select(*was).where(first.c.operation != Operation.INSERT)
    return union_all(unchanged, changed).subquery()
