"""Projects, instructions and demands as what tasks come of. `register` is called by app.py once."""

from collections.abc import Callable
from dataclasses import dataclass
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
    origins.append(Rows("project", ProjectTask, permissions.may_read, lambda row: row.company, project_link).origin)
    origins.append(Rows("instruction", InstructionTask, instructions.may_read, subject_of, instruction_link).origin)
    origins.append(Rows("demand", DemandTask, demands.may_read, lambda row: row.company, demand_link).origin)


@dataclass(frozen=True)
class Rows:
    """Rows that tasks come of: they hang on tasks by an association table with the relation `key` and task_id."""

    key: str
    table: type[Any]
    may_read: Callable[[User, Any], bool]
    company_of: Callable[[Any], Company | None]
    link: Callable[[Any], Link]

    @property
    def origin(self) -> Origin:
        """What tasks ask of them."""
        return Origin(self.key, self.find, self.attach, self.link_of, self.carry_on, self.detach)

    def found(self, row_id: int, user: User) -> Any:
        """The row; NotFound where `user` may not know of it."""
        row = db.session.get(inspect(self.table).relationships[self.key].mapper.class_, row_id)
        if row is None or not self.may_read(user, row):
            raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
        return row

    def find(self, row_id: int, user: User) -> tuple[Link, Company | None]:
        """The row as a link, and the company that it is about."""
        row = self.found(row_id, user)
        return self.link(row), self.company_of(row)

    def attach(self, task: Task, row_id: int, user: User) -> None:
        """Say that a task comes of a row."""
        self._add(task, self.found(row_id, user).id)
        db.session.flush()

    def link_of(self, task: Task, user: User) -> Link | None:
        """The row of which a task came, as a link for whom may know of it."""
        held = self._held_by(task)
        row = None if held is None else getattr(held, self.key)
        return self.link(row) if row is not None and self.may_read(user, row) else None

    def carry_on(self, task: Task, following: Task) -> None:
        """Let the task that follows another come of the same row."""
        held = self._held_by(task)
        if held is not None:
            self._add(following, getattr(held, self.key).id)

    def detach(self, task: Task) -> None:
        """Say that a task comes of none of these rows."""
        db.session.execute(delete(self.table).where(self.table.task_id == task.id))

    def _held_by(self, task: Task) -> Any:
        return db.session.scalars(select(self.table).where(self.table.task_id == task.id)).one_or_none()

    def _add(self, task: Task, row_id: int) -> None:
        db.session.add(self.table(**{f"{self.key}_id": row_id, "task_id": task.id}))


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
