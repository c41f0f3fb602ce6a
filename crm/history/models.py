"""What happened to every business row. Written by the database's triggers alone, never changed (promise 8)."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary, PrimaryKeyConstraint, String, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Created, Id, Instant, Labelled, choice


class Operation(Labelled):
    """What was done to the row."""

    INSERT = "insert", N_("新增")
    UPDATE = "update", N_("修改")
    DELETE = "delete", N_("删除")


class HistoryRow(Base):
    """One change of one row: whole rows before and after, without derived columns and secrets. Partitioned by month."""

    __tablename__ = "history"
    __history__ = "is the history"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    at: Mapped[Instant] = mapped_column(server_default=func.now())
    actor_id: Mapped[int] = mapped_column(BigInteger)
    request_id: Mapped[str | None] = mapped_column(String(64))
    batch_id: Mapped[int | None]
    table_name: Mapped[str] = mapped_column(String(63))
    row_id: Mapped[int]
    operation: Mapped[Operation] = mapped_column(choice(Operation))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        PrimaryKeyConstraint("id", "at"),
        Index("ix_history_row", "table_name", "row_id", "id"),
        Index("ix_history_actor_id_at", "actor_id", "at"),
        Index("ix_history_batch_id", "batch_id", postgresql_where=text("batch_id is not null")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Changed columns: {column: (before, after)}; all columns of an inserted or deleted row."""
        before, after = self.before or {}, self.after or {}
        return {
            key: (before.get(key), after.get(key))
            for key in {**before, **after}
            if before.get(key) != after.get(key) and key != "id"
        }


class Export(Base):
    """Rows of lists that somebody took out of the system as a file."""

    __tablename__ = "exports"
    __history__ = "is itself a log of what left the house"

    id: Mapped[Id]
    at: Mapped[Created]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    #: What the file is called, in words.
    what: Mapped[str] = mapped_column(String(200))
    rows: Mapped[int]
    reason: Mapped[str] = mapped_column(String(300), server_default="")

    user: Mapped[User] = relationship()

    __table_args__ = (Index("ix_exports_user_id", "user_id", "at"),)


class Seal(Base):
    """A link of the keyed hash chain over history: the rows of a range of ids, each with its own mac."""

    __tablename__ = "history_seals"
    __history__ = "vouches for history itself"

    id: Mapped[Id]
    created_at: Mapped[Created]
    #: Rows with after_id < id <= up_to_id are final and covered.
    after_id: Mapped[int]
    up_to_id: Mapped[int]
    row_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    row_macs: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("history_seals.id"))
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class Redaction(Base):
    """A change of which an erasure blanked personal fields: who, when, and the HMAC of the row as it is now."""

    __tablename__ = "history_redactions"
    __history__ = "is itself an append-only record"

    id: Mapped[Id]
    at: Mapped[Created]
    actor_id: Mapped[int] = mapped_column(BigInteger)
    history_id: Mapped[int] = mapped_column(BigInteger, index=True)
    mac: Mapped[bytes] = mapped_column(LargeBinary)


class SealHorizon(Base):
    """Where ids stood at a moment: once all transactions running then have ended, rows up to `history_id` are final."""

    __tablename__ = "history_horizons"
    __history__ = "a working mark of the sealing job"

    id: Mapped[Id]
    created_at: Mapped[Created]
    history_id: Mapped[int]
    next_xid: Mapped[int]
