"""Forgetting: uploaded sheets, their previews and the workbooks of rejected rows go after 30 days.

Names, SHA-256, counts and what became of each row stay.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import Select, exists, select

from crm.database import SYSTEM, acting_as, db
from crm.files.models import StoredFile, Upload
from crm.files.services import folder, path_of
from crm.jobs import queue
from imports import edits, previews
from imports.models import Batch

KEPT_FOR = timedelta(days=30)


@queue.periodic(cron="17 3 * * *")
@queue.task(name="imports.purge", queueing_lock="imports.purge")
def purge_job(timestamp: int) -> None:
    """Forget what is due, every night."""
    with acting_as(SYSTEM):
        purge(datetime.now(UTC))
        db.session.commit()


def purge(now: datetime) -> int:
    """Forget what is older than 30 days; returns how many contents went. The caller commits."""
    before = now - KEPT_FOR
    old = select(Batch.id).where(Batch.created_at < before)
    previews.clear(old)
    edits.purge(old)
    files = db.session.scalars(due(before)).all()
    for file in files:
        path_of(folder(), file.sha256).unlink(missing_ok=True)
        file.purged_at = now
    sweep(Path(current_app.config["SETTINGS"].data) / "rejects", before)
    return len(files)


def due(before: datetime) -> Select[StoredFile]:
    """Contents that only old imports have: a document under the same content keeps it."""
    imported = exists().where(Batch.upload_id == Upload.id)
    needed = exists().where(Upload.file_id == StoredFile.id, (Upload.created_at >= before) | ~imported)
    return select(StoredFile).where(StoredFile.purged_at.is_(None), StoredFile.created_at < before, ~needed)


def sweep(folder: Path, before: datetime) -> None:
    """Delete the files of a folder that were last written before a moment."""
    for path in folder.glob("*"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)
