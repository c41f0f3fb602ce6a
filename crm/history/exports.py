"""What leaves the house as a file: a row each, and how many rows of lists one person may take in a day."""

from datetime import datetime, time

from sqlalchemy import func, select

from crm.accounts.models import Role, User
from crm.accounts.settings import setting
from crm.database import N_, db
from crm.errors import Forbidden
from crm.history.models import Export
from crm.rules import SHANGHAI, today

#: The setting that bounds a role's rows a day; leaders and administrators export masked, without such a bound.
LIMITS = {Role.OFFICER: "export_rows_of_officer", Role.MANAGER: "export_rows_of_manager"}


def record(user: User, what: str, rows: int, reason: str = "") -> Export:
    """Note that a user takes `rows` rows out; the caller commits, so that what was sent is what was noted.

    Raises Forbidden where the rows of her day would pass the limit of her role: nothing is noted then.
    """
    db.session.execute(select(User.id).where(User.id == user.id).with_for_update())  # two at once share a day
    left = left_today(user)
    if left is not None and rows > left:
        raise Forbidden(
            N_("这次要导出 %(rows)d 行，您今天还可以导出 %(left)d 行。请缩小范围，或明天再导。"), rows=rows, left=left
        )
    found = Export(user_id=user.id, what=what, rows=rows, reason=reason)
    db.session.add(found)
    db.session.flush()
    return found


def left_today(user: User) -> int | None:
    """How many rows a user may still take out today; None: any number."""
    key = LIMITS.get(user.role)
    return None if key is None else max(0, int(setting(key)) - rows_today(user))


def rows_today(user: User) -> int:
    """How many rows a user has taken out since midnight here."""
    midnight = datetime.combine(today(), time(), SHANGHAI)
    query = select(func.coalesce(func.sum(Export.rows), 0)).where(Export.user_id == user.id, Export.at >= midnight)
    return int(db.session.scalar(query) or 0)
