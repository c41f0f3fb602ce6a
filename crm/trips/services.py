"""The acts on trips. The caller commits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies.models import Company
from crm.database import N_, db, require_version
from crm.errors import Forbidden, NotFound, RuleError
from crm.interactions.models import Interaction
from crm.interactions.queries import NOT_FOUND, assignees
from crm.interactions.services import require_loggable
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.trips import queries
from crm.trips.models import Trip, TripOfficer, TripStop

#: A plan that nobody can follow is a list.
MOST_STOPS = 60


def plan_trip(values: dict[str, Any], companies: Sequence[Company], by: User) -> Trip:
    """Plan a trip of `by`: `name`, `purpose`, `starts_on`, `ends_on`, `officers`; the companies in their order.

    All stops are set on the first day; who plans moves them. Raises Forbidden for a company that `by` may not log on.
    """
    require(by, "trip.create")
    trip = Trip(owner=by, office_id=by.office_id)
    set_values(trip, values, by)
    db.session.add(trip)
    for company in companies:
        add_stop(trip, company, trip.starts_on, by=by)
    tell(trip, {officer.user for officer in trip.officers})
    return trip


def edit_trip(trip_id: int, values: dict[str, Any], by: User, version: int | None) -> Trip:
    """Change a trip's head; stops outside its new days move to the nearest of them. Raises Conflict too."""
    trip = trip_to_edit(trip_id, by)
    require_version(trip, version)
    before = trip.member_ids
    set_values(trip, values, by)
    for stop in trip.stops:
        if not stop.is_visited:
            stop.on_day = min(max(stop.on_day, trip.starts_on), trip.ends_on)
    tell(trip, {officer.user for officer in trip.officers if officer.user.id not in before})
    return trip


def set_values(trip: Trip, values: dict[str, Any], by: User) -> None:
    """Put the head's values into the rows, leaving the people who stay."""
    trip.name, trip.purpose = values["name"], values["purpose"]
    trip.starts_on, trip.ends_on = values["starts_on"], values["ends_on"]
    there = {officer.user_id: officer for officer in trip.officers}
    allowed = {user.id for user in db.session.scalars(assignees(by))} | there.keys()
    wanted = [user for user in values["officers"] if user.id != trip.owner.id]
    if any(user.id not in allowed for user in wanted):
        raise Forbidden(N_("只能安排本部门的同事。"))
    trip.officers = [there.get(user.id) or TripOfficer(user=user) for user in wanted]
    db.session.flush()


def tell(trip: Trip, people: set[User]) -> None:
    """Tell those who were put on a trip."""
    db.session.flush()
    for user in people:
        notify(user, key=f"trip {trip.id} joined", kind=NoticeKind.TRIP_JOINED, url=f"/trips/{trip.id}")


def trip_to_edit(trip_id: int, by: User) -> Trip:
    """The trip under a lock, or NotFound where `by` may not see it, Forbidden where she may not edit it."""
    query = queries.visible_to(by).where(Trip.id == trip_id).with_for_update(of=Trip)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(NOT_FOUND)
    require(by, "trip.edit", found)
    return found


def cancel_trip(trip_id: int, by: User) -> Trip:
    """Call a trip off; its visits stay what they are. Raises NotFound, Forbidden."""
    trip = trip_to_edit(trip_id, by)
    trip.cancelled_at = trip.cancelled_at or datetime.now(UTC)
    return trip


def resume_trip(trip_id: int, by: User) -> Trip:
    """Take the calling off back."""
    trip = trip_to_edit(trip_id, by)
    trip.cancelled_at = None
    return trip


# Stops


def add_stop(
    trip: Trip, company: Company, on_day: date, *, by: User, at: time | None = None, note: str = ""
) -> TripStop:
    """Add a company at the end of a day. Raises Forbidden for one that `by` may not log on, RuleError for too many."""
    require_loggable(company, by)
    require_day(trip, on_day)
    if len(trip.stops) >= MOST_STOPS:
        raise RuleError(N_("一个出访计划最多安排 %(most)d 家企业。"), most=MOST_STOPS)
    last = max((stop.ordinal for stop in trip.stops if stop.on_day == on_day), default=0)
    stop = TripStop(company=company, on_day=on_day, at=at, note=note, ordinal=last + 1)
    trip.stops.append(stop)
    db.session.flush()
    return stop


def require_day(trip: Trip, on_day: date) -> None:
    """Raise RuleError for a day outside the trip."""
    if not trip.starts_on <= on_day <= trip.ends_on:
        raise RuleError(N_("这一天不在出访的日期内。"))


def stop_to_edit(trip_id: int, stop_id: int, by: User) -> TripStop:
    """A stop of a trip under its lock; NotFound where there is none."""
    trip = trip_to_edit(trip_id, by)
    stop = next((stop for stop in trip.stops if stop.id == stop_id), None)
    if stop is None:
        raise NotFound(NOT_FOUND)
    return stop


def edit_stop(stop: TripStop, on_day: date, at: time | None, note: str, version: int | None) -> None:
    """Change when a stop is and what is to be asked there; on another day it comes last. Raises Conflict."""
    require_version(stop, version)
    require_day(stop.trip, on_day)
    if on_day != stop.on_day:
        others = [other.ordinal for other in stop.trip.stops if other.on_day == on_day]
        stop.ordinal = max(others, default=0) + 1
    stop.on_day, stop.at, stop.note = on_day, at, note


def remove_stop(stop: TripStop) -> None:
    """Take a company off the plan. Raises RuleError for one that was visited."""
    if stop.is_visited:
        raise RuleError(N_("已经走访过的企业不能从计划中移除。"))
    stop.trip.stops.remove(stop)


def move_stop(stop: TripStop, step: int) -> None:
    """Move a stop one place up (-1) or down (1); beyond its day's first or last it goes on to the next day."""
    stops = sorted(stop.trip.stops, key=lambda each: (each.on_day, each.ordinal, each.id))
    at = stops.index(stop)
    other = stops[at + step] if 0 <= at + step < len(stops) else None
    if other is not None and other.on_day == stop.on_day:
        stops[at], stops[at + step] = other, stop
    else:
        stop.on_day = shifted(stop, step)
    number(sorted(stops, key=lambda each: each.on_day))


def shifted(stop: TripStop, step: int) -> date:
    """The next day of the trip in a direction, or the same at its end."""
    day = date.fromordinal(stop.on_day.toordinal() + step)
    return day if stop.trip.starts_on <= day <= stop.trip.ends_on else stop.on_day


def number(stops: Sequence[TripStop]) -> None:
    """Number stops in the order in which they are given."""
    for ordinal, stop in enumerate(stops, start=1):
        stop.ordinal = ordinal


def fulfil(interaction: Interaction) -> None:
    """Let a visit that was just logged fill in the plan: one stop of each of its companies."""
    done: set[int] = set()
    for stop in db.session.scalars(queries.stops_for(interaction)).all():
        if stop.company_id not in done:
            stop.interaction = interaction
            done.add(stop.company_id)
    db.session.flush()
