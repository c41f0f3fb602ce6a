"""Files by their content, and who uploaded them under which name."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import Base, Created, Id, Instant


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
