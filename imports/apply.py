"""Step 5: the rows into the database. One transaction for the whole batch: all of it, or nothing.

A check does the same up to the writing, so that what the page announces is what will happen. Both are jobs; killed at
any point, a job is run again and finds either nothing applied or the batch applied (promises 1 and 2).
"""

import time
from datetime import UTC, datetime

from sqlalchemy import text

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.database import db
from crm.jobs import LONG_QUEUE, queue
from imports import copying, feeds, previews, rows, understanding
from imports.models import Batch, BatchStatus
from imports.problems import ImportProblem
from imports.running import RETRY, run_job
from imports.work import Report, Work, silent
from imports.workbook import Sheet

#: Any fixed number: two imports that create the same company at once must see each other.
ONE_AT_A_TIME = 7_112_024


@queue.task(name="imports.check", queue=LONG_QUEUE, retry=RETRY)
def check_job(batch_id: int, user_id: int) -> None:
    """Check a batch that waits for it."""
    run_job(batch_id, user_id, BatchStatus.CHECKING, check)


@queue.task(name="imports.apply", queue=LONG_QUEUE, retry=RETRY)
def apply_job(batch_id: int, user_id: int) -> None:
    """Apply a batch that waits for it."""
    run_job(batch_id, user_id, BatchStatus.APPLYING, apply)


def check(batch: Batch, user: User, report: Report = silent) -> Work:
    """Decide the fate of every row and keep what there is to say; nothing else is written."""
    started = time.monotonic()
    preview = previews.Preview(batch)
    work = work_on(batch, user, report, preview)
    feeds.get(batch.feed).plan(work)
    settle(batch, work, preview, BatchStatus.CHECKED, started)
    return work


def apply(batch: Batch, user: User, report: Report = silent, sheet: Sheet | None = None) -> Work:
    """Write the rows that can be taken, with what became of each. The caller commits.

    `sheet` holds the batch's rows where they were read already.
    """
    started = time.monotonic()
    db.session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
    preview = previews.Preview(batch)
    work = work_on(batch, user, report, preview, sheet)
    feeds.get(batch.feed).write(work)
    if batch.all_or_nothing and (left_out := work.left_out):
        raise ImportProblem("not_all", count=left_out)
    fates = zip(work.sheets, work.numbers, work.fates, work.company_ids, strict=True)
    copying.insert(
        "import_rows",
        ("batch_id", "sheet", "number", "fate", "company_id"),
        ((batch.id, place, number, fate and fate.value, company_id) for place, number, fate, company_id in fates),
    )
    settle(batch, work, preview, BatchStatus.APPLIED, started)
    batch.applied_at = datetime.now(UTC)
    return work


def work_on(batch: Batch, user: User, report: Report, preview: previews.Preview, sheet: Sheet | None = None) -> Work:
    """The batch's rows, read, to be judged chunk by chunk. Raises UnreadableFile, HeadNotFound."""
    feed = feeds.get(batch.feed)
    require(user, feed.act)
    report("read", 0, 0)
    parts = list(understanding.parts_to_read(batch, sheet))
    return Work(
        rows.chunks(parts, feed.fields),
        user,
        batch.upload.name,
        list_name=batch.list_name,
        chain=batch.chain.name if batch.chain else None,
        batch_id=batch.id,
        report=report,
        filled=sum(len(sheet.rows) for sheet, _head in parts),
        private=frozenset(field.key for field in feed.fields if field.private),
        choices=batch.choices,
        fill_only=frozenset(batch.fill_only),
        keep=preview.keep,
    )


def settle(batch: Batch, work: Work, preview: previews.Preview, status: BatchStatus, started: float) -> None:
    """Keep the counts and findings of a run."""
    work.report("finish", len(work), len(work))
    for key, count in work.counts().items():
        setattr(batch, key, count)
    batch.status, batch.problem = status, None
    preview.finish(work)
    batch.seconds = round(time.monotonic() - started, 2)
