"""Projects and instructions as what tasks come of. `register` is called by app.py once."""

from collections.abc import Callable
from typing import Any

from flask import url_for
from sqlalchemy import delete, select

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import N_, db
from crm.interactions.extensions import Link, Origin, origins
from crm.interactions.models import Task
from crm.pipeline import instructions
from crm.pipeline.models import Instruction, InstructionTask, Project, ProjectTask
from crm.pipeline.permissions import may_read, require_readable


def register() -> None:
    """Offer both to tasks; a second call changes nothing."""
    if any(origin.key == "project" for origin in origins):
        return
    origins.append(origin("project", N_("相关项目"), ProjectTask, "project_id", found_project, project_link))
    origins.append(
        origin("instruction", N_("批示"), InstructionTask, "instruction_id", found_instruction, instruction_link)
    )


def origin(
    key: str,
    label: str,
    table: type[Any],
    column: str,
    found: Callable[[int, User], tuple[Any, Company | None]],
    link: Callable[[Any], Link],
) -> Origin:
    """An origin whose rows hang on tasks by an association table with `column` and task_id."""

    def find(row_id: int, user: User) -> tuple[Link, Company | None]:
        row, company = found(row_id, user)
        return link(row), company

    def attach(task: Task, row_id: int, user: User) -> None:
        found(row_id, user)
        db.session.add(table(**{column: row_id, "task_id": task.id}))
        db.session.flush()

    def linked(task: Task) -> Any:
        return db.session.scalars(select(table).where(table.task_id == task.id)).one_or_none()

    def link_of(task: Task, user: User) -> Link | None:
        row = linked(task)
        return readable_link(getattr(row, key), user, link) if row is not None else None

    def carry_on(task: Task, following: Task) -> None:
        row = linked(task)
        if row is not None:
            db.session.add(table(**{column: getattr(row, column), "task_id": following.id}))

    def detach(task: Task) -> None:
        db.session.execute(delete(table).where(table.task_id == task.id))

    return Origin(key, label, find, attach, link_of, carry_on, detach)


def found_project(project_id: int, user: User) -> tuple[Project, Company | None]:
    """A project that the user may know of, with its company."""
    project = require_readable(user, db.session.get(Project, project_id))
    return project, project.company


def project_link(project: Project) -> Link:
    """A project with its page."""
    return Link(project.id, project.name, url_for("pipeline.show", project_id=project.id))


def found_instruction(instruction_id: int, user: User) -> tuple[Instruction, Company | None]:
    """An instruction that the user may read, with the company that it is about."""
    instruction = instructions.require_readable(user, db.session.get(Instruction, instruction_id))
    return instruction, instruction.project.company if instruction.project else instruction.company


def instruction_link(instruction: Instruction) -> Link:
    """An instruction with its page."""
    url = url_for("pipeline.show_instruction", instruction_id=instruction.id)
    return Link(instruction.id, instruction.body[:40], url)


def readable_link(row: Project | Instruction, user: User, link: Callable[[Any], Link]) -> Link | None:
    """The link to a row, None where the user may not know of it."""
    allowed = may_read(user, row) if isinstance(row, Project) else instructions.may_read(user, row)
    return link(row) if allowed else None
