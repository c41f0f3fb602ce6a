"""Merging segments, with all that is attached to them moving along.

Every foreign key to segments stands in RELATIONS; with one that does not, a merge is refused, so that no table can be
forgotten. Rows are moved by their tables, set-based: a segment may hold 20,000 companies. History keeps each change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, UniqueConstraint, case, delete, func, select, update

from crm.chain.extensions import Attached
from crm.chain.models import Segment
from crm.chain.queries import segments
from crm.chain.services import lineage, tree
from crm.database import N_, Base, db
from crm.errors import RuleError


@dataclass(frozen=True)
class Relation:
    """A column that names a segment. Its rows follow a merged segment, or else go with it.

    `touches` names the column of whose row they count as parts: a form that was opened before must not save over the
    move.
    """

    label: str
    follows: bool = True
    touches: str = ""


#: By table and column: a new foreign key to segments is listed here, with what becomes of its rows.
RELATIONS: dict[str, Relation] = {
    "company_segments.segment_id": Relation(N_("企业"), touches="company_id"),
    "project_segments.segment_id": Relation(N_("招商项目"), touches="project_id"),
    "segment_terms.segment_id": Relation(N_("识别词")),
    "segments.parent_id": Relation(N_("下级环节")),
    "instructions.segment_id": Relation(N_("批示")),
    "partner_wishes.segment_id": Relation(N_("合作意愿")),
    "park_themes.segment_id": Relation(N_("园区主题产业")),
    "policy_themes.segment_id": Relation(N_("政策适用环节")),
    "institution_themes.segment_id": Relation(N_("机构服务的环节")),
    "gap_overrides.segment_id": Relation(N_("对缺口的人工判断"), follows=False),
    "gap_snapshots.segment_id": Relation(N_("逐月的缺口记录"), follows=False),
}


class UnlistedRelation(LookupError):
    """A table refers to segments and nobody has said what becomes of its rows."""


def relations() -> Iterator[tuple[Column[Any], Relation]]:
    """The columns that name segments, with what becomes of their rows. UnlistedRelation for one that is not listed."""
    for column in references():
        name = f"{column.table.name}.{column.name}"
        if name not in RELATIONS:
            raise UnlistedRelation(f"{name}: list it in crm/gaps/merging.py")
        yield column, RELATIONS[name]


def references() -> list[Column[Any]]:
    """All columns with a foreign key to segments, by table."""
    target = Base.metadata.tables[Segment.__tablename__].c.id
    tables = sorted(Base.metadata.tables.values(), key=lambda table: table.name)
    return [column for table in tables for column in table.columns if column.references(target)]


# Merging


@dataclass(frozen=True)
class Moving:
    """What a merge does to the rows of one relation: so many move, so many are at the other segment already or go."""

    label: str
    moved: int
    ended: int


def preview(source: Segment, into: Segment) -> list[Moving]:
    """The counts of a merge, relations without any row left out."""
    found = [counts(column, relation, source, into) for column, relation in relations()]
    return [row for row in found if row.moved or row.ended]


def counts(column: Column[Any], relation: Relation, source: Segment, into: Segment) -> Moving:
    """The counts of one relation."""
    rows = select(func.count()).select_from(column.table).where(column == source.id)
    total = db.session.scalar(rows) or 0
    if not relation.follows:
        return Moving(relation.label, 0, total)
    doubled = twins(column, source, into)
    ended = 0 if doubled is None else db.session.scalar(select(func.count()).select_from(doubled.subquery())) or 0
    return Moving(relation.label, total - ended, ended)


def hanging(segment: Segment) -> list[Attached]:
    """What hangs on a segment and on all below it: that goes along wherever the segment is put in the tree."""
    every = db.session.scalars(segments(segment.chain_id)).all()
    ids = [segment.id, *(one.id for one, _depth in tree(every, segment.id))]
    found = [Attached(relation.label, rows_on(column, ids)) for column, relation in relations()]
    return [each for each in found if each.count]


def rows_on(column: Column[Any], ids: list[int]) -> int:
    """How many rows of a relation name one of these segments."""
    return db.session.scalar(select(func.count()).select_from(column.table).where(column.in_(ids))) or 0


def require_mergeable(source: Segment, into: Segment) -> None:
    """Raise RuleError for a segment that cannot take in the other."""
    if source.id == into.id or source.chain_id != into.chain_id:
        raise RuleError(N_("请选择同一条产业链的另一个环节。"))


def merge(source: Segment, into: Segment, *, importance: int | None, wanted: Decimal | None) -> None:
    """Move all that is attached to `source` to `into` and delete `source`; both rows are locked by the caller.

    Where a row would stand twice, the one of the main segment stays. RuleError for another chain's segment.
    """
    require_mergeable(source, into)
    if source in lineage(into):
        into.parent = source.parent
    into.importance, into.wanted = importance, wanted
    if source.source and source.source not in into.source:
        into.source = "\n".join(filter(None, (into.source, source.source)))
    db.session.flush()
    for column, relation in relations():
        follow(column, relation, source, into)
    db.session.expire_all()
    db.session.delete(source)
    db.session.flush()


def follow(column: Column[Any], relation: Relation, source: Segment, into: Segment) -> None:
    """Move the rows of one relation, or end them."""
    if not relation.follows:
        db.session.execute(delete(column.table).where(column == source.id))
        return
    touch(column, relation, column == source.id)
    doubled = twins(column, source, into)
    if doubled is not None:
        db.session.execute(delete(column.table).where(column.table.c.id.in_(doubled)))
    db.session.execute(update(column.table).where(column == source.id).values({column.name: into.id}))


def twins(column: Column[Any], source: Segment, into: Segment) -> Select[int] | None:
    """Of the rows that would stand twice after a merge, those that give way: that of the other segment where it is not
    the main one. None where a table may name a segment any number of times."""
    partners = partners_of(column)
    if not partners:
        return None
    ours, theirs = column.table.alias(), column.table.alias()
    is_same = [ours.c[name] == theirs.c[name] for name in partners]
    gives_way = case((ours.c.is_main, theirs.c.id), else_=ours.c.id) if "is_main" in ours.c else ours.c.id
    return select(gives_way).where(ours.c[column.name] == source.id, theirs.c[column.name] == into.id, *is_same)


def partners_of(column: Column[Any]) -> list[str]:
    """The columns together with which the segment stands at most once."""
    for constraint in column.table.constraints:
        if isinstance(constraint, UniqueConstraint) and column.name in constraint.columns:
            return [other.name for other in constraint.columns if other.name != column.name]
    return []


def touch(column: Column[Any], relation: Relation, condition: ColumnElement[bool]) -> None:
    """Raise the version of the rows of which the moved ones are parts."""
    if relation.touches:
        part = column.table.c[relation.touches]
        (whole,) = [key.column.table for key in part.foreign_keys]
        changed = update(whole).where(whole.c.id.in_(select(part).where(condition)))
        db.session.execute(changed.values(updated_at=func.clock_timestamp()))
