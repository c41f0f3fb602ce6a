"""合并: two rows that are one company become one, and can be parted again.

Every column that points to a company stands in RELATIONS; one that nobody listed refuses the merge, so that a new table
cannot be forgotten (and fails the suite). What moves, what doubles and what the company gains is kept on the Merge, by
which `undo` puts everything back that nobody has changed since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies.models import AliasKind, Company, CompanyAlias, Merge
from crm.companies.naming import name_key
from crm.companies.services import refresh_derived, refresh_last_contact, require_active
from crm.database import N_, Base, db
from crm.errors import Conflict, RuleError


@dataclass(frozen=True)
class Relation:
    """Rows that belong to a company: how people call them, and what a company has only once besides (`once`).

    A row whose double the remaining company has is taken away and kept on the Merge. With `alone`, a company has one
    row at most.
    """

    label: str
    once: tuple[str, ...] = ()
    alone: bool = False


#: {table.column that points to companies: what becomes of its rows}.
RELATIONS: dict[str, Relation] = {
    "companies.parent_id": Relation(N_("下属企业")),
    "company_aliases.company_id": Relation(N_("别名"), once=("alias",)),
    "company_documents.company_id": Relation(N_("文档"), once=("document_id",)),
    "company_needs.company_id": Relation(N_("企业诉求")),
    "company_segments.company_id": Relation(N_("环节"), once=("segment_id",)),
    "company_tiers.company_id": Relation(N_("梯队"), once=("tier_id",)),
    "contacts.company_id": Relation(N_("联系人")),
    "demands.company_id": Relation(N_("诉求")),
    "draws.company_id": Relation(N_("专家抽取")),
    "event_guests.company_id": Relation(N_("活动来宾"), once=("event_id",)),
    "expert_conflicts.company_id": Relation(N_("专家回避"), once=("expert_id",)),
    "growth_steps.company_id": Relation(N_("成长路径"), once=("step",)),
    "import_rows.company_id": Relation(N_("导入来源")),
    "institution_partners.company_id": Relation(N_("机构的合作企业"), once=("institution_id",)),
    "instructions.company_id": Relation(N_("批示")),
    "interaction_companies.company_id": Relation(N_("接触记录"), once=("interaction_id",)),
    "local_companies.company_id": Relation(N_("本地企业登记"), alone=True),
    "partner_wishes.company_id": Relation(N_("合作意愿")),
    "payments.company_id": Relation(N_("政策兑现")),
    "project_partners.company_id": Relation(N_("合作对象")),
    "projects.company_id": Relation(N_("招商项目")),
    "projects.local_company_id": Relation(N_("落地的项目")),
    "research_projects.company_id": Relation(N_("产学研项目")),
    "roster_entries.company_id": Relation(N_("骨干企业名册"), once=("chain_id",)),
    "target_list_entries.company_id": Relation(N_("清单"), once=("list_id",)),
    "tasks.company_id": Relation(N_("待办")),
    "trip_stops.company_id": Relation(N_("拜访计划")),
}
#: Columns that point to companies and tell of merges and likenesses themselves: they stay.
STAYING = {
    "companies.merged_into_id",
    "merges.source_id",
    "merges.target_id",
    "distinct_companies.company_id",
    "distinct_companies.other_id",
}
#: Columns of which a person chooses a value; the first non-empty one is proposed.
CHOSEN = (
    "name",
    "uscc",
    "division_code",
    "address",
    "products",
    "introduction",
    "website",
    "capital_wan",
    "capital_currency",
    "employees",
    "expansion_signal",
    "source",
    "parent_id",
)


def pointing() -> set[str]:
    """table.column of every foreign key to companies that the models have."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "companies" for key in column.foreign_keys)
    }


def unlisted() -> set[str]:
    """Foreign keys to companies of which nobody has said what a merge does."""
    return pointing() - RELATIONS.keys() - STAYING


def preview(source: Company) -> list[tuple[str, int]]:
    """(label, how many rows) of all that would move from a company, empty relations left out."""
    parts = [
        f"select '{key}', count(*) from {key.split('.')[0]} where {key.split('.')[1]} = :source"  # noqa: S608 -- names of RELATIONS
        for key in RELATIONS
    ]
    counts = dict(tuple(row) for row in db.session.execute(text(" union all ".join(parts)), {"source": source.id}))
    return [(relation.label, counts[key]) for key, relation in RELATIONS.items() if counts[key]]


def proposed(target: Company, source: Company) -> dict[str, str]:
    """{column: "target" or "source"}: from which company a value is kept unless a person says otherwise."""
    return {
        column: "source" if is_empty(getattr(target, column)) and not is_empty(getattr(source, column)) else "target"
        for column in CHOSEN
    }


def is_empty(value: Any) -> bool:
    """Whether a column holds nothing."""
    return value is None or value == ""


def require_pair(target: Company, source: Company, by: User) -> None:
    """Raise Forbidden, Conflict or RuleError unless `by` may make one company of the two."""
    for company in (target, source):
        require(by, "company.merge", company)
        require_active(company)
    if target.id == source.id:
        raise RuleError(N_("请选择另一家企业。"))
    if target.is_demo != source.is_demo:
        raise RuleError(N_("示例企业不能与真实企业合并。"))


def merge(target: Company, source: Company, choices: Mapping[str, str], *, by: User) -> Merge:
    """Move all that hangs on `source` to `target`, take over the chosen values, and archive `source`.

    `choices` is {column of CHOSEN: "source" or "target"}; what it leaves out is as proposed(). The caller has locked
    both rows and compared their versions. Raises RuleError where a table is not listed, and as require_pair does.
    """
    require_pair(target, source, by)
    if missing := unlisted():
        raise RuleError(N_("还不知道怎样合并“%(tables)s”，请联系管理员。"), tables="、".join(sorted(missing)))
    kept = {**proposed(target, source), **{key: value for key, value in choices.items() if key in CHOSEN}}
    log = Log()
    if target.main_segment is not None:  # a company has one main segment
        for link in source.segments:
            if link.is_main:
                log.change("company_segments", link.id, {"is_main": False})
    for key, relation in RELATIONS.items():
        move(key, relation, target.id, source.id, log)
    take_values(target, source, kept, log)
    keep_names(target, source, log)
    done = Merge(target=target, source=source, by=by, changes=log.changes)
    db.session.add(done)
    refresh(target, source)
    return done


class Log:
    """The changes of a merge as they are made, each row as the database's own JSON.

    A change is {table, id, before, after}: `before` is None for a new row, `after` for a gone one. Of a changed row
    both hold the changed columns alone: a copy of a contact's other columns would outlive its erasure.
    """

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []

    def change(self, table: str, row_id: int, values: Mapping[str, Any]) -> None:
        """Write columns of a row."""
        before = stored(table, row_id) or {}
        write(table, row_id, values)
        after = stored(table, row_id) or {}
        keys = [key for key in values if before[key] != after[key]]
        if keys:
            self.note(table, row_id, {key: before[key] for key in keys}, {key: after[key] for key in keys})

    def delete(self, table: str, row_id: int) -> None:
        """Take a row away."""
        self.note(table, row_id, stored(table, row_id), None)
        remove(table, row_id)

    def note(self, table: str, row_id: int, before: Any, after: Any) -> None:
        self.changes.append({"table": table, "id": row_id, "before": before, "after": after})


def stored(table: str, row_id: int) -> dict[str, Any] | None:
    """A row as JSON; None where it is gone."""
    found = db.session.scalar(text(f"select to_jsonb(t) from {table} t where id = :id"), {"id": row_id})  # noqa: S608 -- a model's table
    return dict(found) if found is not None else None


def write(table: str, row_id: int, values: Mapping[str, Any]) -> None:
    """Set columns of a row to JSON values."""
    columns = ", ".join(f'"{name}"' for name in values)
    statement = f"""
        update {table} set ({columns}) = row(
          {", ".join(f'(jsonb_populate_record(null::{table}, :given))."{name}"' for name in values)}
        ) where id = :id
    """  # noqa: S608 -- names of models
    bound = text(statement).bindparams(bindparam("given", type_=JSONB))
    db.session.execute(bound, {"given": dict(values), "id": row_id})


def remove(table: str, row_id: int) -> None:
    """Delete a row."""
    db.session.execute(text(f"delete from {table} where id = :id"), {"id": row_id})  # noqa: S608 -- a model's table


def insert(table: str, row: Mapping[str, Any]) -> None:
    """Write a whole row again, under its own id."""
    columns = ", ".join(f'"{name}"' for name in row)
    statement = f"""
        insert into {table} ({columns}) overriding system value
        select {columns} from jsonb_populate_record(null::{table}, :given)
    """  # noqa: S608 -- names of models
    db.session.execute(text(statement).bindparams(bindparam("given", type_=JSONB)), {"given": dict(row)})


def move(key: str, relation: Relation, target: int, source: int, log: Log) -> None:
    """Let the rows of a relation point to the target; what it has already is taken away."""
    table, column = key.split(".")
    for row_id in doubles(table, column, relation, target, source):
        log.delete(table, row_id)
    ids = db.session.scalars(text(f"select id from {table} where {column} = :source order by id"), {"source": source})  # noqa: S608
    for row_id in ids.all():
        if (table, row_id) != ("companies", target):  # which cannot be its own parent
            log.change(table, row_id, {column: target})


def doubles(table: str, column: str, relation: Relation, target: int, source: int) -> Sequence[int]:
    """The ids of the source's rows that the target has already."""
    if not relation.once and not relation.alone:
        return []
    same = " and ".join(["true", *(f"t.{name} = s.{name}" for name in relation.once)])
    query = f"""
        select s.id from {table} s
        where s.{column} = :source and exists (select from {table} t where t.{column} = :target and {same})
    """  # noqa: S608 -- names of RELATIONS
    return db.session.scalars(text(query), {"source": source, "target": target}).all()


def take_values(target: Company, source: Company, kept: Mapping[str, str], log: Log) -> None:
    """Give the target the chosen values, and a holder where it has none; the source gives its code away first."""
    theirs, ours = stored("companies", source.id) or {}, stored("companies", target.id) or {}
    wanted = {column: theirs[column] for column in CHOSEN if kept[column] == "source"}
    if ours["owner_id"] is None:
        wanted |= {"owner_id": theirs["owner_id"], "office_id": theirs["office_id"]}
    gone = {"archived_at": datetime.now(UTC).isoformat(), "merged_into_id": target.id}
    log.change("companies", source.id, gone)
    if "uscc" in wanted:
        log.change("companies", source.id, {"uscc": None})
    parent = wanted.get("parent_id", ours["parent_id"])
    if parent in (target.id, source.id):  # one of the two was above the other: whoever was above both stays above
        other = {theirs["parent_id"], ours["parent_id"]} - {target.id, source.id, None}
        wanted["parent_id"] = min(other, default=None)
    if wanted:
        log.change("companies", target.id, wanted)


def keep_names(target: Company, source: Company, log: Log) -> None:
    """The names that are no longer the company's become other names, so that it is still found by them."""
    name = str((stored("companies", target.id) or {})["name"])
    aliases = select(CompanyAlias.alias).where(CompanyAlias.company_id == target.id)
    known = {name, *db.session.scalars(aliases)}
    for other in dict.fromkeys((source.name, target.name)):
        if other not in known:
            alias = CompanyAlias(company_id=target.id, alias=other, alias_key=name_key(other), kind=AliasKind.OTHER)
            db.session.add(alias)
            db.session.flush()
            log.note("company_aliases", alias.id, None, {"company_id": target.id, "alias": other})


def refresh(target: Company, source: Company) -> None:
    """Bring up to date what follows from what was moved."""
    db.session.flush()
    db.session.expire_all()
    for company in (target, source):
        refresh_derived(company)
    db.session.flush()
    refresh_last_contact([target.id, source.id])


def undo(done: Merge, *, by: User) -> int:
    """Part the two again: put back what nobody has changed since; how many rows were left as they are now.

    The caller has locked the merge. Raises Forbidden, and Conflict where it was undone already.
    """
    require(by, "company.merge", done.target)
    if done.undone_at is not None:
        raise Conflict(N_("这次合并已经撤销。"))
    done.undone_at, done.undone_by = datetime.now(UTC), by
    db.session.flush()
    left = sum(not put_back_alone(change) for change in reversed(done.changes))
    refresh(done.target, done.source)
    return left


def put_back_alone(change: Mapping[str, Any]) -> bool:
    """Undo one change; False where the row has been changed since, or what was written since stands in its way."""
    try:
        with db.session.begin_nested():
            return put_back(change)
    except IntegrityError:
        return False


def put_back(change: Mapping[str, Any]) -> bool:
    """Undo one change, column by column; False where something of it has been changed since."""
    table, row_id, before, after = change["table"], change["id"], change["before"], change["after"]
    now = stored(table, row_id)
    if after is None:
        if now is None:
            insert(table, before)
        return now is None
    untouched = {key for key, value in after.items() if now is not None and now[key] == value}
    if before is None and len(untouched) == len(after):
        remove(table, row_id)
    elif before is not None and untouched:
        write(table, row_id, {key: before[key] for key in untouched})
    return len(untouched) == len(after)
