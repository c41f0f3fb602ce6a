"""Acts on a batch as jobs of the queue: each happens once, or fails with nothing written and a reason that is kept.

A job that a killed worker or a lost database left behind is run again by the queue. It finds the batch either still
waiting for it, with nothing written, or done (promises 1 and 2).
"""

import errno
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import structlog
from procrastinate import RetryStrategy
from sqlalchemy import select, text, update

from crm.accounts.models import User
from crm.database import SYSTEM, acting_as, db
from crm.jobs import queue
from imports import services
from imports.models import Batch, BatchStatus, JobProgress
from imports.problems import ImportProblem
from imports.work import Report

REPORT_EVERY = timedelta(seconds=0.5)
#: Classes of SQLSTATE that another try may mend: lost connections, deadlocks, a server that shuts down or starts.
PASSING = ("08", "40", "57")
TAKEN_MEANWHILE = "23505"
DISK_FULL, READ_ONLY = "53100", "25006"

#: Batches for which nobody works any more: their job has used up its tries.
ABANDONED = text("""
    select id from import_batches b
    where status in ('checking', 'applying', 'undoing') and not exists (
      select from procrastinate_jobs
      where status in ('todo', 'doing') and task_name like 'imports.%' and (args ->> 'batch_id')::bigint = b.id)
""")

log = structlog.get_logger()


class Interrupted(Exception):
    """What stood in the job's way may pass: the queue tries again, the batch waits meanwhile."""


RETRY = RetryStrategy(max_attempts=5, wait=2, retry_exceptions={Interrupted})


def run_job(batch_id: int, user_id: int, status: BatchStatus, act: Callable[[Batch, User, Report], Any]) -> None:
    """Do an act on a batch, unless it was done already; a failure leaves nothing but its reason."""
    try:
        with acting_as(user_id, batch_id=batch_id):
            batch = locked_batch(batch_id)
            if batch.status is status:
                act(batch, db.session.get_one(User, user_id), reporter(batch_id))
            db.session.commit()
    except ImportProblem as problem:
        note_failure(batch_id, user_id, status, problem)
    except Exception as error:
        log.error("import", batch_id=batch_id, exc_info=error)
        if may_pass(error):
            give_up_transaction()
            raise Interrupted from error
        note_failure(batch_id, user_id, status, ImportProblem(code_of(error)))
        raise


def locked_batch(batch_id: int) -> Batch:
    """The batch for one job at a time. FOR NO KEY UPDATE, so that the progress row may still refer to it."""
    found = select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True, of=Batch)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def may_pass(error: BaseException) -> bool:
    """Whether another try may succeed: the database went away, or somebody wrote the same at the same time."""
    found = database_error(error)
    if found is None:
        return False
    if found.sqlstate is None:
        return isinstance(found, psycopg.OperationalError)  # the connection broke
    return found.sqlstate[:2] in PASSING or found.sqlstate == TAKEN_MEANWHILE


def database_error(error: BaseException) -> psycopg.Error | None:
    """The driver's error, also within SQLAlchemy's."""
    found = getattr(error, "orig", error)
    return found if isinstance(found, psycopg.Error) else None


def code_of(error: BaseException) -> str:
    """The sentence that an unforeseen error gets."""
    found = database_error(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "disk_full"
    return {DISK_FULL: "disk_full", READ_ONLY: "read_only"}.get((found and found.sqlstate) or "", "failed")


def give_up_transaction() -> None:
    """Undo what the job wrote, over a connection that may be lost."""
    try:
        db.session.rollback()
    except Exception:  # the broken connection is thrown away
        db.session.invalidate()


def note_failure(batch_id: int, user_id: int, status: BatchStatus, problem: ImportProblem) -> None:
    """Undo what the job wrote, and keep the reason; a batch that is done by now stays done."""
    give_up_transaction()
    with acting_as(user_id, batch_id=batch_id):
        services.fail(batch_id, status, problem)
        db.session.commit()


@queue.periodic(cron="* * * * *")
@queue.task(name="imports.release", queueing_lock="imports.release")
def release_job(timestamp: int) -> None:
    """Give up batches whose job is gone, every minute: people must not wait for nobody."""
    with acting_as(SYSTEM):
        release()
        db.session.commit()


def release() -> int:
    """Fail the batches for which no job is left; how many there were. The caller commits."""
    found = list(db.session.scalars(ABANDONED))
    for batch_id in found:
        services.fail(batch_id, db.session.get_one(Batch, batch_id).status, ImportProblem("interrupted"))
    return len(found)


def reporter(batch_id: int) -> Report:
    """A report that writes the batch's progress on a connection of its own, twice a second."""
    last = datetime.min.replace(tzinfo=UTC)
    started: dict[str, datetime] = {}

    def report(step: str, done: int, total: int) -> None:
        nonlocal last
        now = datetime.now(UTC)
        if now - last < REPORT_EVERY and done:
            return
        last = now
        values = {"step": step, "done": done, "total": total, "at": now, "started_at": started.setdefault("at", now)}
        with db.engine.begin() as connection:
            connection.execute(update(JobProgress).where(JobProgress.batch_id == batch_id).values(values))

    return report
