"""Parks with their parcels and buildings."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.database import N_, Area, Base, Id, Labelled, Name, Prose, Versioned, Wan, choice
from crm.landing.models import Registered, Theme


class Supply(Labelled):
    """Whether a parcel or a building can be had."""

    FREE = "free", N_("可供")
    PREPARING = "preparing", N_("整备中")
    TAKEN = "taken", N_("已供")


class Park(Registered, Base):
    """园区. Planned area and free land are two figures: the one is a plan, the other can be reserved."""

    __tablename__ = "parks"

    name: Mapped[Name] = mapped_column(unique=True)
    town: Mapped[str] = mapped_column(String(100), server_default="")
    planned_mu: Mapped[Area | None]
    #: 约: the source gives no exact figure.
    planned_is_about: Mapped[bool] = mapped_column(server_default=text("false"))
    #: What can be reserved, and the day on which it was counted; None: nobody has said.
    free_mu: Mapped[Area | None]
    free_floor_m2: Mapped[Area | None]
    counted_on: Mapped[date | None]
    #: Thresholds: 投资强度 and 亩均税收 in 万元/亩, 容积率.
    min_intensity_wan: Mapped[Wan | None]
    min_tax_wan: Mapped[Wan | None]
    min_plot_ratio: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    utilities: Mapped[Prose] = mapped_column(server_default="")
    introduction: Mapped[Prose] = mapped_column(server_default="")

    themes: Mapped[list["ParkTheme"]] = relationship(
        back_populates="park", order_by="ParkTheme.id", cascade="all, delete-orphan", lazy="selectin"
    )
    parcels: Mapped[list["Parcel"]] = relationship(back_populates="park", order_by="Parcel.id")
    buildings: Mapped[list["Building"]] = relationship(back_populates="park", order_by="Building.id")

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("planned_mu >= 0", "planned_mu"),
        CheckConstraint("free_mu >= 0", "free_mu"),
        CheckConstraint("free_floor_m2 >= 0", "free_floor_m2"),
        CheckConstraint("free_mu <= planned_mu", "free_within_planned"),
    )


class ParkTheme(Theme, Base):
    """主题产业: what a park is for."""

    __tablename__ = "park_themes"

    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))

    park: Mapped[Park] = relationship(back_populates="themes")

    __table_args__ = (UniqueConstraint("park_id", "name"),)


class Parcel(Versioned, Base):
    """地块."""

    __tablename__ = "parcels"

    id: Mapped[Id]
    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    name: Mapped[Name]
    area_mu: Mapped[Area | None]
    plot_ratio: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    status: Mapped[Supply] = mapped_column(choice(Supply, "status"), server_default="free")
    ready_on: Mapped[date | None]
    utilities: Mapped[Prose] = mapped_column(server_default="")
    note: Mapped[Prose] = mapped_column(server_default="")

    park: Mapped[Park] = relationship(back_populates="parcels")

    __table_args__ = (UniqueConstraint("park_id", "name"), CheckConstraint("area_mu > 0", "area_mu"))


class Building(Versioned, Base):
    """厂房."""

    __tablename__ = "buildings"

    id: Mapped[Id]
    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    name: Mapped[Name]
    floor_m2: Mapped[Area | None]
    floors: Mapped[int | None]
    #: 荷载, t/㎡, and the storey's clear height, m.
    load_t_m2: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    height_m: Mapped[Decimal | None] = mapped_column(Numeric(6, 2))
    status: Mapped[Supply] = mapped_column(choice(Supply, "status"), server_default="free")
    ready_on: Mapped[date | None]
    utilities: Mapped[Prose] = mapped_column(server_default="")
    note: Mapped[Prose] = mapped_column(server_default="")

    park: Mapped[Park] = relationship(back_populates="buildings")

    __table_args__ = (UniqueConstraint("park_id", "name"), CheckConstraint("floor_m2 > 0", "floor_m2"))
