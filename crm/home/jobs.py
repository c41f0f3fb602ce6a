"""What each working day's morning tells: tasks and visits of the day, and projects whose weekly line is due."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import Select, func, or_, select

from crm.accounts.models import User
from crm.calendar import is_working_day
from crm.database import db
from crm.interactions.models import Task
from crm.jobs import queue
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.pipeline import weekly
from crm.pipeline.models import Project, WeeklyLine
from crm.pipeline.weeks import Week
from crm.rules import SHANGHAI, today
from crm.trips.models import Trip, TripOfficer, TripStop

#: Before people come to the office, and before the digest leaves (notices/deliveries.py).
MORNING = time(7, 30)


@queue.periodic(cron="*/10 * * * *")
@queue.task(name="tell_the_day", queueing_lock="tell_the_day", lock="tell_the_day")
def tell_the_day(timestamp: int) -> None:
    """Tell everybody what the day holds, once: a run every ten minutes misses no day, and its keys repeat nothing."""
    now = datetime.now(SHANGHAI)
    if not is_working_day(now.date()) or now.time() < MORNING:
        return
    tell(NoticeKind.TASK_DUE, due_tasks(), "/tasks")
    tell(NoticeKind.VISIT_PLANNED, planned_stops(), "/trips")
    week = Week.of(today())
    if weekly.deadline(week) == today():
        tell(NoticeKind.WEEKLY_DUE, missing_lines(week), "/weekly")
    db.session.commit()


def tell(kind: NoticeKind, counted: Select[Any, int], url: str) -> None:
    """Tell each person her count of a kind."""
    counts: Mapping[int, int] = dict(iter(db.session.execute(counted)))
    for user in db.session.scalars(select(User).where(User.id.in_(counts))).unique():
        notify(user, key=f"{kind} {today()}", kind=kind, url=url, count=counts[user.id])


def due_tasks() -> Select[int, int]:
    """(person, number of her open tasks due today or late)."""
    due = select(Task.owner_id, func.count()).where(Task.done_at.is_(None), Task.due_on <= today())
    return due.group_by(Task.owner_id)


def planned_stops() -> Select[int, int]:
    """(person, number of companies that she is to visit today)."""
    travelling = select(Trip.id, User.id.label("user_id")).join(
        User,
        or_(
            User.id == Trip.owner_id,
            User.id.in_(select(TripOfficer.user_id).where(TripOfficer.trip_id == Trip.id)),
        ),
    )
    people = travelling.where(
        Trip.cancelled_at.is_(None), Trip.starts_on <= today(), Trip.ends_on >= today()
    ).subquery()
    stops = select(people.c.user_id, func.count()).join(TripStop, TripStop.trip_id == people.c.id)
    return stops.where(TripStop.on_day == today(), TripStop.interaction_id.is_(None)).group_by(people.c.user_id)


def missing_lines(week: Week) -> Select[Any, int]:
    """(person, number of her projects without a line of a week)."""
    written = select(WeeklyLine.project_id).where(WeeklyLine.week == week.monday)
    missing = select(Project.owner_id, func.count()).where(*weekly.is_reporting(), Project.id.not_in(written))
    return missing.group_by(Project.owner_id)
