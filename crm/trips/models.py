"""A trip and its stops."""

from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.companies.models import Company
from crm.database import Base, Id, Instant, Name, Prose, Versioned
from crm.interactions.models import Interaction
from crm.rules import today


class Trip(Versioned, Base):
    """出访计划: some days on the road of one or several of our people."""

    __tablename__ = "trips"

    id: Mapped[Id]
    name: Mapped[Name]
    purpose: Mapped[Prose] = mapped_column(server_default="")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"))
    cancelled_at: Mapped[Instant | None]

    owner: Mapped[User] = relationship()
    office: Mapped[Office] = relationship()
    officers: Mapped[list["TripOfficer"]] = relationship(
        back_populates="trip", order_by="TripOfficer.id", cascade="all, delete-orphan"
    )
    stops: Mapped[list["TripStop"]] = relationship(
        back_populates="trip",
        order_by="TripStop.on_day, TripStop.ordinal, TripStop.id",
        cascade="all, delete-orphan",
    )

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("ends_on >= starts_on", "days"),
        Index("ix_trips_owner_id", "owner_id", "starts_on", "id"),
        Index("ix_trips_office_id", "office_id", "starts_on", "id"),
        Index("ix_trips_starts_on", "starts_on", "id"),
    )

    @property
    def member_ids(self) -> frozenset[int]:
        """Who travels besides the owner."""
        return frozenset(officer.user_id for officer in self.officers)

    @property
    def people(self) -> list[User]:
        """All who travel, the owner first."""
        return [self.owner, *(officer.user for officer in self.officers if officer.user_id != self.owner_id)]

    @property
    def is_over(self) -> bool:
        return self.ends_on < today()

    @property
    def visited(self) -> int:
        """How many stops have become a visit."""
        return sum(stop.interaction_id is not None for stop in self.stops)


class TripOfficer(Base):
    """One of our people who travels besides the owner."""

    __tablename__ = "trip_officers"

    id: Mapped[Id]
    trip_id: Mapped[int] = mapped_column(ForeignKey("trips.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    trip: Mapped[Trip] = relationship(back_populates="officers")
    user: Mapped[User] = relationship()

    __table_args__ = (UniqueConstraint("trip_id", "user_id"),)


class TripStop(Versioned, Base):
    """A company to be visited; `interaction` is the visit that it has become."""

    __tablename__ = "trip_stops"

    id: Mapped[Id]
    trip_id: Mapped[int] = mapped_column(ForeignKey("trips.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    on_day: Mapped[date]
    #: When they are expected there.
    at: Mapped[time | None]
    #: Orders the stops of one day.
    ordinal: Mapped[int] = mapped_column(server_default="0")
    #: What is to be asked or shown there.
    note: Mapped[Prose] = mapped_column(server_default="")
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)

    trip: Mapped[Trip] = relationship(back_populates="stops")
    company: Mapped[Company] = relationship()
    interaction: Mapped[Interaction | None] = relationship()

    __table_args__ = (
        Index("ix_trip_stops_trip_id", "trip_id", "on_day", "ordinal", "id"),
        Index("ix_trip_stops_on_day", "on_day", "trip_id"),
    )

    @property
    def is_visited(self) -> bool:
        return self.interaction_id is not None
