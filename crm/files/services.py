"""Storing a content once, however often it is uploaded."""

import hashlib
import os
import tempfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from crm.accounts.models import User
from crm.database import db
from crm.files.models import StoredFile, Upload

#: A name is kept for people to recognise, not to open: separators and control characters go.
LONGEST_NAME = 300


def store(content: bytes, name: str, media_type: str, folder: Path, by: User) -> Upload:
    """Keep `content` under its SHA-256 in `folder` and record the upload. OSError (full disk) leaves nothing behind."""
    digest = hashlib.sha256(content).hexdigest()
    write_once(path_of(folder, digest), content)
    db.session.execute(
        insert(StoredFile)
        .values(sha256=digest, size=len(content), media_type=media_type)
        .on_conflict_do_nothing(index_elements=["sha256"])
    )
    file = db.session.scalars(select(StoredFile).where(StoredFile.sha256 == digest)).one()
    file.purged_at = None
    upload = Upload(file=file, name=safe_name(name), owner_id=by.id, office_id=by.office_id)
    db.session.add(upload)
    db.session.flush()  # the caller needs the id
    return upload


def path_of(folder: Path, digest: str) -> Path:
    """Where a content lies: two levels, so that no folder grows huge."""
    return folder / digest[:2] / digest


def write_once(path: Path, content: bytes) -> None:
    """Write through a temporary file, so that a half-written content never bears its name."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def safe_name(name: str) -> str:
    """The last part of a file's name without separators and control characters, at most 300 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[-LONGEST_NAME:] or "未命名"
