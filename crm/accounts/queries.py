"""Reads of users and offices."""

from sqlalchemy import Select, select

from crm.accounts.models import Office, Role, User
from crm.database import db


def ids_below(office_id: int) -> frozenset[int]:
    """The ids of an office and of all offices below it."""
    tree = select(Office.id).where(Office.id == office_id).cte(recursive=True)
    tree = tree.union(select(Office.id).join(tree, Office.parent_id == tree.c.id))
    return frozenset(db.session.scalars(select(tree.c.id)))


def offices() -> Select[Office]:
    """All offices by name."""
    return select(Office).order_by(Office.name, Office.id)


def users() -> Select[User]:
    """All users, the disabled ones last."""
    return select(User).order_by(User.disabled_at.isnot(None), User.display_name, User.id)


def colleagues(user: User) -> Select[User]:
    """The active users of one's own office: those whose visits one may enter (代录) and whom one may hand a task."""
    return users().where(User.office_id == user.office_id, User.disabled_at.is_(None))


def assignable() -> Select[User]:
    """The active users who may hold companies and projects."""
    return users().where(User.disabled_at.is_(None), User.role.in_([Role.OFFICER, Role.MANAGER]))
