"""Acts on import batches up to the queue: take an upload, choose what its columns mean, confirm, undo."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from crm.accounts.models import User
from crm.accounts.permissions import may, require, require_visible
from crm.database import N_, db, locked
from crm.errors import BadRequest, Conflict, NotFound
from crm.files.services import folder, path_of, store
from imports import columns, feeds, workbook
from imports.columns import Head
from imports.feeds import Feed
from imports.models import Batch, BatchStatus, JobProgress
from imports.problems import HeadNotFound, ImportProblem
from imports.workbook import Sheet, Workbook

#: As long as nothing was applied, columns and sheet may change.
OPEN = (BatchStatus.UPLOADED, BatchStatus.CHECKED, BatchStatus.FAILED)
#: Filled rows that the page shows of a sheet, and from which the header is found.
HEAD = 60
NOT_NOW = N_("这个导入已经不在这一步了，请刷新页面。")

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "html": "text/html",
}


def path(batch: Batch) -> Path:
    """The batch's file. NotFound after it was purged."""
    found = path_of(folder(), batch.upload.file.sha256)
    if not found.is_file():
        raise NotFound(N_("文件已过保存期，已经删除。"))
    return found


def take(
    content: bytes,
    name: str,
    by: User,
    *,
    feed: str | None = None,
    sheet: str | None = None,
    book: Workbook | None = None,
) -> Batch:
    """Keep an upload as a new batch, its sheet, kind and header found as far as they are understood.

    `book` is the content where it was read already. Raises UnreadableFile, with nothing kept.
    """
    require(by, "import.create")
    book = book or read_head(content)
    chosen = book.sheet(sheet)
    upload = store(content, name, MEDIA_TYPES[book.kind], folder(), by)
    batch = Batch(upload=upload, owner_id=by.id, office_id=by.office_id, sheet=chosen.name, feed=feed or "companies")
    understand(batch, chosen, [feeds.get(feed)] if feed else offered_to(by))
    db.session.add(batch)
    db.session.flush()  # the caller needs the id
    return batch


def read_head(content: bytes) -> Workbook:
    """The first rows of every sheet of a content that is not kept yet. Raises UnreadableFile."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return workbook.read(Path(file.name), head=HEAD)


def offered_to(user: User) -> list[Feed]:
    """The kinds of row that the user may import from a page."""
    return [feed for feed in feeds.all_feeds() if feed.offered and may(user, feed.act)]


def understand(batch: Batch, sheet: Sheet, candidates: list[Feed]) -> None:
    """Choose the kind of row whose fields the header names best, and note the header. Nothing found is nothing set."""
    found: list[tuple[int, Feed, Head]] = []
    for feed in candidates:
        try:
            head = columns.find_head(sheet, feed.fields)
        except HeadNotFound as problem:
            batch.problem = {"code": problem.code, "details": problem.details}
            continue
        found.append((len(head.mapping), feed, head))
    if not found:
        batch.head_row, batch.mapping = None, {}
        return
    _count, feed, head = max(found, key=lambda item: item[0])
    batch.feed, batch.problem = feed.key, None
    set_head(batch, head)


def set_head(batch: Batch, head: Head) -> None:
    """Note where the header stands and what its columns mean."""
    batch.head_row = head.row
    batch.mapping = {str(column.index): column.key for column in head.columns if column.key}


def head_of(batch: Batch, sheet: Sheet) -> Head:
    """The header as the batch has it. Raises HeadNotFound."""
    fields = feeds.get(batch.feed).fields
    if batch.head_row is None:
        return columns.find_head(sheet, fields)
    head = columns.head_at(sheet, batch.head_row, fields)
    return columns.mapped(head, {int(index): key for index, key in batch.mapping.items()}, fields)


def head_of_file(batch: Batch) -> Workbook:
    """The first rows of every sheet of the batch's file. Raises NotFound after it was purged, UnreadableFile."""
    return workbook.read(path(batch), head=HEAD)


def head_or_guess(batch: Batch, sheet: Sheet) -> Head:
    """The header as the batch has it, or the first filled row for a person to start from."""
    try:
        return head_of(batch, sheet)
    except HeadNotFound:
        return columns.head_at(sheet, batch.head_row or sheet.rows[0][0], feeds.get(batch.feed).fields)


def choose_sheet(batch: Batch, by: User, sheet_name: str, feed_key: str, head_row: str) -> None:
    """Read another sheet, as another kind of row, or with the header in another row. BadRequest for a foreign kind.

    A sheet or kind that changed is understood anew; only then does the chosen header row not count.
    """
    feed = next((feed for feed in offered_to(by) if feed.key == feed_key), None)
    if feed is None:
        raise BadRequest(N_("不能导入这种内容。"))
    changed = (batch.sheet, batch.feed) != (sheet_name, feed.key)
    sheet = next((sheet for sheet in head_of_file(batch).sheets if sheet.name == sheet_name and sheet.rows), None)
    if sheet is None:
        raise BadRequest(N_("没有这张工作表，或表里没有内容。"))
    batch.sheet, batch.feed, batch.problem, batch.status = sheet.name, feed.key, None, BatchStatus.UPLOADED
    if changed or not head_row.isdigit():
        understand(batch, sheet, [feed])
        return
    try:
        set_head(batch, columns.head_at(sheet, int(head_row), feed.fields))
    except HeadNotFound as problem:
        raise BadRequest(N_("没有这一行。")) from problem


def confirm_columns(batch: Batch, by: User, sheet: Sheet, choices: Mapping[int, str | None], **options: Any) -> None:
    """Take what a person said about the columns, and let the rows be checked. Raises HeadNotFound.

    `options` are `list_name` and `chain_id` of the batch.
    """
    feed = feeds.get(batch.feed)
    require(by, feed.act)
    head = head_or_guess(batch, sheet)
    set_head(batch, columns.mapped(head, choices, feed.fields))
    batch.list_name, batch.chain_id = options["list_name"], options["chain_id"]
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


def fail(batch_id: int, problem: ImportProblem) -> None:
    """Note why a job could not do its work."""
    batch = locked(db.session, Batch, batch_id)
    if batch is not None:
        batch.status = BatchStatus.FAILED
        batch.problem = {"code": problem.code, "details": problem.details}
