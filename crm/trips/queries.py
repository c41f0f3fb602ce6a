"""Reads of trips, each within what a user may see."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from crm.accounts.models import User
from crm.accounts.permissions import held_by, office_ids
from crm.companies.models import Company
from crm.interactions.models import Interaction, InteractionCompany, InteractionOfficer
from crm.pagination import Sort
from crm.trips.models import Trip, TripOfficer, TripStop

SORTS: Mapping[str, Sort] = {
    "starts": Sort(Trip.starts_on, Trip.id),
    "-starts": Sort(Trip.starts_on, Trip.id, descending=True),
}


def travelling(user: User) -> ColumnElement[bool]:
    """The condition that `user` travels: it is her trip, or she is on it."""
    named = select(TripOfficer.trip_id).where(TripOfficer.user_id == user.id)
    return or_(Trip.owner_id == user.id, Trip.id.in_(named))


def readable(user: User) -> ColumnElement[bool]:
    """The condition under which `user` may read a trip."""
    named = select(TripOfficer.trip_id).where(TripOfficer.user_id == user.id).scalar_subquery()
    return held_by(Trip, user, "trip.read", named)


def visible_to(user: User) -> Select[Trip]:
    """The trips that `user` may read."""
    return select(Trip).where(readable(user))


def trips(user: User, scope: str) -> Select[Trip]:
    """A list of trips: scope `mine` (those on which the user is) or `office`; the cancelled ones too."""
    query = with_stops(visible_to(user))
    return query.where(travelling(user) if scope == "mine" else Trip.office_id.in_(office_ids(user)))


def with_stops(query: Select[Trip]) -> Select[Trip]:
    """The same trips with their people and stops, in a fixed number of statements."""
    return query.options(
        joinedload(Trip.owner),
        selectinload(Trip.officers).joinedload(TripOfficer.user),
        selectinload(Trip.stops).options(joinedload(TripStop.company).joinedload(Company.division)),
    )


def trip(user: User, trip_id: int) -> Select[Trip]:
    """One trip that `user` may read."""
    return with_stops(visible_to(user).where(Trip.id == trip_id))


def open_stops(user: User, first: date, last: date) -> Select[TripStop]:
    """The stops of some days on trips of the user that are not visited yet, in their order."""
    query = (
        select(TripStop)
        .join(TripStop.trip)
        .options(contains_eager(TripStop.trip), joinedload(TripStop.company))
        .where(travelling(user), Trip.cancelled_at.is_(None), TripStop.interaction_id.is_(None))
    )
    return query.where(TripStop.on_day.between(first, last)).order_by(TripStop.on_day, TripStop.ordinal, TripStop.id)


def stops_for(interaction: Interaction) -> Select[TripStop]:
    """The stops that a visit fulfils: of its companies, not visited yet, on a trip of one of its people of that day."""
    people = select(InteractionOfficer.user_id).where(InteractionOfficer.interaction_id == interaction.id)
    named = select(TripOfficer.trip_id).where(TripOfficer.user_id.in_(people))
    visited = select(InteractionCompany.company_id).where(InteractionCompany.interaction_id == interaction.id)
    query = (
        select(TripStop)
        .join(TripStop.trip)
        .where(
            TripStop.interaction_id.is_(None),
            TripStop.company_id.in_(visited),
            Trip.cancelled_at.is_(None),
            or_(Trip.owner_id.in_(people), Trip.id.in_(named)),
            Trip.starts_on <= interaction.happened_on,
            Trip.ends_on >= interaction.happened_on,
        )
    )
    return query.order_by(TripStop.on_day != interaction.happened_on, TripStop.on_day, TripStop.id)
