"""Events and their guests."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.chain.models import Chain
from crm.companies.models import Company
from crm.database import N_, Base, Id, Labelled, Name, Prose, Versioned, choice
from crm.landing.models import Registered


class EventKind(Labelled):
    """What was held."""

    PROMOTION = "promotion", N_("招商会")
    EXHIBITION = "exhibition", N_("展会")
    DELEGATION = "delegation", N_("来访考察")
    TOUR = "tour", N_("外出招商")
    OTHER = "other", N_("其他活动")


class Event(Registered, Base):
    """招商活动."""

    __tablename__ = "events"

    name: Mapped[Name]
    kind: Mapped[EventKind] = mapped_column(choice(EventKind), server_default="promotion")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    place: Mapped[Name] = mapped_column(server_default="")
    host: Mapped[Name] = mapped_column(server_default="")
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"), index=True)
    summary: Mapped[Prose] = mapped_column(server_default="")

    chain: Mapped[Chain | None] = relationship()
    guests: Mapped[list["Guest"]] = relationship(back_populates="event", order_by="Guest.id")

    __table_args__ = (
        UniqueConstraint("name", "starts_on"),
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("ends_on >= starts_on", "ends_on"),
        Index("ix_events_starts_on", "starts_on", "id"),
    )


class Guest(Versioned, Base):
    """A unit that came: a company that we know, or a name. A lead is one that was worth following."""

    __tablename__ = "event_guests"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    unit: Mapped[Name] = mapped_column(server_default="")
    people: Mapped[int | None]
    is_lead: Mapped[bool] = mapped_column(server_default=text("false"))
    lead: Mapped[str] = mapped_column(String(500), server_default="")

    event: Mapped[Event] = relationship(back_populates="guests")
    company: Mapped[Company | None] = relationship()

    __table_args__ = (
        UniqueConstraint("event_id", "company_id"),
        CheckConstraint("company_id is not null or btrim(unit) <> ''", "who"),
        CheckConstraint("people > 0", "people"),
    )

    @property
    def name(self) -> str:
        return self.company.name if self.company else self.unit
