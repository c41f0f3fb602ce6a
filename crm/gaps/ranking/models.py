"""The weights of a ranking, as data under history."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.chain.models import Cluster
from crm.database import N_, Base, Id, Labelled, Versioned, choice


class Part(Labelled):
    """What a score is made of."""

    FIT = "fit", N_("契合度")
    CAPABILITY = "capability", N_("实力与梯队")
    PLACE = "place", N_("所在地区")
    WARMTH = "warmth", N_("接触热度")
    EXPANSION = "expansion", N_("扩产信号")


class RankingWeight(Versioned, Base):
    """How much of the hundred a part may give."""

    __tablename__ = "ranking_weights"

    id: Mapped[Id]
    part: Mapped[Part] = mapped_column(choice(Part), unique=True)
    points: Mapped[int]

    __table_args__ = (CheckConstraint("points between 0 and 100", "points"),)


class ClusterPreference(Versioned, Base):
    """What share of the points for place a company of a cluster gets; without a cluster: one of none."""

    __tablename__ = "cluster_preferences"

    id: Mapped[Id]
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("clusters.id"))
    percent: Mapped[int]

    cluster: Mapped[Cluster | None] = relationship()

    __table_args__ = (
        CheckConstraint("percent between 0 and 100", "percent"),
        Index("uq_cluster_preferences_cluster_id", "cluster_id", unique=True, postgresql_nulls_not_distinct=True),
    )
