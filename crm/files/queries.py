"""Reads of documents, each within what a user may see."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import User
from crm.files import extensions
from crm.files.models import Document, DocumentVersion, Upload


def readable(user: User) -> ColumnElement[bool]:
    """The condition under which a user may read a document: she may read a row that holds it."""
    return or_(false(), *(Document.id.in_(holder.readable(user)) for holder in extensions.holders))


def editable(user: User) -> ColumnElement[bool]:
    """The condition under which a user may add versions to a document, or remove it."""
    return or_(false(), *(Document.id.in_(holder.editable(user)) for holder in extensions.holders))


def document(document_id: int, user: User) -> Select[Document]:
    """A document that the user may read, removed ones too, with all its versions."""
    return with_versions(select(Document).where(Document.id == document_id, readable(user)))


def shown(ids: Select[int] | Sequence[int]) -> Select[Document]:
    """The documents of these ids that are not removed, newest first."""
    return with_versions(
        select(Document).where(Document.id.in_(ids), Document.removed_at.is_(None)).order_by(Document.id.desc())
    )


def with_versions(query: Select[Document]) -> Select[Document]:
    """The same documents with their versions and who uploaded them, in a fixed number of statements."""
    uploads = selectinload(Document.versions).joinedload(DocumentVersion.upload)
    return query.options(uploads.options(joinedload(Upload.owner)))
