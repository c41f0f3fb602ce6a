"""Reads of history: what a user may see of it, and narrowed by table, actor, period or row."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, any_, false, func, literal, not_, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import joinedload
from sqlalchemy.types import BigInteger

from crm.accounts.models import User
from crm.accounts.permissions import office_ids, scopes
from crm.database import db
from crm.history import extensions
from crm.history.extensions import Subject
from crm.history.models import Export, HistoryRow
from crm.rules import SHANGHAI


@dataclass(frozen=True)
class HistoryFilter:
    """What the audit page is narrowed to; None narrows nothing. Days are of Shanghai, both included."""

    table: str | None = None
    row_id: int | None = None
    actor_id: int | None = None
    since: date | None = None
    until: date | None = None

    def apply(self, query: Select[HistoryRow]) -> Select[HistoryRow]:
        """The query under these conditions."""
        conditions = [
            None if self.table is None else HistoryRow.table_name == self.table,
            None if self.row_id is None else HistoryRow.row_id == self.row_id,
            None if self.actor_id is None else HistoryRow.actor_id == self.actor_id,
            None if self.since is None else HistoryRow.at >= midnight(self.since),
            None if self.until is None else HistoryRow.at < midnight(self.until + timedelta(days=1)),
        ]
        return query.where(*(condition for condition in conditions if condition is not None))


@dataclass(frozen=True)
class ExportFilter:
    """What the log of exports is narrowed to; `what` are words of a file's name."""

    user_id: int | None = None
    what: str = ""
    since: date | None = None
    until: date | None = None

    def apply(self, query: Select[Export]) -> Select[Export]:
        """The query under these conditions."""
        conditions = [
            None if self.user_id is None else Export.user_id == self.user_id,
            Export.what.icontains(self.what, autoescape=True) if self.what else None,
            None if self.since is None else Export.at >= midnight(self.since),
            None if self.until is None else Export.at < midnight(self.until + timedelta(days=1)),
        ]
        return query.where(*(condition for condition in conditions if condition is not None))


def midnight(day: date) -> datetime:
    """The moment at which a day begins here."""
    return datetime.combine(day, time(), SHANGHAI)


def audited(user: User) -> Select[HistoryRow]:
    """The acts that a user may read: her own, her office's, or all for an auditor; never what is hidden from her."""
    return select(HistoryRow).where(by_acts_of(user), shown_to(user))


def by_acts_of(user: User) -> ColumnElement[bool]:
    """The condition of history.read: whose acts."""
    granted = scopes(user, "history.read")
    if "all" in granted:
        return true()
    if "office" in granted:
        # Asked first: with the ids at hand the planner takes the index on actors, with a subquery it reads all history.
        of_office = db.session.scalars(select(User.id).where(User.office_id.in_(office_ids(user)))).all()
        return HistoryRow.actor_id == any_(literal(sorted(of_office), ARRAY(BigInteger)))
    return HistoryRow.actor_id == user.id if "own" in granted else false()


def shown_to(user: User) -> ColumnElement[bool]:
    """The condition that no higher slice hides the row."""
    return and_(true(), *(not_(condition(user)) for condition in extensions.hidden))


def of_record(table: str, row_id: int, subject: Subject, user: User) -> Select[HistoryRow]:
    """The changes of a row and of its parts as they are now."""
    own = (HistoryRow.table_name == table) & (HistoryRow.row_id == row_id)
    parts = [
        (HistoryRow.table_name == part)
        & (HistoryRow.row_id == any_(func.array(ids.scalar_subquery(), type_=ARRAY(BigInteger))))
        for part, ids in subject.parts.items()
    ]
    return select(HistoryRow).where(or_(own, *parts), shown_to(user))


def actors(user: User, act: str = "history.read") -> Select[User]:
    """The users whose acts a user may read, or of whom she may do another act, by name."""
    granted = scopes(user, act)
    query = select(User).order_by(User.display_name, User.id)
    if "all" in granted:
        return query
    if "office" in granted:
        return query.where(User.office_id.in_(office_ids(user)))
    return query.where(User.id == user.id)


def exports(user: User) -> Select[Export]:
    """The exports that a user may know of: her own, her office's, or all for an administrator."""
    of_whom = actors(user, "export.read").with_only_columns(User.id).order_by(None)
    return select(Export).where(Export.user_id.in_(of_whom)).options(joinedload(Export.user).joinedload(User.office))
