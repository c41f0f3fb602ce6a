"""What history costs a write: whole rows as they are kept, beside a difference per column, beside none.

Design left the choice to this figure. 2,000 rows of the width of a company are updated by one statement, in turn under
each kind of trigger; each kind has its own table, so that all meet the same state of the machine.
"""

import argparse
from pathlib import Path

import psycopg

from bench.data import prepared
from bench.timing import Times, timed
from crm.database import libpq_url
from crm.history.triggers import history_ddl, version_ddl

ROWS = 2_000
ROUNDS = 30
WARM_UPS = 3
ACTOR = "select set_config('crm.actor', '0', false)"

#: The alternative: only what changed, column by column.
DIFFERENCE = """
create or replace function bench_write_difference() returns trigger language plpgsql as $$
begin
  insert into history (actor_id, table_name, row_id, operation, before, after)
  select 0, tg_table_name, c.id, 'update', c.before, c.after
  from (
    select n.id, jsonb_object_agg(o2.key, o2.value) as before, jsonb_object_agg(o2.key, n2.value) as after
    from old_rows o join new_rows n using (id)
    cross join lateral jsonb_each(to_jsonb(o) - tg_argv[0]::text[]) o2
    join lateral jsonb_each(to_jsonb(n) - tg_argv[0]::text[]) n2 on n2.key = o2.key
    where n2.value is distinct from o2.value
    group by n.id
  ) c;
  return null;
end $$
"""
SOURCE = f"select * from companies order by id limit {ROWS}"  # noqa: S608 -- a number of our own
UNRECORDED = ["search", "version", "updated_at", "name_key", "pinyin_key", "city_code", "last_contact_on"]


def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    with prepared(Path(arguments.data), min(arguments.companies, 20_000)) as app:
        url = libpq_url(app.config["SETTINGS"].database_url)
        with psycopg.connect(url, autocommit=True) as connection:
            print_table(measure(connection))


def measure(connection: psycopg.Connection) -> dict[str, Times]:
    """The times of one update of all rows under each kind of trigger, taken in turn."""
    connection.execute(ACTOR)
    connection.execute(DIFFERENCE)
    tables = {"none": "bench_none", "whole rows": "bench_whole", "difference per column": "bench_difference"}
    for table in tables.values():
        connection.execute(f"drop table if exists {table}")
        connection.execute(f"create table {table} (like companies including all)")
        connection.execute(f"insert into {table} overriding system value {SOURCE}")
        connection.execute(version_ddl(table, UNRECORDED))
    for statement in history_ddl("bench_whole", UNRECORDED):
        connection.execute(statement)
    connection.execute(
        "create trigger history_update after update on bench_difference"
        " referencing old table as old_rows new table as new_rows for each statement"
        f" execute function bench_write_difference('{{{','.join(UNRECORDED)}}}')"
    )
    taken: dict[str, list[float]] = {kind: [] for kind in tables}
    for number in range(WARM_UPS + ROUNDS):
        for kind, table in tables.items():
            values = "address = '示例路', employees = coalesce(employees, 0) + 1"
            update = f"update {table} set {values}"  # noqa: S608 -- names of our own
            milliseconds = timed(lambda: connection.execute(update))  # noqa: B023 -- called at once
            if number >= WARM_UPS:
                taken[kind].append(milliseconds)
    for table in tables.values():
        connection.execute(f"drop table {table}")
    connection.execute("drop function bench_write_difference")
    return {kind: Times(values) for kind, values in taken.items()}


def print_table(times: dict[str, Times]) -> None:
    """A row per kind, and how many times the update without history it takes."""
    print(f"| history of {ROWS:,} updated rows | p50 ms | p95 ms | ratio of medians |")
    print("|---|---|---|---|")
    for kind, found in times.items():
        print(f"| {kind} | {found.p50:.1f} | {found.p95:.1f} | {found.p50 / times['none'].p50:.1f} |")
