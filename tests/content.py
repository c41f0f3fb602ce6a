"""The content of the database, as one hash: what a refused act must leave as it was (promise 13)."""

from sqlalchemy import Connection, text

from crm.history.triggers import tables_under_history


def content_hash(connection: Connection) -> str:
    """A hash over every row of every table under history."""
    names = sorted(table.name for table in tables_under_history())
    parts = [
        f"select '{name}' as name, md5(string_agg(md5(t::text), '' order by t.id)) as content from {name} t"  # noqa: S608
        for name in names
    ]
    query = (
        f"select md5(string_agg(name || coalesce(content, ''), ',' order by name)) from ({' union all '.join(parts)}) x"  # noqa: S608
    )
    return str(connection.scalar(text(query)))


def was_written(connection: Connection, before: str) -> bool:
    """Whether the transaction has changed a row under history; `before` is the hash at its beginning.

    PostgreSQL gives a transaction its number at its first write (or lock of a row): one without a number wrote nothing,
    which spares hashing every table after each request.
    """
    if connection.scalar(text("select pg_current_xact_id_if_assigned()")) is None:
        return False
    return content_hash(connection) != before
