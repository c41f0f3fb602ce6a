"""Reads of notices."""

from sqlalchemy import Select, func, select

from crm.accounts.models import User
from crm.notices.models import Notice
from crm.pagination import Sort

#: The newest first.
NEWEST = Sort(Notice.id, Notice.id, descending=True)


def notices_of(user: User) -> Select[Notice]:
    """All notices of a person."""
    return select(Notice).where(Notice.user_id == user.id)


def unread(user: User) -> Select[Notice]:
    """The notices that a person has not read."""
    return notices_of(user).where(Notice.read_at.is_(None))


def unread_count(user: User) -> Select[int]:
    """How many notices a person has not read."""
    return select(func.count()).select_from(Notice).where(Notice.user_id == user.id, Notice.read_at.is_(None))
