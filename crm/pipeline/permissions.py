"""Who may know of a project and act on it: permissions.toml, and for a 受限 project its named members only."""

from typing import Any

from sqlalchemy import ColumnElement, any_, func, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from crm.accounts.models import User
from crm.accounts.permissions import held_by, may, require
from crm.database import N_
from crm.errors import NotFound, RuleError
from crm.pipeline.models import Project, ProjectMember, Secrecy


def may_read(user: User, project: Project) -> bool:
    """Whether `user` may know of a project: the act project.read, and of a 受限 one only who is named on it."""
    if project.is_restricted and not project.names(user):
        return False
    return may(user, "project.read", project)


def may_act(user: User, act: str, project: Project) -> bool:
    """Whether `user` may do `act` to a project that she may know of."""
    return may_read(user, project) and may(user, act, project)


def require_readable(user: User, project: Project | None) -> Project:
    """The project; NotFound where there is none or `user` may not know of it."""
    if project is None or not may_read(user, project):
        raise NotFound(N_("没有找到这个项目，或者您没有权限查看。"))
    return project


def require_act(user: User, act: str, project: Project | None) -> Project:
    """The project; NotFound where `user` may not know of it, Forbidden where she may not do `act` to it."""
    found = require_readable(user, project)
    require(user, act, found)
    return found


def require_editable(user: User, project: Project | None) -> Project:
    """The project, which `user` may edit; RuleError for an archived one. NotFound and Forbidden as above."""
    found = require_act(user, "project.edit", project)
    if found.archived_at is not None:
        raise RuleError(N_("已归档的项目不能修改。"))
    return found


def readable(user: User) -> ColumnElement[bool]:
    """may_read as a condition on Project."""
    named = named_ids(user)
    return held_by(Project, user, "project.read", member_ids=named) & or_(
        Project.secrecy != Secrecy.RESTRICTED,
        Project.owner_id == user.id,
        Project.id == any_(func.array(named, type_=ARRAY(BigInteger))),
    )


def named_ids(user: User) -> Any:
    """The ids of the projects on which `user` is named besides being the officer in charge."""
    as_member = select(ProjectMember.project_id).where(ProjectMember.user_id == user.id)
    return union(as_member, select(Project.id).where(Project.sponsor_id == user.id)).scalar_subquery()
