"""What time tells people: stale projects to the officer and then the manager, weekly lines, late instructions.

Each is told once per occasion (notices keep its key), so an hour or a week without a run is caught up and no second
run repeats anything. A notice holds a count and a link, never a name.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import Role, User
from crm.accounts.queries import ids_above
from crm.accounts.settings import setting
from crm.database import db
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.pipeline import telling, weekly
from crm.pipeline.models import Instruction, Project, Stage, Warmth, WeeklyLine
from crm.pipeline.weeks import Week


def remind(day: date) -> None:
    """All reminders of a day in China. The caller commits."""
    for project in db.session.scalars(ongoing()).unique():
        remind_of_stale(project, day)
    remind_of_lines(day)
    for instruction in db.session.scalars(late_instructions(day)).unique():
        remind_of_instruction(instruction)
    telling.remind_of_promises(day)


def ongoing() -> Select[Project]:
    """The projects whose idle days count."""
    query = select(Project).join(Stage, Stage.id == Project.stage_id)
    query = query.where(*weekly.is_reporting(), Stage.stale_days.isnot(None))
    return query.options(joinedload(Project.owner), joinedload(Project.stage))


def remind_of_stale(project: Project, day: date) -> None:
    """Yellow and red are told to the officer, red for `escalation_days` to the manager; anew after each contact."""
    warmth, limit = project.warmth(day), project.stage.stale_days
    if warmth in (None, Warmth.GREEN) or limit is None:
        return
    since = day - timedelta(days=project.idle_days(day))
    told = [(project.owner, warmth.value)] if warmth else []
    if project.idle_days(day) > limit + setting("escalation_days") and not project.is_restricted:
        told += [(manager, "manager") for manager in managers_of(project.office_id)]
    for user, band in told:
        if user is not None:
            key = f"project {project.id} {band} since {since}"
            notify(user, key=key, kind=NoticeKind.PROJECT_STALE, url=f"/projects/{project.id}")


def managers_of(office_id: int | None) -> Sequence[User]:
    """The managers of an office, or of the nearest above it that has any."""
    for above in ids_above(office_id) if office_id is not None else ():
        query = select(User).where(User.office_id == above, User.role == Role.MANAGER, User.disabled_at.is_(None))
        if found := db.session.scalars(query).all():
            return found
    return []


def remind_of_lines(day: date) -> None:
    """On the day by which lines are due, and for the days after it in the week, who still owes some is told."""
    week = Week.of(day)
    due_on = weekly.deadline(week)
    if due_on is None or day < due_on:
        return
    written = select(WeeklyLine.project_id).where(WeeklyLine.week == week.monday)
    query = select(Project).where(*weekly.is_reporting(), Project.id.not_in(written)).options(joinedload(Project.owner))
    projects = db.session.scalars(query).unique().all()
    counts = Counter(project.owner_id for project in projects)
    for owner in {project.owner for project in projects if project.owner}:
        url = f"/weekly?week={week.key}&scope=mine"
        notify(owner, key=f"weekly {week.key}", kind=NoticeKind.WEEKLY_DUE, url=url, count=counts[owner.id])


def late_instructions(day: date) -> Select[Instruction]:
    """The unanswered instructions whose day is past."""
    query = select(Instruction).where(Instruction.feedback_at.is_(None), Instruction.due_on < day)
    return query.options(joinedload(Instruction.owner), joinedload(Instruction.author))


def remind_of_instruction(instruction: Instruction) -> None:
    """Who is to act on it and who wrote it are told that it is late."""
    for user in (instruction.owner, instruction.author):
        key, url = f"instruction {instruction.id} late", f"/instructions/{instruction.id}"
        notify(user, key=key, kind=NoticeKind.INSTRUCTION_LATE, url=url)
