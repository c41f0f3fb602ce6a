"""Reads of batches and of what was found in them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.companies.models import Company
from crm.database import db
from crm.history.models import HistoryRow
from crm.pagination import Sort
from crm.pipeline.models import Project, WeeklyLine
from crm.pipeline.queries import visible_to as visible_projects
from imports.models import Batch, BatchStatus, CellEdit, Fate, Finding, FindingKind, PreviewRow, RowFate

#: A to-do list longer than this is no list.
MOST_LINES = 20

RECORDS_SHOWN = 20
REMARKS_SHOWN = 500
PROJECTS, LINES = Project.__tablename__, WeeklyLine.__tablename__
EDITS_SHOWN = 100

NEWEST = Sort(Batch.id, Batch.id, descending=True)
BY_ROW = Sort(PreviewRow.place, PreviewRow.id)


def visible_to(user: User) -> Select[Batch]:
    """The batches whose files, previews and errors a user may see."""
    return select(Batch).where(held_by(Batch, user, "import.read"))


def rows_to_show(batch_id: int, kind: FindingKind | None, field: str | None = None) -> Select[PreviewRow]:
    """The rows with something to say, of one kind and field or of all."""
    about = (Finding.batch_id == PreviewRow.batch_id, Finding.place == PreviewRow.place)
    finding = select(Finding.id).where(*about)
    finding = finding.where(Finding.kind == kind) if kind else finding
    finding = finding.where(Finding.field == field) if field else finding
    return select(PreviewRow).where(PreviewRow.batch_id == batch_id, finding.exists())


def findings(batch_id: int, places: Sequence[int]) -> Select[Finding]:
    """What there is to say about some rows, in their order."""
    found = select(Finding).where(Finding.batch_id == batch_id, Finding.place.in_(places))
    return found.order_by(Finding.place, Finding.id)


def cards(company_ids: Collection[int]) -> Select[Company]:
    """Some companies with who holds them."""
    return select(Company).where(Company.id.in_(company_ids)).options(joinedload(Company.office))


def remarks(batch_id: int) -> Select[Finding]:
    """What there is to say about no row of data: rows that were skipped, records that an undo kept."""
    found = select(Finding).where(Finding.batch_id == batch_id, Finding.place < 0)
    return found.order_by(Finding.sheet, Finding.number, Finding.id).limit(REMARKS_SHOWN)


def edits(batch_id: int) -> Select[CellEdit]:
    """The cells that were typed over, the latest first."""
    query = select(CellEdit).where(CellEdit.batch_id == batch_id).options(joinedload(CellEdit.user))
    return query.order_by(CellEdit.id.desc()).limit(EDITS_SHOWN)


def counts_by_kind(batch_id: int) -> dict[FindingKind, int]:
    """How many rows have findings of each kind."""
    rows = select(Finding.kind, func.count(Finding.place.distinct())).where(Finding.batch_id == batch_id)
    return dict(db.session.execute(rows.where(Finding.place >= 0).group_by(Finding.kind)).all())


def summary(batch_id: int, kind: FindingKind) -> Sequence[Any]:
    """What is said by field and sentence with the number of its rows, the most frequent first: of errors what is to be
    done, of notes how values were taken. `details` are those of the first row."""
    keys = (Finding.field, Finding.message)
    details = aggregate_order_by(Finding.details, Finding.place)
    first = aggregate_order_by(Finding.number, Finding.place)
    query = select(
        *keys, func.array_agg(details)[1].label("details"), func.array_agg(first)[1].label("first"),
        func.count().label("rows"),
    )  # fmt: skip
    said = query.where(Finding.batch_id == batch_id, Finding.kind == kind, Finding.place >= 0, Finding.message != "")
    return db.session.execute(said.group_by(*keys).order_by(func.count().desc(), *keys).limit(MOST_LINES)).all()


def companies_of(batch_id: int) -> Select[RowFate]:
    """The first companies that a batch created or changed."""
    fates = (Fate.CREATED, Fate.UPDATED)
    query = select(RowFate).where(RowFate.batch_id == batch_id, RowFate.company_id.isnot(None), RowFate.fate.in_(fates))
    return query.options(joinedload(RowFate.company)).order_by(RowFate.sheet, RowFate.number).limit(RECORDS_SHOWN)


def projects_of(batch_id: int, user: User) -> Select[Project]:
    """The first projects that a batch opened or wrote a weekly line of, of those that `user` may know of.

    History tells: a batch's rows name companies only.
    """
    written = select(HistoryRow.row_id).where(HistoryRow.batch_id == batch_id, HistoryRow.operation == "insert")
    lines = select(WeeklyLine.project_id).where(WeeklyLine.id.in_(written.where(HistoryRow.table_name == LINES)))
    query = visible_projects(user).where(
        or_(Project.id.in_(written.where(HistoryRow.table_name == PROJECTS)), Project.id.in_(lines))
    )
    query = query.options(joinedload(Project.company).load_only(Company.name), joinedload(Project.stage))
    return query.order_by(Project.id).limit(RECORDS_SHOWN)


def sources(company_id: int) -> Select[RowFate]:
    """The rows of sheets from which a company's record comes, the latest first."""
    applied = RowFate.batch.has(Batch.status == BatchStatus.APPLIED)
    query = select(RowFate).where(RowFate.company_id == company_id, applied).options(joinedload(RowFate.batch))
    return query.order_by(RowFate.id.desc()).limit(RECORDS_SHOWN)
