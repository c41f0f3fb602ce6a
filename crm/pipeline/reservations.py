"""预留: land and floor of parks held for projects. Whatever happens at once, a park never holds more than it has.

The park's row is locked before what is free is counted; the trigger park_holds_what_it_has asks the same of every other
way to write.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.database import N_, SYSTEM, acting_as, db, locked
from crm.errors import NotFound, RuleError
from crm.jobs import queue
from crm.landing.extensions import Held
from crm.landing.parks.models import Park
from crm.pipeline.models import ParkReservation, Project
from crm.pipeline.permissions import require_act
from crm.rules import SHANGHAI, today

#: So long a reservation may run, in days, before somebody has to renew it.
LONGEST = 365
NOTHING = Decimal(0)


def held_of(park_ids: Sequence[int]) -> Mapping[int, Held]:
    """What is held of parks; a park of which nothing is held is left out."""
    query = (
        select(
            ParkReservation.park_id,
            func.sum(ParkReservation.land_mu),
            func.sum(ParkReservation.floor_m2),
            func.count(),
        )
        .where(ParkReservation.park_id.in_(park_ids), ParkReservation.released_at.is_(None))
        .group_by(ParkReservation.park_id)
    )
    rows = db.session.execute(query)
    return {park_id: Held(land or NOTHING, floor or NOTHING, count) for park_id, land, floor, count in rows}


def reserve(
    project: Project,
    park_id: int,
    *,
    land_mu: Decimal | None = None,
    floor_m2: Decimal | None = None,
    until: date,
    note: str = "",
    by: User,
) -> ParkReservation:
    """Hold land (亩) or floor (㎡) of a park for a project until a day; a project without a park takes this one's name.

    RuleError where the project is closed, the day is past or too far, nothing is asked for, or more than is free.
    """
    require_act(by, "project.edit", project)
    require_sensible(project, land_mu, floor_m2, until)
    park = locked(db.session, Park, park_id)
    if park is None or park.is_demo != project.is_demo:
        raise NotFound(N_("没有找到这个园区。"))
    if any(each.is_held and each.park_id == park_id for each in project.reservations):
        raise RuleError(N_("这个项目已经在这个园区预留过，请先释放再重新预留。"))
    require_free(park, land_mu or NOTHING, floor_m2 or NOTHING)
    found = ParkReservation(
        project=project, park=park, land_mu=land_mu, floor_m2=floor_m2, until=until, note=note, by_id=by.id
    )
    db.session.add(found)
    project.park = project.park or park.name
    db.session.flush()  # the trigger speaks now, not at commit
    return found


def require_sensible(project: Project, land_mu: Decimal | None, floor_m2: Decimal | None, until: date) -> None:
    """RuleError where a reservation makes no sense whatever the park."""
    if not project.is_open:
        raise RuleError(N_("只有推进中或暂缓的项目能预留。"))
    if not land_mu and not floor_m2:
        raise RuleError(N_("请填写要预留的用地或厂房面积。"))
    if not today() <= until <= today() + timedelta(days=LONGEST):
        raise RuleError(N_("预留期限应在今天以后、%(days)d 天以内。"), days=LONGEST)


def require_free(park: Park, land_mu: Decimal, floor_m2: Decimal) -> None:
    """RuleError where more is asked than is free. The park is locked."""
    held = held_of([park.id]).get(park.id, Held())
    if land_mu > (park.free_mu or NOTHING) - held.land_mu:
        raise RuleError(
            N_("可供用地不够：还可预留 %(left)s 亩。"), left=f"{(park.free_mu or NOTHING) - held.land_mu:f}"
        )
    if floor_m2 > (park.free_floor_m2 or NOTHING) - held.floor_m2:
        left = (park.free_floor_m2 or NOTHING) - held.floor_m2
        raise RuleError(N_("可供厂房不够：还可预留 %(left)s ㎡。"), left=f"{left:f}")


def release(reservation: ParkReservation, reason: str) -> None:
    """释放, with the reason; once."""
    if not reason.strip():
        raise RuleError(N_("请写明释放的原因。"))
    if reservation.is_held:
        reservation.released_at, reservation.release_reason = datetime.now(UTC), reason.strip()[:300]


def release_all(project: Project, reason: str) -> None:
    """Release all that is held for a project."""
    for reservation in project.reservations:
        if reservation.is_held:
            release(reservation, reason)


def of_park(park_id: int) -> Select[ParkReservation]:
    """What is held of a park, the first to end first."""
    query = select(ParkReservation).filter_by(park_id=park_id).where(ParkReservation.released_at.is_(None))
    return query.options(joinedload(ParkReservation.project)).order_by(ParkReservation.until, ParkReservation.id)


def release_ended(day: date) -> int:
    """Release what was held until before `day`; how many. SYSTEM answers for it; the caller commits."""
    ended = select(ParkReservation).where(ParkReservation.released_at.is_(None), ParkReservation.until < day)
    with acting_as(SYSTEM):
        found = db.session.scalars(ended.with_for_update()).all()
        for reservation in found:
            release(reservation, "预留到期")
    return len(found)


@queue.periodic(cron="10 17 * * *")
@queue.task(name="release_ended_reservations", queueing_lock="release_ended_reservations")
def release_ended_reservations(timestamp: int) -> None:
    """Soon after midnight in China: release what has ended."""
    release_ended(datetime.fromtimestamp(timestamp, UTC).astimezone(SHANGHAI).date())
    db.session.commit()


def occupancy(park: Park, months: Sequence[date]) -> list[Decimal]:
    """亩 held at the beginning of each of the days."""
    rows = db.session.execute(
        select(ParkReservation.land_mu, ParkReservation.created_at, ParkReservation.released_at).filter_by(
            park_id=park.id
        )
    ).all()
    moments = [datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) for day in months]
    return [
        sum((land or NOTHING for land, since, end in rows if since < at and (end is None or end >= at)), NOTHING)
        for at in moments
    ]
