"""Undoing a batch from history: what it created goes, what it changed is put back.

A row stays, and is listed, if somebody changed it since or if anything that is not the batch's own refers to it: a
visit logged on an imported company keeps the company, with all that the import knew of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import sql
from sqlalchemy import ForeignKeyConstraint, Table, delete, select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.companies.services import refresh_last_contact
from crm.database import N_, Base, db
from crm.errors import Conflict
from crm.history.models import HistoryRow
from crm.history.names import TABLES
from crm.jobs import LONG_QUEUE, queue
from crm.pipeline.models import Project
from imports import copying
from imports.apply import ONE_AT_A_TIME
from imports.feeds.company_write import refresh_derived
from imports.matching import slices
from imports.models import Batch, BatchStatus, Finding, FindingKind
from imports.running import RETRY, run_job
from imports.work import Report, silent

#: Tables whose rows are the batch's own account, or follow their row without a history of their own.
ACCOUNTS = {"import_batches", "import_rows", "import_findings", "import_progress", "uploads", "stored_files"}
#: Columns that say what a row is a part of: what belongs to a row that stays, stays.
WHOLES = {"company_id", "project_id", "interaction_id", "contact_id"}
WHOLES |= {"park_id", "policy_id", "fund_id", "institution_id", "expert_id"}
WHOLES |= {"plan_id", "task_id", "proposal_id", "event_id"}
LISTED = 1_000
#: So many rows are deleted by one statement: the page tells how far it is in between.
AT_A_TIME = 10_000

#: What the batch wrote and undoing it leaves.
KEPT = """
    select table_name, row_id from history
    where batch_id = %(batch)s and operation <> 'delete' and table_name <> all(%(accounts)s)
    except select table_name, row_id from former
    except select table_name, row_id from going
"""
#: What of it people know by name, with the table whose row uses it; '' where it was changed.
KEPT_WITH_REASON = f"""
    select table_name, row_id, coalesce(min(used_by), '')
    from ({KEPT}) kept left join because using (table_name, row_id)
    where table_name in ('companies', 'projects') group by table_name, row_id order by table_name, row_id
"""  # noqa: S608 -- ours
NAMED: dict[str, type[Company | Project]] = {"companies": Company, "projects": Project}
CHANGED = N_("导入后有人改过，已保留。")
USED = N_("已有%(what)s用到它，已保留。")


@queue.task(name="imports.undo", queue=LONG_QUEUE, retry=RETRY)
def undo_job(batch_id: int, user_id: int) -> None:
    """Undo a batch that waits for it."""
    run_job(batch_id, user_id, BatchStatus.UNDOING, undo)


def undo(batch: Batch, user: User, report: Report = silent) -> int:
    """Take a batch back as far as nobody built on it; returns how many rows stay. The caller commits."""
    if batch.status not in (BatchStatus.APPLIED, BatchStatus.UNDOING):
        raise Conflict("只有已应用的导入可以撤销。", current=batch)
    copying.driver().execute("select pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
    report("compare", 0, 0)
    tables = tables_of(batch.id)
    mark(batch.id)
    keep_what_others_use(tables)
    total = run("select count(*) from going").fetchone()[0]
    report("write", 0, total)
    run("update import_rows set company_id = null from going where table_name = 'companies' and row_id = company_id")
    restored = restore(batch.id, tables)
    remove(tables, report, total)
    kept = list_kept(batch)
    for some in slices(restored, AT_A_TIME):
        refresh_derived(some)
    refresh_last_contact(touched_companies(batch.id))
    batch.status, batch.undone_at = BatchStatus.UNDONE, datetime.now(UTC)
    return kept


def tables_of(batch_id: int) -> list[Table]:
    """The tables in which the batch wrote, a referring one before what it refers to."""
    found = set(db.session.scalars(select(HistoryRow.table_name).where(HistoryRow.batch_id == batch_id).distinct()))
    return [table for table in reversed(Base.metadata.sorted_tables) if table.name in found - ACCOUNTS]


def mark(batch_id: int) -> None:
    """Temporary tables: `created` by the batch, `going` as nobody changed it since, `because` of whom a row stays."""
    run("drop table if exists created, going, former, because")
    run("create temp table created (table_name text, row_id bigint, primary key (table_name, row_id)) on commit drop")
    run("create temp table going (like created including all) on commit drop")
    run("create temp table because (table_name text, row_id bigint, used_by text) on commit drop")
    values = {"batch": batch_id, "accounts": list(ACCOUNTS)}
    run(
        "insert into created select table_name, row_id from history where batch_id = %(batch)s and operation = 'insert'"
        " and table_name <> all(%(accounts)s)",
        **values,
    )
    run(
        "insert into going select c.* from created c where not exists (select from history later where"
        " later.table_name = c.table_name and later.row_id = c.row_id and later.batch_id is distinct from %(batch)s)",
        **values,
    )
    run("analyze created")
    run("analyze going")


def keep_what_others_use(tables: list[Table]) -> None:
    """Take from `going` what a staying row refers to, and the parts of what stays, until nothing more follows."""
    references = [reference for table in tables for reference in references_to(table)]
    parts = [part for table in tables for part in parts_of(table)]
    changed = True
    while changed:
        changed = any([spare_referred(reference) for reference in references] + [spare_part(part) for part in parts])


@dataclass(frozen=True)
class Reference:
    """A column of `child` that refers to the id of `parent`."""

    child: Table
    column: str
    parent: Table


def references_to(table: Table) -> Iterator[Reference]:
    """Every foreign key to the table, but the batch's own account of it."""
    for child in Base.metadata.tables.values():
        for key in child.constraints:
            if isinstance(key, ForeignKeyConstraint) and key.referred_table is table and follows(child):
                yield Reference(child, key.column_keys[0], table)


def follows(child: Table) -> bool:
    """Whether rows of the table count as use: not the import's account, nor keys that go with their contact."""
    return child.name not in ACCOUNTS and "id" in child.c


def parts_of(table: Table) -> Iterator[Reference]:
    """The foreign keys by which rows of the table are parts of something."""
    for key in table.foreign_key_constraints:
        if key.column_keys[0] in WHOLES:
            yield Reference(table, key.column_keys[0], key.referred_table)


def spare_referred(reference: Reference) -> bool:
    """Keep the created rows to which a row refers that is not going, and note because of what; were there any?"""
    statement = sql.SQL(
        "with spared as ("
        " delete from going using {child} c where going.table_name = {parent_name} and going.row_id = c.{column}"
        " and not exists (select from going g where g.table_name = {child_name} and g.row_id = c.id)"
        " returning going.table_name, going.row_id)"
        " insert into because select table_name, row_id, {child_name} from spared"
    )
    return execute(statement, reference) > 0


def spare_part(reference: Reference) -> bool:
    """Keep the created parts of a created row that is not going any more; whether there were any."""
    statement = sql.SQL(
        "delete from going using {child} c where going.table_name = {child_name} and going.row_id = c.id"
        " and exists (select from created where created.table_name = {parent_name} and created.row_id = c.{column})"
        " and not exists (select from going g where g.table_name = {parent_name} and g.row_id = c.{column})"
    )
    return execute(statement, reference) > 0


def execute(statement: sql.SQL, reference: Reference) -> int:
    """Run a statement about a reference; how many rows it changed."""
    names = {
        "child": sql.Identifier(reference.child.name),
        "child_name": sql.Literal(reference.child.name),
        "parent_name": sql.Literal(reference.parent.name),
        "column": sql.Identifier(reference.column),
    }
    return copying.driver().execute(statement.format(**names)).rowcount


def restore(batch_id: int, tables: list[Table]) -> list[int]:
    """Put back the rows that the batch changed and nobody changed since; returns the ids of companies among them."""
    run(
        "create temp table former on commit drop as select distinct on (table_name, row_id) table_name, row_id, before"
        " from history h where batch_id = %(batch)s and operation = 'update' and not exists (select from history later"
        " where later.table_name = h.table_name and later.row_id = h.row_id and later.id > h.id"
        " and later.batch_id is distinct from h.batch_id)"
        " and not exists (select from created where created.table_name = h.table_name and created.row_id = h.row_id)"
        " order by table_name, row_id, id",
        batch=batch_id,
    )
    for table in tables:
        columns = [column for column in table.columns if not column.info.get("unrecorded") and column.name != "id"]
        assignments = sql.SQL(", ").join(sql.SQL("{0} = old.{0}").format(sql.Identifier(c.name)) for c in columns)
        statement = sql.SQL(
            "update {table} t set {assignments} from former, jsonb_populate_record(null::{table}, former.before) old"
            " where former.table_name = {name} and t.id = former.row_id"
        )
        named = {"table": sql.Identifier(table.name), "name": sql.Literal(table.name)}
        copying.driver().execute(statement.format(assignments=assignments, **named))
    return [row[0] for row in run("select row_id from former where table_name = 'companies'")]


def remove(tables: list[Table], report: Report, total: int) -> None:
    """Delete what is going, parts before wholes, with word of how much went; keys go with their contacts."""
    run("delete from contact_keys using going where table_name = 'contacts' and row_id = contact_id")
    gone = 0
    for table in tables:
        statement = sql.SQL(
            "delete from {} t using going where table_name = {} and row_id = t.id and row_id between %s and %s"
        ).format(sql.Identifier(table.name), sql.Literal(table.name))
        for bounds in spans(table.name):
            gone += copying.driver().execute(statement, bounds).rowcount
            report("write", gone, total)


def spans(table_name: str) -> list[tuple[int, int]]:
    """The going rows of a table in spans of their ids, AT_A_TIME rows each: (first, last)."""
    return run(
        "select min(row_id), max(row_id) from ("
        "select row_id, (row_number() over (order by row_id) - 1) / %(size)s as span"
        " from going where table_name = %(name)s) ids group by span order by span",
        name=table_name,
        size=AT_A_TIME,
    ).fetchall()


def list_kept(batch: Batch) -> int:
    """Note the companies, projects and contacts that stay, and why; returns how many rows stay in all."""
    db.session.execute(delete(Finding).where(Finding.batch_id == batch.id, Finding.kind == FindingKind.KEPT))
    values = {"batch": batch.id, "accounts": list(ACCOUNTS)}
    rows = list(run(f"{KEPT_WITH_REASON} limit {LISTED}", **values))
    called = {table: names_of(model, ids(rows, table)) for table, model in NAMED.items()}
    db.session.add_all(
        Finding(
            batch_id=batch.id,
            number=0,
            kind=FindingKind.KEPT,
            field=table,
            cell=called[table].get(row_id, ""),
            message=USED if used_by else CHANGED,
            details={"id": row_id, "what": TABLES.get(used_by, "")},
        )
        for table, row_id, used_by in rows
    )
    return int(run(f"select count(*) from ({KEPT}) kept", **values).fetchone()[0])  # noqa: S608 -- ours


def names_of(model: type[Company | Project], row_ids: list[int]) -> dict[int, str]:
    """What rows are called, by id."""
    return dict(db.session.execute(select(model.id, model.name).where(model.id.in_(row_ids))).all())


def ids(rows: list[tuple[str, int, str]], table: str) -> list[int]:
    """The row ids of one table."""
    return [row_id for name, row_id, _used_by in rows if name == table]


def touched_companies(batch_id: int) -> list[int]:
    """The companies whose contacts the batch recorded."""
    found = run(
        "select distinct (after->>'company_id')::bigint from history where batch_id = %(batch)s"
        " and table_name = 'interaction_companies' and operation = 'insert'",
        batch=batch_id,
    )
    return [row[0] for row in found]


def run(statement: str, **values: Any) -> Any:
    """Execute a statement of this module on the session's connection."""
    return copying.driver().execute(statement, values or None)
