"""History as people read it: words for tables, columns and values, names for the ids of other rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Column, Table, select
from sqlalchemy import Enum as EnumType

from crm.database import SYSTEM, Base, Labelled, db
from crm.formatters import day, moment
from crm.history.models import HistoryRow, Operation
from crm.history.names import SECRET, column_name, table_name

#: Tables whose rows may be named to everybody who may read the change; of other tables only the id is shown.
NAMED_BY = {
    "users": "display_name",
    "offices": "name",
    "companies": "name",
    "chains": "name",
    "segments": "name",
    "clusters": "name",
    "divisions": "name",
    "tiers": "name",
    "routes": "name",
    "stages": "name",
    "target_lists": "name",
}
#: By which of its columns a changed row itself is told, the first that it has.
TITLES = ("display_name", "name", "title", "alias", "term", "key")
LONGEST_TITLE = 40

Names = dict[tuple[str, Any], str]


@dataclass(frozen=True)
class Change:
    """A column that changed, before and after, in words."""

    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One change of one row, in words."""

    row: HistoryRow
    actor: str
    operation: Operation
    table: str
    title: str
    changes: Sequence[Change]


def entries(rows: Sequence[HistoryRow]) -> list[Entry]:
    """The rows in words; one query for each table that they name."""
    names = names_of(rows)
    return [entry(row, names) for row in rows]


def entry(row: HistoryRow, names: Names) -> Entry:
    """One row in words."""
    content = row.after or row.before or {}
    title = next((str(content[key]) for key in TITLES if content.get(key)), "")
    return Entry(
        row=row,
        actor=_("系统") if row.actor_id == SYSTEM else names.get(("users", row.actor_id), f"#{row.actor_id}"),
        operation=row.operation,
        table=_(table_name(row.table_name)),
        title=title if len(title) <= LONGEST_TITLE else title[:LONGEST_TITLE] + "…",
        changes=list(changes(row, names)),
    )


def changes(row: HistoryRow, names: Names) -> Iterable[Change]:
    """The changed columns that may be shown; of a new or deleted row those with a value."""
    table = Base.metadata.tables.get(row.table_name)
    for key, (before, after) in row.changes.items():
        if key in SECRET or (key == "created_at" and row.operation is Operation.INSERT):
            continue
        shown = [readable(table, key, value, names) for value in (before, after)]
        if row.operation is Operation.UPDATE or any(shown):
            yield Change(_(column_name(row.table_name, key)), *shown)


def readable(table: Table | None, key: str, value: Any, names: Names) -> str:
    """A value as it stands in the JSON of history, in words; '' for none."""
    if value in (None, "", []):
        return ""
    column = None if table is None else table.columns.get(key)
    if column is None:
        return str(value)
    if target := referred(column):
        return names.get((target, value), f"#{value}")
    if isinstance(column.type, EnumType) and column.type.enum_class is not None:
        return member_label(column.type.enum_class, value)
    return plain(column.type.python_type, value)


def member_label(enum: type[Enum], value: Any) -> str:
    """The word of an enumeration's member; a value that no longer exists as it is."""
    try:
        member = enum(value)
    except ValueError:
        return str(value)
    return str(_(member.label)) if isinstance(member, Labelled) else str(member.value)


def plain(kind: type, value: Any) -> str:
    """A value by its column's type."""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if kind is datetime:
        return moment(datetime.fromisoformat(value))
    if kind is date:
        return day(date.fromisoformat(value))
    return str(value)


def referred(column: Column[Any]) -> str | None:
    """The table to which a column points."""
    return next((key.column.table.name for key in column.foreign_keys), None)


def names_of(rows: Sequence[HistoryRow]) -> Names:
    """The names of all rows to which these point, actors included."""
    wanted: dict[str, set[Any]] = {"users": {row.actor_id for row in rows}}
    for row in rows:
        table = Base.metadata.tables.get(row.table_name)
        for content in (row.before, row.after):
            for key, value in (content or {}).items():
                target = None if table is None or key not in table.columns else referred(table.columns[key])
                if target in NAMED_BY and value is not None:
                    wanted.setdefault(target, set()).add(value)
    return {found: name for table_, ids in wanted.items() for found, name in fetched(table_, ids)}


def fetched(name: str, ids: set[Any]) -> list[tuple[tuple[str, Any], str]]:
    """((table, id), name) of rows."""
    table = Base.metadata.tables[name]
    key = next(iter(table.primary_key)) if "code" not in table.columns else table.columns["code"]
    rows = db.session.execute(select(key, table.columns[NAMED_BY[name]]).where(key.in_(ids)))
    return [((name, found), str(text)) for found, text in rows]
