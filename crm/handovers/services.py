"""The acts of handing over. The caller commits."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, and_, func, not_, select, true, update

from crm.accounts.models import User
from crm.accounts.permissions import held_by, require
from crm.accounts.queries import assignable
from crm.database import N_, db
from crm.errors import Conflict, Forbidden, NotFound, RuleError
from crm.handovers.holdings import HOLDINGS, held, is_open, known_to, table_of, unlisted
from crm.handovers.models import HandOver
from crm.notices.models import NoticeKind
from crm.notices.services import notify

NOT_FOUND = N_("没有找到这条记录，或者您没有权限查看。")


def giver_of(user_id: int, by: User) -> User:
    """Somebody whose work `by` may hand over: of her offices, all for an administrator. Raises NotFound, Forbidden."""
    require(by, "hand_over.create")
    query = select(User).where(User.id == user_id, held_by(User, by, "hand_over.create"))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(NOT_FOUND)
    return found


def takers(giver: User, by: User) -> list[User]:
    """Those who may take over: active officers and managers within the reach of `by`."""
    within = held_by(User, by, "hand_over.create")
    return list(db.session.scalars(assignable().where(within, User.id != giver.id)))


def preview(giver: User, by: User) -> Mapping[str, int]:
    """{table.column: how many rows would go}, kinds without rows left out."""
    counts = {key: db.session.scalar(counted(key, giver, by)) or 0 for key in HOLDINGS}
    return {key: count for key, count in counts.items() if count}


def counted(key: str, giver: User, by: User) -> Select[int]:
    """The query that counts what goes of a kind."""
    table, _column = table_of(key)
    return select(func.count()).select_from(table).where(held(key, giver, by))


def hidden_count(giver: User, by: User) -> int:
    """How many 受限 projects stay because `by` may not know of them: an administrator has to hand them over."""
    table, column = table_of("projects.owner_id")
    hidden = and_(column == giver.id, is_open("projects"), not_(known_to("projects.owner_id", by)))
    return db.session.scalar(select(func.count()).select_from(table).where(hidden)) or 0


def hand_over(giver: User, taker: User, reason: str, expected: int, by: User) -> HandOver:
    """Move all that `giver` holds to `taker`. `expected` is the number of rows that the preview showed.

    Raises Forbidden for a taker outside the reach of `by`, Conflict where the number has changed since the preview,
    RuleError for nothing to move, without a reason, or where a column is not listed (holdings.py).
    """
    require(by, "hand_over.create")
    if forgotten := unlisted():
        raise RuleError(
            N_("有没有登记的归属关系，不能移交：%(columns)s。请告诉管理员。"), columns="、".join(sorted(forgotten))
        )
    if taker.id not in {user.id for user in takers(giver, by)}:
        raise Forbidden(N_("只能移交给本部门或下属部门在用的专员或负责人。"))
    if not reason:
        raise RuleError(N_("请写明移交的原因。"))
    if sum(preview(giver, by).values()) != expected:
        raise Conflict(N_("移交的内容刚才有变化，请重新核对数量。"), current=None)
    moved = {key: rows for key in HOLDINGS if (rows := move(key, giver, taker, by))}
    found = HandOver(from_id=giver.id, to_id=taker.id, by_id=by.id, reason=reason, moved=moved)
    if not moved:
        raise RuleError(N_("名下没有需要移交的内容。"))
    db.session.add(found)
    db.session.flush()
    notify(
        taker,
        key=f"hand-over {found.id}",
        kind=NoticeKind.HANDED_OVER,
        url=f"/hand-overs/{found.id}",
        count=found.count,
    )
    return found


def move(key: str, giver: User, taker: User, by: User) -> list[list[int | None]]:
    """Move the rows of a kind; returns [[id, office before], …]."""
    table, column = table_of(key)
    holding = HOLDINGS[key]
    office = table.c.office_id if holding.with_office else None
    going = select(table.c.id, *([office] if office is not None else [])).where(held(key, giver, by))
    rows = db.session.execute(going.where(not_doubled(key, taker)).order_by(table.c.id).with_for_update()).all()
    values = {column: taker.id, **({office: taker.office_id} if office is not None else {})}
    if rows:
        db.session.execute(update(table).where(table.c.id.in_([row[0] for row in rows])).values(values))
    return [[row[0], row[1] if office is not None else None] for row in rows]


def not_doubled(key: str, taker: User) -> ColumnElement[bool]:
    """Whether the taker has no such row already."""
    once = HOLDINGS[key].once
    if not once:
        return true()
    table, column = table_of(key)
    other = table.alias()
    return ~select(other.c.id).where(other.c[column.name] == taker.id, other.c[once] == table.c[once]).exists()


def undo(found: HandOver, by: User) -> int:
    """Give back what the taker still holds; returns how many rows others have changed since, which stay.

    Raises NotFound where `by` might not have made it, RuleError where it was taken back before.
    """
    giver_of(found.from_id, by)
    if found.undone_at is not None:
        raise RuleError(N_("这次移交已经撤销过了。"))
    changed = sum(len(rows) - give_back(key, rows, found) for key, rows in found.moved.items())
    found.undone_at, found.undone_by_id = datetime.now(UTC), by.id
    db.session.flush()
    return changed


def give_back(key: str, rows: list[list[int | None]], found: HandOver) -> int:
    """Put the rows of a kind back, each with its office; returns how many there were to put back."""
    table, column = table_of(key)
    offices = {row[0]: row[1] for row in rows}
    still = select(table.c.id).where(table.c.id.in_(offices), column == found.to_id).with_for_update()
    ids = list(db.session.scalars(still))
    for office in {offices[row_id] for row_id in ids}:
        of_office = [row_id for row_id in ids if offices[row_id] == office]
        values = {column: found.from_id, **({table.c.office_id: office} if HOLDINGS[key].with_office else {})}
        db.session.execute(update(table).where(table.c.id.in_(of_office)).values(values))
    return len(ids)
