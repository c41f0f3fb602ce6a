"""Routes and their stages and gates, as data."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.database import (
    N_,
    Base,
    Id,
    Labelled,
    Name,
    Versioned,
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


class Route(Versioned, Base):
    """路径: the ordered stages of a kind of project, as data."""

    __tablename__ = "routes"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[Name] = mapped_column(unique=True)
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    #: 合作牵线 never adds a company to the city's supply.
    makes_supply: Mapped[bool] = mapped_column(server_default=text("true"))

    stages: Mapped[list["Stage"]] = relationship(back_populates="route", order_by="Stage.ordinal")


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

    route: Mapped[Route] = relationship(back_populates="stages")
    gate_items: Mapped[list["GateItem"]] = relationship(
        back_populates="stage", order_by="GateItem.ordinal, GateItem.id"
    )

    __table_args__ = (
        UniqueConstraint("route_id", "ordinal"),
        UniqueConstraint("route_id", "name"),
        CheckConstraint("probability between 0 and 1", "probability"),
        CheckConstraint("stale_days > 0", "stale_days"),
    )


class GateItem(Versioned, Base):
    """What must be known to enter a stage: a fact (gates.FACTS) under a condition (gates.CONDITIONS)."""

    __tablename__ = "gate_items"

    id: Mapped[Id]
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    fact: Mapped[str] = mapped_column(String(64))
    condition: Mapped[str] = mapped_column(String(64), server_default="always")
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))

    stage: Mapped[Stage] = relationship(back_populates="gate_items")

    __table_args__ = (UniqueConstraint("stage_id", "fact", "condition"),)
