"""The 知情人 list of a project: dated, printable, kept for ever. For a listed company before disclosure it is a duty.

Whoever is named on a 受限 project is on the list from that day; who is taken off the project leaves it the same day.
People of other houses are entered by hand.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.pipeline.models import Project
from crm.pipeline.models.insiders import Insider
from crm.pipeline.permissions import require_act
from crm.rules import today


def insiders_of(project_id: int) -> Select[Insider]:
    """Everybody who ever was on the list, in the order of entering."""
    query = select(Insider).where(Insider.project_id == project_id).order_by(Insider.entered_on, Insider.id)
    return query.options(joinedload(Insider.by))


def sync(project: Project, *, by: User) -> None:
    """Bring the list up to who is named on the project now. Only a 受限 project, or one that has a list, keeps one."""
    rows = db.session.scalars(insiders_of(project.id)).unique().all()
    present = {row.user_id: row for row in rows if row.user_id is not None and row.left_on is None}
    if not project.is_restricted and not present:
        return
    named = {user.id: user for user in people_of(project)} if project.is_restricted else {}
    for user_id in present.keys() - named.keys():
        present[user_id].leave(max(today(), present[user_id].entered_on))
    db.session.flush()
    for user_id in sorted(named.keys() - present.keys()):
        db.session.add(of_user(project, named[user_id], by))
    db.session.flush()


def of_user(project: Project, user: User, by: User) -> Insider:
    """The entry of one of us, from today."""
    return Insider(
        project_id=project.id, user_id=user.id, name=user.display_name, unit=user.office.name, entered_on=today(),
        by_id=by.id, reason=duty_of(project, user),
    )  # fmt: skip


def people_of(project: Project) -> Sequence[User]:
    """Who is named on a project: officer in charge, 挂点领导, 专班."""
    ids = {project.owner_id, *project.member_ids} - {None}
    return db.session.scalars(select(User).where(User.id.in_(ids))).unique().all()


def duty_of(project: Project, user: User) -> str:
    """What she does on the project."""
    if user.id == project.owner_id:
        return "负责人"
    return "挂点领导" if user.id == project.sponsor_id else "专班成员"


def enter(project: Project, name: str, unit: str, reason: str, entered_on: date | None, *, by: User) -> Insider:
    """Enter somebody of another house. Raises NotFound, Forbidden by right."""
    require_act(by, "project.edit", project)
    if project.archived_at is not None:
        raise RuleError(N_("已归档的项目不能修改。"))
    row = Insider(
        project_id=project.id, name=name, unit=unit, reason=reason, entered_on=entered_on or today(), by_id=by.id
    )
    db.session.add(row)
    db.session.flush()
    return row


def leave(project: Project, insider_id: int, day: date, *, by: User) -> None:
    """Note that somebody of another house has left; one of us leaves by being taken off the project."""
    require_act(by, "project.edit", project)
    row = db.session.scalars(insiders_of(project.id).where(Insider.id == insider_id)).unique().one_or_none()
    if row is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    if row.user_id is not None and project.is_restricted:
        raise RuleError(N_("本单位的知情人，请在项目里移出专班。"))
    row.leave(day)
