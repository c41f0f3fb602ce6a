"""Reads of my day: what of the other slices' rows matters this morning."""

from datetime import date, timedelta

from sqlalchemy import Select, exists, func, literal, select

from crm.accounts.models import Role, User
from crm.accounts.permissions import office_ids
from crm.companies import queries as companies
from crm.companies.models import Company
from crm.interactions import queries as interactions
from crm.interactions.models import Interaction, Task
from crm.pipeline import queries as pipeline
from crm.pipeline.models import Project
from crm.rules import today

#: A company of one's own without contact for so many days is brought to mind.
QUIET_DAYS = 30


def quiet_companies(user: User) -> Select[Company]:
    """One's own companies without contact for long, those never contacted first, then the longest silent."""
    quiet = companies.not_contacted_since(today() - timedelta(days=QUIET_DAYS))
    query = select(Company).where(Company.owner_id == user.id, Company.archived_at.is_(None), quiet)
    return query.order_by(Company.last_contact_on.nulls_first(), Company.id)


def due_counts(user: User) -> Select[int, int]:
    """(late, due today): how many of one's own tasks are open."""
    query = interactions.tasks(user, "mine", "open")
    late, on_day = (func.count().filter(condition) for condition in (Task.due_on < today(), Task.due_on == today()))
    return query.with_only_columns(late, on_day).where(Task.due_on <= today())


def coming_tasks(user: User, last: date) -> Select[Task]:
    """One's own open tasks due after today until a day, the next first."""
    query = interactions.tasks(user, "mine", "open").where(Task.due_on > today(), Task.due_on <= last)
    return query.order_by(Task.due_on, Task.id)


def oversees(user: User) -> bool:
    """Whether the work of one's offices is brought to mind too: a manager's or leader's."""
    return user.role in (Role.MANAGER, Role.LEADER)


def late_tasks_of_others(user: User) -> Select[Task]:
    """The late tasks of the offices that one oversees but one's own, the longest late first."""
    query = interactions.tasks(user, "office", "late").where(literal(oversees(user)), Task.owner_id != user.id)
    return query.order_by(Task.due_on, Task.id)


def stale_projects_of_others(user: User) -> Select[Project]:
    """The stale projects of the offices that one oversees but one's own, the longest idle first."""
    query = pipeline.visible_to(user).where(
        literal(oversees(user)),
        Project.office_id.in_(office_ids(user)),
        Project.owner_id != user.id,
        Project.archived_at.is_(None),
        pipeline.is_stale(),
    )
    return pipeline.with_line(query).order_by(pipeline.ACTIVE_ON, Project.id)


def visits_of_office(user: User, first: date) -> Select[int]:
    """How many contacts one's offices have had since a day."""
    query = select(func.count()).select_from(Interaction).where(interactions.readable(user))
    return query.where(Interaction.office_id.in_(office_ids(user)), Interaction.happened_on >= first)


def holds_anything(user: User) -> Select[bool]:
    """Whether the user has ever had a company, a visit or a task: a newcomer has not."""
    return select(
        exists().where(Company.owner_id == user.id)
        | exists().where(Interaction.owner_id == user.id)
        | exists().where(Task.owner_id == user.id)
        | exists().where(Project.owner_id == user.id)
    )
