"""Undoing a merge or a split of segments, from history: all of it or, where something was changed since, nothing.

What the act changed are the rows of history that its request wrote; only the columns that it changed must still be as
it left them. What was attached since to the segment that took another in stays there. Rows go back by their tables,
set-based, as they came.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from crm.accounts.models import User
from crm.chain.models import Reshaping, ReshapingKind, Segment
from crm.companies.models import Company
from crm.database import N_, Base, db
from crm.errors import Conflict
from crm.gaps.merging import RELATIONS, relations, touch
from crm.gaps.models import GapSnapshot
from crm.history.triggers import unrecorded_columns

#: So many names stand in a sentence.
NAMED = 3
#: What the act did to each row of a table: the row before it and after it, None where there was none.
ACT = """
    with act as (
      select distinct on (row_id) row_id, first_value(before) over each_row as before,
        last_value(after) over each_row as after
      from history
      where table_name = :table and actor_id = :actor and at = :at and request_id = :request
      window each_row as (partition by row_id order by id rows between unbounded preceding and unbounded following)
    )
"""
BEFORE = "cross join lateral jsonb_populate_record(null::{table}, act.before) b"
AFTER = "cross join lateral jsonb_populate_record(null::{table}, act.after) a"


def note(kind: ReshapingKind, source: Segment, other: str, *, by: User, request_id: str) -> Reshaping:
    """Keep by what an act of this request can be undone; for a merge before it, as the figures of months go with it."""
    done = Reshaping(chain=source.chain, kind=kind, source=source.name, other=other, by=by, request_id=request_id)
    if kind is ReshapingKind.MERGE:
        kept = text("select to_jsonb(s) from gap_snapshots s where segment_id = :segment order by id")
        done.snapshots = list(db.session.scalars(kept, {"segment": source.id}))
    db.session.add(done)
    db.session.flush()
    return done


def undo(done: Reshaping, *, by: User) -> None:
    """Put everything back that the act changed. The caller has locked the row and commits.

    Raises Conflict where it was undone before, and with a sentence that says what was changed since.
    """
    if done.undone_at is not None:
        raise Conflict(N_("这次合并或拆分已经撤销。"))
    db.session.execute(select(Segment.id).where(Segment.chain_id == done.chain_id).with_for_update())
    if changes := list(changes_since(done)):
        raise refusal("；".join(changes))
    done.undone_at, done.undone_by = datetime.now(UTC), by
    try:
        with db.session.begin_nested():
            put_back(done)
    except IntegrityError:
        raise refusal(_("此后新增的内容占了原来的位置")) from None
    db.session.expire_all()


def refusal(changes: str) -> Conflict:
    """Why nothing is undone."""
    return Conflict(N_("不能撤销，因为此后又有改动：%(changes)s。请先改回来，或者再合并、拆分一次。"), changes=changes)


# What stands in the way


def changes_since(done: Reshaping) -> Iterator[str]:
    """What was changed since, a part of a sentence each."""
    for table in tables():
        if rows := changed(done, table):
            yield told(table, rows)
    for made in rows_of(done, "act.before is null"):
        yield from attached_since(done, made["id"], made["name"])
    for gone in rows_of(done, "act.after is null"):
        same_name = select(Segment.id).filter_by(chain_id=done.chain_id, name=gone["name"])
        if db.session.scalar(same_name) not in (None, gone["id"]):
            yield _("又有了同名的环节“%(name)s”", name=gone["name"])


def tables() -> list[Table]:
    """Segments and the tables under history that name them, one that refers to another after it."""
    found = {Segment.__tablename__, *(key.table.name for key, _relation in relations())} - {GapSnapshot.__tablename__}
    return [table for table in Base.metadata.sorted_tables if table.name in found]


def changed(done: Reshaping, table: Table) -> Sequence[Any]:
    """The rows of a table, as the act left them, of which something that it changed is different now."""
    different = " or ".join(
        f"((act.before is null or b.{name} is distinct from a.{name}) and t.{name} is distinct from a.{name})"
        for name in columns_of(table)
    )
    query = f"""
        select coalesce(act.after, act.before) from act left join {table.name} t on t.id = act.row_id {BEFORE} {AFTER}
        where case when act.after is null then t.id is not null else t.id is null or {different} end
        order by act.row_id
    """  # noqa: S608 -- names of models
    return run(done, table, query).scalars().all()


def columns_of(table: Table) -> list[str]:
    """The columns that history keeps of a table."""
    return [key.name for key in table.columns if key.name not in unrecorded_columns(table)]


def told(table: Table, rows: Sequence[Any]) -> str:
    """Rows of a table in words. Projects stay a number: some of them have no name for whoever edits chains."""
    if table.name == Segment.__tablename__:
        return _("环节%(names)s改过或删了", names=quoted(row["name"] for row in rows))
    if table.name == "company_segments":
        first = select(Company.name).where(Company.id.in_([row["company_id"] for row in rows])).order_by(Company.id)
        names = quoted(db.session.scalars(first.limit(NAMED)))
        return _("%(count)d 家企业换了环节：%(names)s", count=len(rows), names=names)
    label = next(relation.label for key, relation in RELATIONS.items() if key.startswith(f"{table.name}."))
    return _("%(label)s有 %(count)d 处改过", label=_(label), count=len(rows))


def quoted(names: Iterable[str]) -> str:
    """The first names, each in quotation marks."""
    return "、".join(f"“{name}”" for name in list(names)[:NAMED])


def rows_of(done: Reshaping, condition: str) -> Sequence[Any]:
    """The segments that the act made or took away."""
    query = f"select coalesce(act.after, act.before) from act where {condition}"  # noqa: S608 -- ours
    return run(done, Base.metadata.tables[Segment.__tablename__], query).scalars().all()


def attached_since(done: Reshaping, made_id: int, name: str) -> Iterator[str]:
    """What hangs on a segment that the act made, beyond what the act hung there."""
    for key, relation in relations():
        if key.table in tables():
            acted = "(select row_id from act)"
            query = f"select count(*) from {key.table.name} t where t.{key.name} = :made and t.id not in {acted}"  # noqa: S608
            if count := run(done, key.table, query, made=made_id).scalar_one():
                values = {"name": name, "label": _(relation.label), "count": count}
                yield _("“%(name)s”里新加了%(label)s %(count)d 条", **values)


# Putting back


def put_back(done: Reshaping) -> None:
    """Bring the segment back that went, let all rows point where they did, then take away what was made."""
    segments = Base.metadata.tables[Segment.__tablename__]
    bring_back(done, segments)
    for table in tables():
        restore(done, table)
        if table is not segments:
            bring_back(done, table)
    for table in reversed(tables()):
        run(done, table, f"delete from {table.name} t using act where t.id = act.row_id and act.before is null")  # noqa: S608
    bring_snapshots_back(done)
    for key, relation in relations():
        if relation.touches:  # a form that was opened before must not save over the move
            touch(key, relation, key.table.c.id.in_(acted_ids(done, key.table)))


def bring_back(done: Reshaping, table: Table) -> None:
    """Write the rows again that the act took away, under their own ids."""
    columns = ", ".join(columns_of(table))
    values = ", ".join(f"b.{name}" for name in columns_of(table))
    statement = f"""
        insert into {table.name} ({columns}) overriding system value
        select {values} from act {BEFORE} where act.before is not null and act.after is null
    """  # noqa: S608 -- names of models
    run(done, table, statement)


def restore(done: Reshaping, table: Table) -> None:
    """Put back the columns that the act changed, and no others."""
    values = ", ".join(
        f"{name} = case when b.{name} is distinct from a.{name} then b.{name} else t.{name} end"
        for name in columns_of(table)
        if name != "id"
    )
    statement = f"""
        update {table.name} t set {values} from act {BEFORE} {AFTER}
        where t.id = act.row_id and act.before is not null and act.after is not null
    """  # noqa: S608 -- names of models
    run(done, table, statement)


def bring_snapshots_back(done: Reshaping) -> None:
    """The figures of months that went with the segment."""
    columns = ", ".join(key.name for key in GapSnapshot.__table__.columns)
    statement = f"""
        insert into gap_snapshots ({columns}) overriding system value
        select {columns} from jsonb_populate_recordset(null::gap_snapshots, :kept) on conflict do nothing
    """  # noqa: S608 -- names of a model
    kept = bindparam("kept", done.snapshots, JSONB)
    db.session.execute(text(statement).bindparams(kept))


def acted_ids(done: Reshaping, table: Table) -> list[int]:
    """The ids of a table's rows that the act wrote."""
    return list(run(done, table, "select row_id from act").scalars())


def run(done: Reshaping, table: Table, statement: str, **values: Any) -> Any:
    """Execute a statement that reads what the act did to a table."""
    given = {"table": table.name, "actor": done.by_id, "at": done.created_at, "request": done.request_id}
    statement = statement.replace("{table}", table.name)
    return db.session.execute(text(ACT + statement), given | values)
