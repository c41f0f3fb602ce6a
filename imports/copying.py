"""Set-based writes: COPY, and SQL over what was copied. Triggers, constraints and history hold as for single rows."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from crm.database import db

Values = Sequence[Any]


def driver() -> Connection[Any]:
    """The session's own connection, with what is pending written."""
    db.session.flush()
    connection: Connection[Any] = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    return connection


def new_ids(table: str, count: int) -> list[int]:
    """Ids of a table's identity column, taken beforehand so that rows of other tables can name them."""
    query = "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)"
    return [row[0] for row in driver().execute(query, (table, count))]


def insert(table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
    """COPY new rows into a table; a column named `id` takes the ids of `new_ids`."""
    statement = sql.SQL("copy {} ({}) from stdin").format(sql.Identifier(table), names(columns))
    with driver().cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def insert_missing(table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
    """Insert the rows that break no unique constraint; the others are there already."""
    stage(table, columns, rows)
    statement = "insert into {table} ({columns}) select {columns} from staged on conflict do nothing"
    driver().execute(sql.SQL(statement).format(table=sql.Identifier(table), columns=names(columns)))
    driver().execute("drop table staged")


def update(table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
    """Set the columns of the rows whose id comes first in each tuple."""
    stage(table, ["id", *columns], rows)
    assignments = sql.SQL(", ").join(sql.SQL("{0} = staged.{0}").format(sql.Identifier(column)) for column in columns)
    statement = sql.SQL("update {table} set {assignments} from staged where {table}.id = staged.id")
    driver().execute(statement.format(table=sql.Identifier(table), assignments=assignments))
    driver().execute("drop table staged")


def stage(table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
    """A temporary table `staged` with columns like the table's, filled by COPY."""
    statement = sql.SQL("create temp table staged on commit drop as select {} from {} limit 0")
    driver().execute(statement.format(names(columns), sql.Identifier(table)))
    insert("staged", columns, rows)


def names(columns: Sequence[str]) -> sql.Composed:
    """Column names, quoted."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def json(value: Any) -> Jsonb:
    """A value for a jsonb column."""
    return Jsonb(value)
