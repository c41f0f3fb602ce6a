"""Instructions (批示): who reads them, and the acts from writing one to 办结."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.accounts.permissions import held_by, may, office_ids, require
from crm.accounts.queries import users
from crm.chain.models import Segment
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import Forbidden, NotFound, RuleError
from crm.interactions.models import Task
from crm.interactions.queries import tasks_visible_to, with_company
from crm.pagination import Sort
from crm.pipeline.models import Instruction, InstructionTask, Project
from crm.pipeline.permissions import may_read as may_read_project
from crm.pipeline.permissions import readable as project_readable
from crm.rules import today

SORTS = {
    "due": Sort(Instruction.due_on, Instruction.id, nullable=True),
    "-written": Sort(Instruction.created_at, Instruction.id, descending=True),
}
#: The lists of the page: to me, by me, whatever I may read; and the late ones of these.
SCOPES = ("to_me", "by_me", "all")


def readable(user: User) -> ColumnElement[bool]:
    """The condition under which `user` may read an instruction; one on a 受限 project asks to be named on it."""
    written = select(Instruction.id).where(Instruction.author_id == user.id).scalar_subquery()
    projects = select(Project.id).where(project_readable(user))
    on_readable = or_(Instruction.project_id.is_(None), Instruction.project_id.in_(projects), is_party(user))
    restricted = select(Project.id).where(Project.secrecy == "restricted", ~project_readable(user))
    hidden = Instruction.project_id.in_(restricted)
    return held_by(Instruction, user, "instruction.read", written) & on_readable & hidden.isnot(True)


def is_party(user: User) -> ColumnElement[bool]:
    """The condition that `user` wrote it or is to act on it."""
    return or_(Instruction.author_id == user.id, Instruction.owner_id == user.id)


def may_read(user: User, instruction: Instruction) -> bool:
    """`readable` for one instruction."""
    project = instruction.project
    if project is not None and not may_read_project(user, project):
        is_concerned = user.id in (instruction.author_id, instruction.owner_id)
        if project.is_restricted or not is_concerned:
            return False
    return may(user, "instruction.read", instruction)


def visible_to(user: User) -> Select[Instruction]:
    """The instructions that `user` may read."""
    return select(Instruction).where(readable(user))


def with_names(query: Select[Instruction]) -> Select[Instruction]:
    """The same instructions with what a list shows of them."""
    return query.options(
        joinedload(Instruction.author),
        joinedload(Instruction.owner),
        joinedload(Instruction.project),
        joinedload(Instruction.company),
        joinedload(Instruction.segment).joinedload(Segment.chain),
    )


def listed(user: User, scope: str, *, late: bool = False, closed: bool = False) -> Select[Instruction]:
    """A list of the page; `closed` lists what is done, `late` what is open after its day."""
    query = with_names(visible_to(user))
    if scope == "to_me":
        query = query.where(Instruction.owner_id == user.id)
    elif scope == "by_me":
        query = query.where(Instruction.author_id == user.id)
    query = query.where(Instruction.closed_at.isnot(None) if closed else Instruction.closed_at.is_(None))
    return query.where(Instruction.due_on < today()) if late else query


def open_for(user: User) -> Select[Instruction]:
    """What `user` is to act on: not yet answered, the next due first. For one's day."""
    query = listed(user, "to_me").where(Instruction.feedback_at.is_(None))
    return query.order_by(Instruction.due_on.nulls_last(), Instruction.id)


def on(user: User, subject: Project | Company | Segment) -> Select[Instruction]:
    """The instructions on a project, company or segment that `user` may read, the latest first."""
    query = with_names(visible_to(user)).where(_column(subject) == subject.id)
    return query.order_by(Instruction.id.desc())


def tasks_of(instruction: Instruction, user: User) -> Select[Task]:
    """The tasks set to carry an instruction out which the user may read, the open ones first."""
    serving = select(InstructionTask.task_id).where(InstructionTask.instruction_id == instruction.id)
    query = with_company(tasks_visible_to(user).where(Task.id.in_(serving)))
    return query.order_by(Task.done_at.isnot(None), Task.due_on.nulls_last(), Task.id)


def late_below(user: User) -> Select[Instruction]:
    """The late instructions that `user` may read, the longest late first."""
    return listed(user, "all", late=True).order_by(Instruction.due_on, Instruction.id)


def answered_to(user: User) -> Select[Instruction]:
    """What `user` wrote and somebody has answered: it waits for 办结."""
    query = listed(user, "by_me").where(Instruction.feedback_at.isnot(None))
    return query.order_by(Instruction.feedback_at, Instruction.id)


def _column(subject: Project | Company | Segment) -> Any:
    columns = {Project: Instruction.project_id, Company: Instruction.company_id, Segment: Instruction.segment_id}
    return columns[type(subject)]


def recipients(by: User, project: Project | None = None) -> list[User]:
    """To whom `by` may write: who can answer, in her offices, but not herself; on a project, who may know of it."""
    if not may_write(by):
        return []
    query = users().where(User.office_id.in_(office_ids(by)), User.disabled_at.is_(None), User.id != by.id)
    found = db.session.scalars(query.order_by(None).order_by(User.office_id, User.display_name, User.id))
    told = [user for user in found if may_be_told(user)]
    return told if project is None else [user for user in told if may_read_project(user, project)]


def write(
    body: str, owner: User, *, by: User, on: Project | Company | Segment | None, due_on: date | None
) -> Instruction:
    """Write an instruction to `owner` on a subject (or on none).

    Raises Forbidden where `by` may not instruct `owner`, RuleError where `owner` may not know of the project.
    """
    instruction = Instruction(body=body, author=by, owner=owner, due_on=due_on)
    instruction.author_id, instruction.owner_id, instruction.office_id = by.id, owner.id, owner.office_id
    if not may_write(by) or owner.office_id not in office_ids(by) or owner.id == by.id or not may_be_told(owner):
        raise Forbidden(N_("只能给本部门及下属部门的同事写批示。"))
    if isinstance(on, Project) and not may_read_project(owner, on):
        raise RuleError(N_("%(name)s 不能查看这个项目，请先把他列入专班。"), name=owner.display_name)
    if on is not None:
        setattr(instruction, _column(on).key, on.id)
    db.session.add(instruction)
    db.session.flush()
    return instruction


def may_be_told(user: User) -> bool:
    """Whether instructions can be given to `user`: she can sign in and answer."""
    return user.is_active and may(user, "instruction.answer")


def receive(instruction: Instruction, *, by: User) -> None:
    """签收, by who is to act on it."""
    require_acting(by, instruction)
    instruction.receive(datetime.now(UTC))


def answer(instruction: Instruction, feedback: str, *, by: User) -> None:
    """反馈, by who is to act on it. Raises RuleError once it is closed."""
    require_acting(by, instruction)
    instruction.answer(feedback, datetime.now(UTC))


def close(instruction: Instruction, *, by: User) -> None:
    """办结, by whoever may instruct its owner, but not the owner. Raises RuleError before it was answered."""
    require_readable(by, instruction)
    require(by, "instruction.write", instruction)
    if by.id == instruction.owner_id:
        raise RuleError(N_("自己承办的批示，由批示人办结。"))
    instruction.close(datetime.now(UTC))


def require_acting(by: User, instruction: Instruction) -> None:
    """Who is to act on it, or a manager for somebody of the office; the author does not answer herself."""
    require_readable(by, instruction)
    require(by, "instruction.answer", instruction)
    if by.id == instruction.author_id:
        raise RuleError(N_("由承办人签收和反馈。"))


def require_readable(by: User, instruction: Instruction | None) -> Instruction:
    """The instruction; NotFound where there is none or `by` may not read it."""
    if instruction is None or not may_read(by, instruction):
        raise NotFound(N_("没有找到这条批示，或者您没有权限查看。"))
    return instruction


def may_write(user: User) -> bool:
    """Whether `user` writes instructions at all."""
    return may(user, "instruction.write")


def may_answer(user: User, instruction: Instruction) -> bool:
    """Whether `user` may receive and answer it now."""
    is_open = instruction.closed_at is None
    return is_open and user.id != instruction.author_id and may(user, "instruction.answer", instruction)


def may_close(user: User, instruction: Instruction) -> bool:
    """Whether `user` may close it now."""
    is_answered = instruction.feedback_at is not None and instruction.closed_at is None
    return is_answered and user.id != instruction.owner_id and may(user, "instruction.write", instruction)
