"""Storing a content once, however often it is uploaded; documents and their versions. The caller commits."""

import hashlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path, PurePath

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from werkzeug.datastructures import FileStorage

from crm import rules
from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.files import media
from crm.files.models import Document, DocumentVersion, StoredFile, Upload
from crm.tokens import index_text

#: A name is kept for people to recognise, not to open: separators and control characters go.
LONGEST_NAME = 300
#: Where contents lie in CRM_DATA.
FOLDER = "files"


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


def folder() -> Path:
    """Where contents lie."""
    return Path(current_app.config["SETTINGS"].data) / FOLDER


def add_document(file: FileStorage | None, *, by: User, title: str = "") -> Document:
    """Keep an uploaded file as a new document, named by its title or its file's name; the caller attaches it to a row.

    Raises RuleError for no file, one that is no document (media.judged) or a title that is too long; OSError where the
    disk is full.
    """
    if file is None or not file.filename:
        raise RuleError(N_("请选择一个文件。"))
    document = Document(title=rules.line(200)(title) or PurePath(safe_name(file.filename)).stem[:200])
    _append(document, file, by)
    db.session.add(document)
    db.session.flush()  # the caller attaches it by its id
    return document


def add_version(document: Document, file: FileStorage, *, by: User) -> DocumentVersion:
    """Keep a newer content of a document. Raises as add_document does, NotFound for a removed document."""
    if document.removed_at is not None:
        raise NotFound(N_("文档已经移除，请先恢复。"))
    version = _append(document, file, by)
    document.updated_at = func.clock_timestamp()  # raises the version
    db.session.flush()
    return version


def _append(document: Document, file: FileStorage, by: User) -> DocumentVersion:
    name = safe_name(file.filename or "")
    content, media_type = media.judged(file.read(), name)
    version = DocumentVersion(
        ordinal=document.latest.ordinal + 1 if document.versions else 1,
        upload=store(content, name, media_type, folder(), by),
    )
    document.versions.insert(0, version)
    document.search = index_text(document.title, *(kept.upload.name for kept in document.versions))
    return version


def remove(document: Document) -> None:
    """Take a document out of view; its versions stay and `restore` brings it back."""
    document.removed_at = document.removed_at or datetime.now(UTC)


def restore(document: Document) -> None:
    """Bring a removed document back."""
    document.removed_at = None


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
