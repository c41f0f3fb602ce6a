"""Reads of batches and of what was found in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.database import db
from crm.pagination import Sort
from imports.models import Batch, BatchStatus, Fate, Finding, FindingKind, RowFate

#: A to-do list longer than this is no list.
MOST_COMPLAINTS = 20

COMPANIES_SHOWN = 20

NEWEST = Sort(Batch.id, Batch.id, descending=True)
BY_ROW = Sort(Finding.number, Finding.id)


def visible_to(user: User) -> Select[Batch]:
    """The batches whose files, previews and errors a user may see."""
    return select(Batch).where(held_by(Batch, user, "import.read"))


def findings(batch_id: int, kind: FindingKind | None) -> Select[Finding]:
    """What there is to say about a batch's rows, of one kind or of all."""
    query = select(Finding).where(Finding.batch_id == batch_id)
    return query.where(Finding.kind == kind) if kind else query


def counts_by_kind(batch_id: int) -> dict[FindingKind, int]:
    """How many rows have findings of each kind."""
    rows = select(Finding.kind, func.count(Finding.number.distinct())).where(Finding.batch_id == batch_id)
    return dict(db.session.execute(rows.group_by(Finding.kind)).all())


def complaints(batch_id: int) -> Sequence[Any]:
    """Errors by field and sentence with the number of their rows, the most frequent first: what is to be done."""
    keys = (Finding.field, Finding.message, Finding.details)
    query = select(*keys, func.min(Finding.number).label("first"), func.count().label("rows"))
    errors = query.where(Finding.batch_id == batch_id, Finding.kind == FindingKind.ERROR)
    return db.session.execute(errors.group_by(*keys).order_by(func.count().desc()).limit(MOST_COMPLAINTS)).all()


def companies_of(batch_id: int) -> Select[RowFate]:
    """The first companies that a batch created or changed."""
    fates = (Fate.CREATED, Fate.UPDATED)
    query = select(RowFate).where(RowFate.batch_id == batch_id, RowFate.company_id.isnot(None), RowFate.fate.in_(fates))
    return query.options(joinedload(RowFate.company)).order_by(RowFate.number).limit(COMPANIES_SHOWN)


def sources(company_id: int) -> Select[RowFate]:
    """The rows of sheets from which a company's record comes, the latest first."""
    applied = RowFate.batch.has(Batch.status == BatchStatus.APPLIED)
    query = select(RowFate).where(RowFate.company_id == company_id, applied).options(joinedload(RowFate.batch))
    return query.order_by(RowFate.id.desc()).limit(COMPANIES_SHOWN)
