"""The acts on notices. The caller commits."""

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import NotFound
from crm.notices import queries
from crm.notices.models import Notice, NoticeKind


def notify(user: User, *, key: str, kind: NoticeKind, url: str, count: int = 1) -> None:
    """Tell a person that something waits for her, once per `key`: a job that runs again says nothing new.

    `key` names the occasion and holds ids and days alone ("task 7 handed 2026-11-24"), `url` is a path of this site.
    A person who cannot sign in is told nothing.
    """
    if not user.is_active:
        return
    told = insert(Notice).values(user_id=user.id, key=key, kind=kind.value, url=url, count=count)
    db.session.execute(told.on_conflict_do_nothing(index_elements=["user_id", "key"]))


def read(notice_id: int, by: User) -> Notice:
    """Note that a person has read one of her notices; returns it. Raises NotFound for anybody else's."""
    notice = db.session.scalars(queries.notices_of(by).where(Notice.id == notice_id)).one_or_none()
    if notice is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    notice.read_at = notice.read_at or datetime.now(UTC)
    return notice


def read_all(by: User, until: int) -> None:
    """Note that a person has read her notices up to an id: later ones she has not seen yet."""
    unread = update(Notice).where(Notice.user_id == by.id, Notice.read_at.is_(None), Notice.id <= until)
    db.session.execute(unread.values(read_at=datetime.now(UTC)))
