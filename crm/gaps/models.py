"""What is kept of gaps: a manager's judgement beside the figures, and the figures of each month."""

from datetime import date
from decimal import Decimal
from enum import StrEnum, auto
from typing import Annotated, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.chain.models import Segment
from crm.database import Base, Created, Id, Prose, choice
from crm.files.models import Upload
from crm.gaps.analysis import GapStatus

Figure = Annotated[Decimal, mapped_column(Numeric(14, 4))]


class GapOverride(Base):
    """A manager's judgement of a segment, with its reason: the latest one holds; without a status it ends the former.

    Rows are only ever added, so that who judged what and when stays in view.
    """

    __tablename__ = "gap_overrides"

    id: Mapped[Id]
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"))
    #: None: what is calculated holds again.
    status: Mapped[GapStatus | None] = mapped_column(choice(GapStatus))
    reason: Mapped[Prose]
    on_day: Mapped[date]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Created]

    segment: Mapped[Segment] = relationship()
    by: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(reason) <> ''", "reason"),
        Index("ix_gap_overrides_segment_id_id", "segment_id", "id"),
    )


class GapSnapshot(Base):
    """A segment's figures at the start of a month."""

    __tablename__ = "gap_snapshots"
    __history__ = "figures that follow from the history of other tables"

    id: Mapped[Id]
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"))
    on_day: Mapped[date] = mapped_column(index=True)
    importance: Mapped[int | None]
    wanted: Mapped[Figure | None]
    supply: Mapped[Figure]
    expected: Mapped[Figure]
    #: Shares of one; None while nobody can tell.
    coverage: Mapped[Figure | None]
    outlook: Mapped[Figure | None]
    gap: Mapped[Figure | None]
    open_gap: Mapped[Figure | None]
    #: What was calculated, and what a manager held instead.
    status: Mapped[GapStatus] = mapped_column(choice(GapStatus, "status"))
    judged: Mapped[GapStatus | None] = mapped_column(choice(GapStatus, "judged"))

    __table_args__ = (UniqueConstraint("segment_id", "on_day"),)


class TallyKind(StrEnum):
    """What is counted of a segment."""

    SUPPLIERS = auto()
    WORKS = auto()
    PLACES = auto()
    NAMES = auto()


class SegmentTally(Base):
    """What was counted of a segment, each row as the values of its statement (tallies.py)."""

    __tablename__ = "segment_tallies"
    __history__ = "counts that follow from other tables"

    id: Mapped[Id]
    #: Without a foreign key: refreshing takes away what is left of a segment that is gone.
    segment_id: Mapped[int]
    kind: Mapped[TallyKind] = mapped_column(choice(TallyKind))
    rows: Mapped[list[Any]] = mapped_column(JSONB)

    __table_args__ = (UniqueConstraint("segment_id", "kind"),)


class StaleSegment(Base):
    """That something was written from which a segment's tallies follow; triggers add rows, refreshing takes them."""

    __tablename__ = "stale_segments"
    __history__ = "marks that follow from other tables"

    id: Mapped[Id]
    #: Without a foreign key: a segment may go while it is marked.
    segment_id: Mapped[int] = mapped_column(index=True)


class MapFile(Base):
    """地图文件: a map that an installation has added, with the number under which it was approved (审图号).

    At most one is in use. Others stay, so that one can be put back.
    """

    __tablename__ = "map_files"

    id: Mapped[Id]
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), index=True)
    approval: Mapped[str] = mapped_column(String(40))
    #: What geojson.regions_of found, in the order of the file.
    regions: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, info={"unrecorded": True})
    in_use: Mapped[bool] = mapped_column(server_default=text("false"))
    created_at: Mapped[Created]

    upload: Mapped[Upload] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        CheckConstraint("btrim(approval) <> ''", "approval"),
        Index("uq_map_files_in_use", "in_use", unique=True, postgresql_where=text("in_use")),
    )
