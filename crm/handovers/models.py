"""The record of what was handed over."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import Base, Created, Id, Instant, Prose


class HandOver(Base):
    """移交. `moved` is {table.column: [[row id, the row's office before or null], …]}, by which it is taken back."""

    __tablename__ = "hand_overs"

    id: Mapped[Id]
    from_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    reason: Mapped[Prose]
    moved: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[Created]
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)

    giver: Mapped[User] = relationship(foreign_keys=from_id)
    taker: Mapped[User] = relationship(foreign_keys=to_id)
    by: Mapped[User] = relationship(foreign_keys=by_id)
    undone_by: Mapped[User | None] = relationship(foreign_keys=undone_by_id)

    __table_args__ = (
        CheckConstraint("from_id <> to_id", "two_people"),
        CheckConstraint("btrim(reason) <> ''", "reason"),
        CheckConstraint("(undone_at is null) = (undone_by_id is null)", "undone_whole"),
    )

    @property
    def count(self) -> int:
        """How many rows moved."""
        return sum(len(rows) for rows in self.moved.values())
