"""Routes and their stages and gates, as data."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.database import (
    N_,
    Base,
    Id,
    Instant,
    Labelled,
    Name,
    Versioned,
    Wan,
    choice,
)


class Phase(Labelled):
    """What figures compare across routes."""

    LEAD = "lead", N_("线索")
    TRIAGE = "triage", N_("研判")
    NEGOTIATING = "negotiating", N_("洽谈")
    SIGNED = "signed", N_("签约")
    STARTED = "started", N_("开工")
    OPERATING = "operating", N_("投产")

    def is_before(self, other: "Phase") -> bool:
        """Whether a project comes here earlier."""
        return list(Phase).index(self) < list(Phase).index(other)


class Route(Versioned, Base):
    """路径: the ordered stages of a kind of project, as data."""

    __tablename__ = "routes"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[Name] = mapped_column(unique=True)
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    #: 合作牵线 never adds a company to the city's supply.
    makes_supply: Mapped[bool] = mapped_column(server_default=text("true"))
    #: Its projects need land, or premises, whether or not they say so yet: what gates.CONDITIONS ask.
    takes_land: Mapped[bool] = mapped_column(server_default=text("false"))
    takes_premises: Mapped[bool] = mapped_column(server_default=text("false"))
    #: Whether projects may be opened on it; those that are under way go on.
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    #: The stages in use, numbered from 0.
    stages: Mapped[list["Stage"]] = relationship(
        back_populates="route",
        order_by="Stage.ordinal",
        primaryjoin="and_(Route.id == Stage.route_id, Stage.retired_at.is_(None))",
    )
    #: Those taken off it, the latest first; any may be put back.
    retired_stages: Mapped[list["Stage"]] = relationship(
        viewonly=True,
        order_by="Stage.retired_at.desc(), Stage.id.desc()",
        primaryjoin="and_(Route.id == Stage.route_id, Stage.retired_at.is_not(None))",
    )


class Stage(Versioned, Base):
    """A step of a route."""

    __tablename__ = "stages"

    id: Mapped[Id]
    route_id: Mapped[int] = mapped_column(ForeignKey("routes.id"))
    ordinal: Mapped[int]
    name: Mapped[Name]
    phase: Mapped[Phase] = mapped_column(choice(Phase))
    #: 0–1: how often a project that stands here lands.
    probability: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    #: Days without contact after which a project here is stale; None: never.
    stale_days: Mapped[int | None]
    #: Working days that a project may stand here before it is late; None: as long as it takes.
    clock_days: Mapped[int | None]
    #: Since then no project stands here, and none comes here; its past stays.
    retired_at: Mapped[Instant | None]

    route: Mapped[Route] = relationship(back_populates="stages")
    gate_items: Mapped[list["GateItem"]] = relationship(
        back_populates="stage", order_by="GateItem.ordinal, GateItem.id"
    )

    __table_args__ = (
        # Checked at the end of a transaction, so that stages may change places.
        UniqueConstraint(
            "route_id",
            "retired_at",
            "ordinal",
            postgresql_nulls_not_distinct=True,
            deferrable=True,
            initially="DEFERRED",
        ),
        Index("uq_stages_route_id_name", "route_id", "name", unique=True, postgresql_where=text("retired_at is null")),
        CheckConstraint("probability between 0 and 1", "probability"),
        CheckConstraint("stale_days > 0", "stale_days"),
        CheckConstraint("clock_days > 0", "clock_days"),
    )


class GateItem(Versioned, Base):
    """What must be known to enter a stage: a fact (gates.FACTS) under a condition (gates.CONDITIONS) and an amount."""

    __tablename__ = "gate_items"

    id: Mapped[Id]
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    fact: Mapped[str] = mapped_column(String(64))
    condition: Mapped[str] = mapped_column(String(64), server_default="always")
    #: Asked only from this total investment on; None: whatever the amount.
    at_least_wan: Mapped[Wan | None]
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))

    stage: Mapped[Stage] = relationship(back_populates="gate_items")

    __table_args__ = (
        UniqueConstraint("stage_id", "fact", "condition"),
        CheckConstraint("at_least_wan > 0", "at_least_wan"),
    )


class ReasonKind(Labelled):
    """The acts that ask for a reason of the list."""

    BACK = "back", N_("退回阶段")
    REROUTE = "reroute", N_("改变路径")
    PAUSE = "pause", N_("暂缓")
    LOSE = "lose", N_("流失")
    ABORT = "abort", N_("中止")
    REOPEN = "reopen", N_("恢复推进")
    RETURN = "return", N_("退回交办")


class Reason(Versioned, Base):
    """A reason that may be chosen for an act; what is written besides stands beside it."""

    __tablename__ = "reasons"

    id: Mapped[Id]
    kind: Mapped[ReasonKind] = mapped_column(choice(ReasonKind))
    name: Mapped[str] = mapped_column(String(100))
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (UniqueConstraint("kind", "name"), CheckConstraint("btrim(name) <> ''", "name"))
