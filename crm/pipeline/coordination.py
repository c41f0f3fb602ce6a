"""需协调事项: asked by a project's weekly line, answered by an office."""

from collections.abc import Collection
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import Office, User
from crm.accounts.permissions import held_by, may, office_ids, require
from crm.accounts.settings import setting
from crm.calendar import add_working_days
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.pagination import Sort
from crm.pipeline.models import Project, Secrecy
from crm.pipeline.models.weekly import CoordinationItem, WeeklyLine
from crm.pipeline.permissions import may_read as may_read_project
from crm.pipeline.permissions import readable as project_readable
from crm.rules import today

SORTS = {
    "due": Sort(CoordinationItem.due_on, CoordinationItem.id, nullable=True),
    "-answered": Sort(CoordinationItem.answered_at, CoordinationItem.id, descending=True, nullable=True),
}
SCOPES = ("to_us", "by_us", "unassigned")


def raise_item(
    line: WeeklyLine, body: str, office: Office | None, due_on: date | None, *, by: User
) -> CoordinationItem:
    """Ask an office for something by a day; without a day within the answering term (setting, in working days).

    Raises RuleError where the office has nobody who may know of the project.
    """
    if office is not None:
        require_informed(line.project, office)
    day = None if office is None else due_on or term()
    item = CoordinationItem(project_id=line.project_id, body=body, owner=by, office=office, due_on=day)
    line.items.append(item)
    db.session.flush()
    return item


def term() -> date:
    """The day until which an office that is asked today has to answer."""
    return add_working_days(today(), setting("answer_days"))


def require_informed(project: Project, office: Office) -> None:
    """A 受限 project asks only an office of which somebody is named on it: nobody else could know what it is about."""
    if not project.is_restricted:
        return
    named = [project.owner, project.sponsor, *(member.user for member in project.members)]
    if all(user is None or user.office_id != office.id for user in named):
        raise RuleError(N_("受限项目只能请知情人所在的部门协调；请先把该部门的同事列入专班。"))


def assign(item: CoordinationItem, office: Office, due_on: date | None, *, by: User) -> None:
    """Hand an item out to the office that is to answer. Forbidden unless `by` may edit the project."""
    require_readable(by, item)
    require(by, "project.edit", item.project)
    require_informed(item.project, office)
    item.office, item.office_id, item.due_on = office, office.id, due_on or term()


def settle(item: CoordinationItem, answer: str, *, by: User) -> None:
    """答复, by somebody of the answering office."""
    require_readable(by, item)
    require(by, "coordination.answer", item)
    item.settle(answer, by=by, at=datetime.now(UTC))


def may_answer(user: User, item: CoordinationItem) -> bool:
    """Whether `user` may answer it."""
    return may_read(user, item) and may(user, "coordination.answer", item)


def readable(user: User) -> ColumnElement[bool]:
    """Whoever may know of the project; and the office that is asked, unless the project is 受限."""
    projects = select(Project.id).where(project_readable(user))
    restricted = select(Project.id).where(Project.secrecy == Secrecy.RESTRICTED)
    is_asked = held_by(CoordinationItem, user, "coordination.read")
    asked = and_(is_asked, CoordinationItem.project_id.not_in(restricted))
    return or_(CoordinationItem.project_id.in_(projects), asked)


def may_read(user: User, item: CoordinationItem) -> bool:
    """`readable` for one item."""
    if may_read_project(user, item.project):
        return True
    return not item.project.is_restricted and may(user, "coordination.read", item)


def require_readable(user: User, item: CoordinationItem | None) -> CoordinationItem:
    """The item; NotFound where there is none or `user` may not know of it."""
    if item is None or not may_read(user, item):
        raise NotFound(N_("没有找到这条协调事项，或者您没有权限查看。"))
    return item


def open_items(project_ids: Collection[int], line_ids: Collection[int]) -> Select[CoordinationItem]:
    """What projects still wait for, and what some lines asked, answered or not; in the order of asking."""
    query = select(CoordinationItem).where(CoordinationItem.project_id.in_(project_ids))
    query = query.where(or_(CoordinationItem.answered_at.is_(None), CoordinationItem.line_id.in_(line_ids)))
    return query.order_by(CoordinationItem.id).options(joinedload(CoordinationItem.office))


def listed(user: User, scope: str, *, is_open: bool) -> Select[CoordinationItem]:
    """A list of the page: what is asked of one's offices, by one's offices, or of nobody yet."""
    query = select(CoordinationItem).where(readable(user)).options(
        joinedload(CoordinationItem.project).joinedload(Project.company),
        joinedload(CoordinationItem.project).joinedload(Project.office),
        joinedload(CoordinationItem.office),
        joinedload(CoordinationItem.owner),
        joinedload(CoordinationItem.answered_by),
    )  # fmt: skip
    if scope == "to_us":
        query = query.where(CoordinationItem.office_id.in_(office_ids(user)))
    elif scope == "by_us":
        ours = select(Project.id).where(Project.office_id.in_(office_ids(user)))
        query = query.where(CoordinationItem.project_id.in_(ours), CoordinationItem.office_id.isnot(None))
    else:
        query = query.where(CoordinationItem.office_id.is_(None))
    answered = CoordinationItem.answered_at
    return query.where(answered.is_(None) if is_open else answered.isnot(None))
