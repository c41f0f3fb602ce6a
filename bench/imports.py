"""A list of 100,000 companies from file to undo, beside the floor under any import of it.

The floor is what no import can avoid: calamine reads the file, and COPY puts the very rows that the import wrote into
empty tables with the same indexes, history included, without triggers, foreign keys, constraints or matching. The
file is the one of `tools/make_companies.py ROWS OUT.xlsx --valid`.
"""

import argparse
import io
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import python_calamine
import structlog
from psycopg import sql

from app import create_app
from crm.accounts.models import Office, Role, User
from crm.chain.models import Chain, Segment
from crm.config import Settings
from crm.database import SYSTEM, acting_as, db, libpq_url, migrate
from crm.embedded import connect_or_start
from imports import apply, services, undo
from imports.models import Batch

NO_PASSWORD = "!"  # noqa: S105 -- a hash that no password has
#: A floor is what can be reached: the best of so many.
ROUNDS = 3
#: Column 5 of the file: its segments exist, so that links to them are written too.
SEGMENT_COLUMN = 4
TABLES = (
    "companies", "company_segments", "contacts", "contact_keys", "import_rows", "import_findings",
    "import_preview_rows", "segment_counts",
)  # fmt: skip
GOALS = {"import": 2.5, "the same again": 1.5, "undo": 1.3}


def run(arguments: argparse.Namespace) -> None:
    """Import, import again, measure the floor, undo; print a table. Needs `--file`."""
    if arguments.file is None:
        print("no --file: made by tools/make_companies.py 100000 OUT.xlsx --valid")
        return
    with tempfile.TemporaryDirectory() as folder, application(Path(folder)) as url:
        measure(arguments.file, libpq_url(url))


@contextmanager
def application(folder: Path) -> Iterator[str]:
    """An application on an empty database of its own, silent; gives the database's URL."""
    with connect_or_start(folder) as server:
        migrate(server.url)
        app = create_app(
            Settings(env="testing", database_url=server.url, data=folder, secret_key="b" * 8 + "ench-only" * 4)
        )
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(open(os.devnull, "w")))  # noqa: SIM115 -- until the end
        with app.app_context():
            yield server.url
            db.session.close()
            db.engine.dispose()


def measure(file: Path, url: str) -> None:
    """All figures of one file, on an empty database."""
    read_seconds, sheet_rows = min((timed(lambda: read_bare(file)) for _ in range(ROUNDS)), key=lambda taken: taken[0])
    user = importer({row[SEGMENT_COLUMN] for row in sheet_rows[1:]})
    rows = len(sheet_rows) - 1
    del sheet_rows
    steps: dict[str, float] = {}
    taken, batch = timed(lambda: applied(file, user, steps))
    memory = peak_megabytes()
    counts = {key: getattr(batch, key) for key in ("created", "updated", "duplicates", "ambiguous", "rejected")}
    copy_seconds = floor(url)
    floor_seconds = read_seconds + sum(copy_seconds.values())
    again, second = timed(lambda: applied(file, user, {}))
    undone, kept = timed(lambda: undone_rows(batch, user))
    print(f"{rows:,} rows: {counts}; again: {second.unchanged:,} unchanged, {second.updated:,} updated; kept {kept}\n")
    print("| step | s | ratio | goal |\n|---|---|---|---|")
    print(f"| floor: read {read_seconds:.1f} s, COPY {sum(copy_seconds.values()):.1f} s | {floor_seconds:.1f} | 1 | |")
    print(f"| import | {taken:.1f} | {taken / floor_seconds:.2f} × floor | {GOALS['import']} |")
    for step, seconds in steps.items():
        print(f"| … {step} | {seconds:.1f} | | |")
    print(f"| the same again | {again:.1f} | {again / floor_seconds:.2f} × floor | {GOALS['the same again']} |")
    print(f"| undo | {undone:.1f} | {undone / taken:.2f} × import | {GOALS['undo']} |")
    print(f"\nCOPY by table: {', '.join(f'{table} {seconds:.1f}' for table, seconds in copy_seconds.items())}")
    print(f"Peak memory: importing process {memory[0]} MB, reader {memory[1]} MB")


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of a call, and what it returned."""
    started = time.perf_counter()
    result = act()
    return time.perf_counter() - started, result


def read_bare(file: Path) -> list[list[Any]]:
    """The first sheet, as calamine gives it."""
    return python_calamine.CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()


def importer(segments: set[str]) -> User:
    """Somebody who may import, and the chain whose segments the file names."""
    with acting_as(SYSTEM):
        office = Office(name="示例招商局")
        user = User(name="bench", display_name="示例", role=Role.MANAGER, office=office, password_hash=NO_PASSWORD)
        chain = Chain(slug="bench", name="示例产业链", is_demo=True)
        db.session.add_all([user, *(Segment(chain=chain, name=n, ordinal=i) for i, n in enumerate(sorted(segments)))])
        db.session.commit()
    return user


def applied(file: Path, user: User, steps: dict[str, float]) -> Batch:
    """The file, imported and committed, as `flask import-list` does; `steps` takes the seconds of each step."""
    with stopwatch(steps) as report:
        with acting_as(user.id):
            batch = services.take(file.read_bytes(), file.name, user, feed="companies")
            db.session.flush()
        with acting_as(user.id, batch_id=batch.id):
            apply.apply(batch, user, report)
        report("commit", 0, 0)
        db.session.commit()
    return batch


@contextmanager
def stopwatch(steps: dict[str, float]) -> Iterator[Callable[[str, int, int], None]]:
    """A report that adds up the seconds of each step until the next one begins."""
    current, since = "head", time.perf_counter()

    def report(step: str, _done: int, _total: int) -> None:
        nonlocal current, since
        now = time.perf_counter()
        steps[current] = steps.get(current, 0) + now - since
        current, since = step, now

    yield report
    report("", 0, 0)


def undone_rows(batch: Batch, user: User) -> int:
    """The batch undone and committed; how many rows stay."""
    with acting_as(user.id, batch_id=batch.id):
        kept = undo.undo(db.session.get_one(Batch, batch.id), user)
        db.session.commit()
    return kept


def floor(url: str) -> dict[str, float]:
    """Seconds to COPY what stands in each table into an empty one with the same indexes."""
    with psycopg.connect(url) as connection:
        partitions = "select inhrelid::regclass::text from pg_inherits where inhparent = 'history'::regclass"
        filled = [name for (name,) in connection.execute(partitions) if has_rows(connection, name)]
        return {table: copied(connection, table) for table in (*TABLES, *filled)}


def has_rows(connection: psycopg.Connection, table: str) -> bool:
    return connection.execute(sql.SQL("select from {} limit 1").format(sql.Identifier(table))).fetchone() is not None


def copied(connection: psycopg.Connection, table: str) -> float:
    """The best of ROUNDS seconds of one table; the rows are taken out beforehand and not counted."""
    held = io.BytesIO()
    columns = sql.SQL(", ").join(map(sql.Identifier, plain_columns(connection, table)))
    name = sql.Identifier(table)
    with connection.cursor().copy(sql.SQL("copy {} ({}) to stdout").format(name, columns)) as copy:
        for block in copy:
            held.write(block)
    return min(copied_once(connection, name, columns, held) for _round in range(ROUNDS))


def copied_once(connection: psycopg.Connection, name: sql.Identifier, columns: sql.Composed, held: io.BytesIO) -> float:
    """Seconds until the rows stand in a fresh table like the named one, and are committed."""
    connection.execute(sql.SQL("create table bench_floor (like {} including all excluding constraints)").format(name))
    connection.commit()
    started = time.perf_counter()
    with connection.cursor().copy(sql.SQL("copy bench_floor ({}) from stdin").format(columns)) as copy:
        copy.write(held.getbuffer())
    connection.commit()
    seconds = time.perf_counter() - started
    connection.execute("drop table bench_floor")
    connection.commit()
    return seconds


def plain_columns(connection: psycopg.Connection, table: str) -> list[str]:
    """The columns that are not computed by the database."""
    query = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
    rows = connection.execute(query + " and not attisdropped and attgenerated = '' order by attnum", (table,))
    return [row[0] for row in rows]


def peak_megabytes() -> tuple[int, int]:
    """The most memory that this process and its largest child ever held."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return tuple(resource.getrusage(kind).ru_maxrss // 1024 for kind in kinds)  # type: ignore[return-value]
