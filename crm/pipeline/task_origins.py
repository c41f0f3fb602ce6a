"""Projects, instructions and demands as what tasks come of. `register` is called by app.py once."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from sqlalchemy import delete, inspect, select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import NotFound
from crm.interactions.extensions import Link, Origin, origins
from crm.interactions.models import Task
from crm.pipeline import demands, instructions, permissions
from crm.pipeline.models import Demand, DemandTask, Instruction, InstructionTask, Project, ProjectTask


def register() -> None:
    """Offer them to tasks; a second call changes nothing."""
    if any(origin.key == "project" for origin in origins):
        return
    origins.append(origin("project", ProjectTask, permissions.may_read, lambda row: row.company, project_link))
    origins.append(origin("instruction", InstructionTask, instructions.may_read, subject_of, instruction_link))
    origins.append(origin("demand", DemandTask, demands.may_read, lambda row: row.company, demand_link))


def origin(
    key: str,
    table: type[Any],
    may_read: Callable[[User, Any], bool],
    company_of: Callable[[Any], Company | None],
    link: Callable[[Any], Link],
) -> Origin:
    """An origin whose rows hang on tasks by an association table with the relation `key` and task_id."""
    model, column = inspect(table).relationships[key].mapper.class_, f"{key}_id"

    def found(row_id: int, user: User) -> Any:
        row = db.session.get(model, row_id)
        if row is None or not may_read(user, row):
            raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
        return row

    def find(row_id: int, user: User) -> tuple[Link, Company | None]:
        row = found(row_id, user)
        return link(row), company_of(row)

    def attach(task: Task, row_id: int, user: User) -> None:
        found(row_id, user)
        db.session.add(table(**{column: row_id, "task_id": task.id}))
        db.session.flush()

    def linked(task: Task) -> Any:
        return db.session.scalars(select(table).where(table.task_id == task.id)).one_or_none()

    def link_of(task: Task, user: User) -> Link | None:
        row = linked(task)
        return link(getattr(row, key)) if row is not None and may_read(user, getattr(row, key)) else None

    def carry_on(task: Task, following: Task) -> None:
        row = linked(task)
        if row is not None:
            db.session.add(table(**{column: getattr(row, column), "task_id": following.id}))

    def detach(task: Task) -> None:
        db.session.execute(delete(table).where(table.task_id == task.id))

    return Origin(key, find, attach, link_of, carry_on, detach)


def project_link(project: Project) -> Link:
    """A project with its page."""
    return Link(project.id, project.name, url_for("pipeline.show", project_id=project.id))


def subject_of(instruction: Instruction) -> Company | None:
    """The company that an instruction is about."""
    return instruction.project.company if instruction.project else instruction.company


def instruction_link(instruction: Instruction) -> Link:
    """An instruction with its page."""
    url = url_for("pipeline.show_instruction", instruction_id=instruction.id)
    return Link(instruction.id, instruction.body[:40], url)


def demand_link(demand: Demand) -> Link:
    """A demand with its page."""
    return Link(demand.id, demand.body[:40], url_for("pipeline.show_demand", demand_id=demand.id))
