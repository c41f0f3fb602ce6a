"""The triggers that write history, as SQL for migrations and as an expectation for the tests.

Statement-level triggers with transition tables pair old and new rows by id, which holds under ON CONFLICT and cascades.
Partitions inherit the triggers for each row, not those for a statement, so each has its own against TRUNCATE. Whole
rows are kept because a diff per column costs the writer no less (bench/history) and undo needs whole rows; the readers
take the difference. An unset setting reads as '' on a reused connection, hence nullif.
"""

from sqlalchemy import Table

from crm.database import Base

FUNCTIONS = """
create function history_write() returns trigger language plpgsql as $$
declare
  actor bigint := nullif(current_setting('crm.actor', true), '')::bigint;
  request text := nullif(current_setting('crm.request', true), '');
  batch bigint := nullif(current_setting('crm.batch', true), '')::bigint;
begin
  if actor is null then
    raise exception 'a write to % needs an actor', tg_table_name using errcode = 'CRM01';
  end if;
  if tg_op = 'INSERT' then
    insert into history (actor_id, request_id, batch_id, table_name, row_id, operation, after)
    select actor, request, batch, tg_table_name, n.id, 'insert', to_jsonb(n) - tg_argv[0]::text[] from new_rows n;
  elsif tg_op = 'UPDATE' then
    insert into history (actor_id, request_id, batch_id, table_name, row_id, operation, before, after)
    select actor, request, batch, tg_table_name, c.id, 'update', c.before, c.after
    from (select n.id, to_jsonb(o) - tg_argv[0]::text[] as before, to_jsonb(n) - tg_argv[0]::text[] as after
          from old_rows o join new_rows n using (id)) c
    where c.before is distinct from c.after;
  else
    insert into history (actor_id, request_id, batch_id, table_name, row_id, operation, before)
    select actor, request, batch, tg_table_name, o.id, 'delete', to_jsonb(o) - tg_argv[0]::text[] from old_rows o;
  end if;
  return null;
end $$;

create function history_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'history cannot be changed' using errcode = 'CRM02';
end $$;

create function raise_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end $$;

create function history_ensure_partitions(months integer) returns void language plpgsql as $$
declare
  first date;
  name text;
begin
  for i in 0 .. months loop
    first := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => i))::date;
    name := 'history_' || to_char(first, 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of history for values from (%L) to (%L)',
        name, first::timestamp at time zone 'UTC', (first + interval '1 month') at time zone 'UTC');
      execute format('create trigger history_untruncatable before truncate on %I for each statement'
        ' execute function history_refuse()', name);
    end if;
  end loop;
end $$;
"""

GUARD = """
create trigger history_unalterable before update or delete on history for each row execute function history_refuse();
create trigger history_untruncatable before truncate on history for each statement execute function history_refuse();
create table history_default partition of history default;
create trigger history_untruncatable before truncate on history_default for each statement
  execute function history_refuse();
select history_ensure_partitions(3);
"""


def unrecorded_columns(table: Table) -> list[str]:
    """The columns left out of history: they follow from others, or are secrets."""
    return sorted(column.name for column in table.columns if column.info.get("unrecorded"))


def history_ddl(table: str, unrecorded: list[str]) -> list[str]:
    """The statements that put a table under history; `unrecorded` are the columns left out."""
    left_out = "{" + ",".join(unrecorded) + "}"
    events = (
        ("insert", "new table as new_rows"),
        ("update", "old table as old_rows new table as new_rows"),
        ("delete", "old table as old_rows"),
    )
    return [
        f"create trigger history_{event} after {event} on {table} referencing {tables}"
        f" for each statement execute function history_write('{left_out}')"
        for event, tables in events
    ]


def version_ddl(table: str, unrecorded: list[str]) -> str:
    """The statement that makes the database raise a table's version when somebody changes what history records.

    A derived column (the day of the last contact, search tokens) changes without anybody editing the row; a version
    raised by it would refuse a form that nobody overtook. Who edits rows that count as parts of another (a company's
    tiers, a segment's words) touches that one's updated_at. A column that is added later needs the trigger anew.
    """
    left_out = "{" + ",".join(unrecorded) + "}"
    # The names come from migrations, never from a user.
    return f"""
do $$ begin
  execute (
    select format('create trigger raise_version before update of %s on {table} for each row'
      ' when (old.* is distinct from new.*) execute function raise_version()',
      string_agg(quote_ident(attname), ', ' order by attnum))
    from pg_attribute
    where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped
      and (attname <> all ('{left_out}') or attname = 'updated_at')
  );
end $$
"""  # noqa: S608


def tables_under_history() -> list[Table]:
    """The tables of all models that must have the triggers; a model that must not says why in `__history__`."""
    return [
        mapper.local_table  # type: ignore[misc]
        for mapper in Base.registry.mappers
        if mapper.class_.__history__ is None
    ]
