"""Acts on import batches up to the queue: take an upload, choose what its columns mean, confirm, undo."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from crm.accounts.models import User
from crm.accounts.permissions import require, require_visible
from crm.database import N_, db, locked
from crm.errors import Conflict
from crm.files.services import folder, store
from imports import feeds, profiles, understanding, uploads
from imports.models import Batch, BatchStatus, JobProgress, Profile
from imports.problems import ImportProblem
from imports.workbook import Workbook

#: As long as nothing was applied, columns and sheet may change.
OPEN = (BatchStatus.UPLOADED, BatchStatus.CHECKED, BatchStatus.FAILED)
NOT_NOW = N_("这个导入已经不在这一步了，请刷新页面。")


def take(
    content: bytes,
    name: str,
    by: User,
    *,
    feed: str | None = None,
    sheet: str | None = None,
    profile: Profile | None = None,
    book: Workbook | None = None,
) -> Batch:
    """Keep an upload as a new batch, its sheets, kind and header found as far as they are understood.

    A named sheet is read alone. `book` is the content where it was read already. Raises UnreadableFile, with nothing
    kept.
    """
    require(by, "import.create")
    book = book or uploads.read_head(content)
    chosen = book.sheet(sheet)
    upload = store(content, name, uploads.MEDIA_TYPES[book.kind], folder(), by)
    batch = Batch(upload=upload, owner_id=by.id, office_id=by.office_id, sheet=chosen.name, feed=feed or "companies")
    batch.head_depth, batch.mapping, batch.more = 1, {}, []
    candidates = [feeds.get(feed)] if feed else understanding.offered_to(by)
    understanding.understand(batch, chosen, candidates, by, profile)
    if sheet is None:
        chosen = understanding.beyond_a_cover(batch, book, chosen, candidates, by)
        understanding.add_alike(batch, book, chosen)
    db.session.add(batch)
    db.session.flush()  # the caller needs the id
    return batch


def confirm_columns(
    batch: Batch, by: User, book: Workbook, choices: Mapping[int, str | None], *, profile_name: str = "", **options: Any
) -> None:
    """Take what a person said about the columns, and let the rows be checked. Raises HeadNotFound.

    `options` are `list_name`, `chain_id` and `fill_only` of the batch. With a name, it is kept as a profile.
    """
    require(by, feeds.get(batch.feed).act)
    understanding.settle(batch, book, choices)
    for name, value in options.items():
        setattr(batch, name, value)
    if profile_name:
        head = understanding.head_or_guess(batch, book.sheet(batch.sheet))
        profiles.save(batch, head, profile_name, by)
    start(batch, BatchStatus.CHECKING)


def start(batch: Batch, status: BatchStatus) -> None:
    """Hand a batch to the queue. The caller defers the job and commits."""
    batch.status, batch.problem = status, None
    db.session.flush()
    row = insert(JobProgress).values(batch_id=batch.id, step="queued", at=func.now())
    renewed = {"step": "queued", "done": 0, "total": 0, "started_at": func.now(), "at": func.now()}
    db.session.execute(row.on_conflict_do_update(index_elements=["batch_id"], set_=renewed))


def to_undo(batch_id: int, by: User) -> Batch:
    """The applied batch under a lock. Raises NotFound where `by` may not see it, Conflict in another state."""
    visible(batch_id, by)
    return in_status(batch_id, BatchStatus.APPLIED)


def visible(batch_id: int, by: User) -> Batch:
    """The batch, if the user may see its file, preview and errors; NotFound otherwise."""
    batch = db.session.get(Batch, batch_id)
    require_visible(by, "import.read", batch)
    assert batch is not None  # noqa: S101 -- require_visible has refused None
    return batch


def in_status(batch_id: int, *wanted: BatchStatus) -> Batch:
    """The batch under a lock, if it is in one of these states; Conflict otherwise: somebody was faster."""
    batch = locked(db.session, Batch, batch_id)
    if batch is None or batch.status not in wanted:
        raise Conflict(NOT_NOW, current=batch)
    return batch


def fail(batch_id: int, status: BatchStatus, problem: ImportProblem) -> None:
    """Note why a job could not do its work; a batch that is not in the job's status any more stays as it is.

    What could not be undone is as applied as before.
    """
    batch = locked(db.session, Batch, batch_id)
    if batch is not None and batch.status is status:
        batch.status = BatchStatus.APPLIED if status is BatchStatus.UNDOING else BatchStatus.FAILED
        batch.problem = {"code": problem.code, "details": problem.details}
