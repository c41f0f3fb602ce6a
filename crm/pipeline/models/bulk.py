"""What was set for many projects at once, so that it can be undone."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import Base, Created, Id, Instant


class BulkEdit(Base):
    """Values set for several projects in one act.

    `changes` holds for each project {"project": id, "version": the version that it left, "before": {field: text},
    "after": {field: text}}, the texts as one would type them.
    """

    __tablename__ = "bulk_edits"
    __history__ = "repeats what history has of each project, and only for undoing it"

    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    changes: Mapped[list[Any]] = mapped_column(JSONB)
    created_at: Mapped[Created]
    undone_at: Mapped[Instant | None]

    owner: Mapped[User] = relationship()

    __table_args__ = (Index("ix_bulk_edits_owner_id", "owner_id", "id"),)

    def undo(self, at: datetime) -> None:
        """Note that it was undone."""
        self.undone_at = at
