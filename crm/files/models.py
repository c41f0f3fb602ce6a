"""Files by their content, who uploaded them under which name, and documents that people keep in versions."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import Base, Created, Id, Instant, Name, SearchVector, Versioned


class StoredFile(Base):
    """A content: its bytes lie in CRM_DATA/files under its SHA-256. Name and hash stay when the bytes are purged."""

    __tablename__ = "stored_files"

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    size: Mapped[int] = mapped_column(BigInteger)
    #: Told from the content, never from the name or the browser.
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Created]
    purged_at: Mapped[Instant | None]

    __table_args__ = (CheckConstraint("size >= 0", "size"),)


class Upload(Base):
    """One act of uploading a content."""

    __tablename__ = "uploads"

    id: Mapped[Id]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_files.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    created_at: Mapped[Created]

    file: Mapped[StoredFile] = relationship(lazy="joined", innerjoin=True)
    owner: Mapped[User] = relationship()


class Document(Versioned, Base):
    """文档: what a row of another slice has on file, in versions. Who may read it, its holders say (extensions.py)."""

    __tablename__ = "documents"

    id: Mapped[Id]
    title: Mapped[Name]
    #: Removed from view; it may be restored, and its bytes stay.
    removed_at: Mapped[Instant | None]
    search: Mapped[SearchVector]

    versions: Mapped[list["DocumentVersion"]] = relationship(
        back_populates="document", order_by="DocumentVersion.ordinal.desc()"
    )

    __table_args__ = (
        CheckConstraint("btrim(title) <> ''", "title"),
        Index("ix_documents_search", "search", postgresql_using="gin", postgresql_with={"fastupdate": "on"}),
    )

    @property
    def latest(self) -> "DocumentVersion":
        """The newest version; each document has at least one."""
        return self.versions[0]


class DocumentVersion(Base):
    """One of a document's contents; the newest has the largest ordinal, the first is 1."""

    __tablename__ = "document_versions"

    id: Mapped[Id]
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"))
    ordinal: Mapped[int]
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), index=True)

    document: Mapped[Document] = relationship(back_populates="versions")
    upload: Mapped[Upload] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("document_id", "ordinal"), CheckConstraint("ordinal > 0", "ordinal"))
