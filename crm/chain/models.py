"""Industry chains, their segments, and the clusters of cities."""

from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Created, Id, Instant, Labelled, Name, Prose, Versioned, choice


class Position(Labelled):
    """Where in the chain a segment stands."""

    UP = "up", N_("上游")
    MID = "mid", N_("中游")
    DOWN = "down", N_("下游")


class Chain(Versioned, Base):
    """产业链."""

    __tablename__ = "chains"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Name] = mapped_column(unique=True)
    summary: Mapped[Prose] = mapped_column(server_default="")
    #: A fictitious chain for the tour; its pages say so.
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    source: Mapped[Prose] = mapped_column(server_default="")

    segments: Mapped[list["Segment"]] = relationship(back_populates="chain", order_by="Segment.ordinal, Segment.id")

    __table_args__ = (CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]*$'", "slug"),)


class Segment(Versioned, Base):
    """环节: a node of a chain's tree."""

    __tablename__ = "segments"

    id: Mapped[Id]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    name: Mapped[Name]
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    position: Mapped[Position | None] = mapped_column(choice(Position))
    #: 推定: the source does not say it; shown as such.
    position_inferred: Mapped[bool] = mapped_column(server_default=text("false"))
    #: 1–5; None: nobody has weighed it yet.
    importance: Mapped[int | None]
    #: Firm-equivalents the city wants; None: not assessed.
    wanted: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    source: Mapped[Prose] = mapped_column(server_default="")

    chain: Mapped[Chain] = relationship(back_populates="segments")
    parent: Mapped["Segment | None"] = relationship(remote_side="Segment.id")
    terms: Mapped[list["SegmentTerm"]] = relationship(
        back_populates="segment", order_by="SegmentTerm.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        UniqueConstraint("chain_id", "name"),
        CheckConstraint("parent_id <> id", "not_own_parent"),
        CheckConstraint("importance between 1 and 5", "importance"),
        CheckConstraint("wanted >= 0", "wanted"),
    )


class SegmentTerm(Base):
    """A word by which companies of a segment are recognised."""

    __tablename__ = "segment_terms"

    id: Mapped[Id]
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"))
    term: Mapped[str] = mapped_column(String(100))

    segment: Mapped[Segment] = relationship(back_populates="terms")

    __table_args__ = (UniqueConstraint("segment_id", "term"),)


class ReshapingKind(Labelled):
    """How segments were cut anew."""

    MERGE = "merge", N_("合并")
    SPLIT = "split", N_("拆分")


class Reshaping(Base):
    """合并 or 拆分 of segments that was done. History has what it changed, by its `request_id`."""

    __tablename__ = "reshapings"

    id: Mapped[Id]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"), index=True)
    kind: Mapped[ReshapingKind] = mapped_column(choice(ReshapingKind))
    #: Names, as they were: the segment that was merged or split, and the one that took it in or was made of it.
    source: Mapped[Name]
    other: Mapped[Name]
    request_id: Mapped[str] = mapped_column(String(64))
    #: The monthly figures of a segment that went: the one thing attached to it of which there is no history.
    snapshots: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[Created]
    undone_at: Mapped[Instant | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    chain: Mapped[Chain] = relationship()
    by: Mapped[User] = relationship(foreign_keys=by_id)
    undone_by: Mapped[User | None] = relationship(foreign_keys=undone_by_id)

    __table_args__ = (CheckConstraint("(undone_at is null) = (undone_by_id is null)", "undone_whole"),)


class Division(Base):
    """行政区划: a province (2 digits), city (4) or district (6) of GB/T 2260; also a country (ISO 3166-1)."""

    __tablename__ = "divisions"
    __history__ = "reference data of a national standard, replaced as a whole"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[Name] = mapped_column(index=True)
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("divisions.code"), index=True)
    #: 1 province or country, 2 city, 3 district.
    level: Mapped[int]


class Cluster(Versioned, Base):
    """集群: a region of the country where a chain's companies gather."""

    __tablename__ = "clusters"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    source: Mapped[Prose] = mapped_column(server_default="")

    divisions: Mapped[list["ClusterDivision"]] = relationship(
        back_populates="cluster", order_by="ClusterDivision.division_code", cascade="all, delete-orphan"
    )


class ClusterDivision(Base):
    """A province or city that belongs to a cluster. A city belongs to at most one."""

    __tablename__ = "cluster_divisions"

    id: Mapped[Id]
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clusters.id"), index=True)
    division_code: Mapped[str] = mapped_column(ForeignKey("divisions.code"), unique=True)

    cluster: Mapped[Cluster] = relationship(back_populates="divisions")
    division: Mapped[Division] = relationship()


Index("ix_segments_chain_id_ordinal", Segment.chain_id, Segment.ordinal, Segment.id)
