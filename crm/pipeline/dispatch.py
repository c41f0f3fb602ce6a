"""交办: a lead handed to an office. Its manager accepts, and the project is the office's, or returns it with a reason.

Whatever happens at once: a project has at most one open 交办 (uq_dispatches_open), and answers lock the row.
"""

from datetime import UTC, datetime

from sqlalchemy import Select, any_, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from sqlalchemy.types import BigInteger

from crm.accounts.models import Office, Role, User
from crm.accounts.permissions import may, office_ids, require
from crm.accounts.queries import ids_below
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.pipeline import telling
from crm.pipeline.models import Dispatch, Project, Reason
from crm.pipeline.models.changes import in_words
from crm.pipeline.permissions import may_read, require_act


def dispatch(project: Project, office: Office, note: str = "", *, by: User) -> Dispatch:
    """Hand a project to an office; until its manager has accepted nothing changes.

    RuleError for a 受限 project (the office would learn its name), a closed one, or one on its way already.
    """
    require_act(by, "project.dispatch", project)
    if project.is_restricted:
        raise RuleError(N_("受限项目不能交办，请先调整密级。"))
    if not project.is_open:
        raise RuleError(N_("只有推进中或暂缓的项目能交办。"))
    if project.office_id == office.id:
        raise RuleError(N_("项目已经在这个部门。"))
    found = Dispatch(project=project, office=office, office_id=office.id, by=by, by_id=by.id, note=note.strip())
    try:
        with db.session.begin_nested():  # of two at once one is told so
            db.session.add(found)
            db.session.flush()
    except IntegrityError:
        raise RuleError(N_("这个项目已有一次交办在等答复。")) from None
    telling.dispatched(found)
    return found


def require_answerable(row: Dispatch | None, *, by: User) -> Dispatch:
    """The 交办; NotFound for one that `by` may not know of, Forbidden where she does not manage its office."""
    if row is None or not knows_of(by, row):
        raise NotFound(N_("没有找到这次交办，或者您没有权限查看。"))
    require(by, "dispatch.answer", row)
    return row


def knows_of(user: User, row: Dispatch) -> bool:
    """Whether `user` may know of a 交办: as somebody of the receiving office, or through the project."""
    of_office = may(user, "dispatch.answer", row) or (row.office_id in office_ids(user) and row.is_open)
    return (of_office and not hides(user, row.project)) or may_read(user, row.project)


def hides(user: User, project: Project) -> bool:
    """Whether a project became 受限 meanwhile: then only who is named on it knows of it."""
    return project.is_restricted and not project.names(user)


def accept(row: Dispatch, owner: User, *, by: User) -> None:
    """接收: the project is the office's, in the charge of `owner`, who belongs to it or to one below.

    The caller has locked the row and the project. RuleError where it was answered before, or for another owner.
    """
    require_open(row)
    if not owner.is_active or owner.role is Role.LEADER or owner.office_id not in ids_below(row.office_id):
        raise RuleError(N_("请选择本部门的同事负责。"))
    close(row, accepted=True, by=by)
    project = row.project
    project.owner, project.owner_id = owner, owner.id
    project.office, project.office_id = owner.office, owner.office_id
    telling.taken_over(row, owner)


def give_back(row: Dispatch, reason: str, listed: Reason | None = None, *, by: User) -> None:
    """退回, with the reason; the project stays where it was."""
    require_open(row)
    text = in_words(reason, listed)
    if not text:
        raise RuleError(N_("退回交办要写明原因。"))
    close(row, accepted=False, by=by)
    row.reason = text


def require_open(row: Dispatch) -> None:
    """RuleError where somebody has answered."""
    if not row.is_open:
        raise RuleError(N_("这次交办已经答复过。"))


def close(row: Dispatch, *, accepted: bool, by: User) -> None:
    """Write the answer."""
    row.is_accepted, row.answered_at, row.answered_by = accepted, datetime.now(UTC), by


def of_project(project: Project) -> Select[Dispatch]:
    """What was handed on, the latest first."""
    query = select(Dispatch).where(Dispatch.project_id == project.id)
    return with_people(query).order_by(Dispatch.id.desc())


def received(user: User) -> Select[Dispatch]:
    """What waits for the answer of `user`, the oldest first."""
    mine = literal(sorted(office_ids(user)), ARRAY(BigInteger))
    query = select(Dispatch).where(Dispatch.answered_at.is_(None))
    if user.role is not Role.ADMIN:
        query = query.where(Dispatch.office_id == any_(mine))
    return with_people(query).order_by(Dispatch.id)


def sent(user: User) -> Select[Dispatch]:
    """What `user` or somebody of her offices has handed on, the latest first."""
    of_office = select(User.id).where(User.office_id == any_(literal(sorted(office_ids(user)), ARRAY(BigInteger))))
    by = or_(Dispatch.by_id == user.id, Dispatch.by_id.in_(of_office)) if user.role is Role.MANAGER else None
    query = select(Dispatch).where(Dispatch.by_id == user.id if by is None else by)
    return with_people(query).order_by(Dispatch.id.desc()).limit(50)


def with_people(query: Select[Dispatch]) -> Select[Dispatch]:
    """The same with who and what they name, in one statement."""
    project = joinedload(Dispatch.project)
    return query.options(
        project.joinedload(Project.company),
        project.joinedload(Project.members),  # of a 受限 project who may know depends on them
        joinedload(Dispatch.office),
        joinedload(Dispatch.by),
        joinedload(Dispatch.answered_by),
    )
