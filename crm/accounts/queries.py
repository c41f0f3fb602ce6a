"""Reads of users and offices."""

from collections import Counter

from sqlalchemy import CTE, Select, bindparam, func, literal, select

from crm.accounts.models import Office, Role, SignIn, User
from crm.database import db


def below() -> Select[int]:
    """The ids of the office `office_id` (to be given) and of all offices below it."""
    tree = select(Office.id).where(Office.id == bindparam("office_id")).cte(recursive=True)
    tree = tree.union(select(Office.id).join(tree, Office.parent_id == tree.c.id))
    return select(tree.c.id)


#: Made once: every request asks it.
BELOW = below()


def ids_below(office_id: int) -> frozenset[int]:
    """The ids of an office and of all offices below it."""
    return frozenset(db.session.scalars(BELOW, {"office_id": office_id}))


def above(office_id: int) -> CTE:
    """(id, depth) of an office (depth 0) and of all offices above it."""
    tree = select(Office.id, Office.parent_id, literal(0).label("depth")).where(Office.id == office_id)
    found = tree.cte(recursive=True)
    parents = select(Office.id, Office.parent_id, found.c.depth + 1).join(found, Office.id == found.c.parent_id)
    return found.union_all(parents)


def ids_above(office_id: int) -> list[int]:
    """The ids of an office and of all offices above it, the nearest first."""
    found = above(office_id)
    return list(db.session.scalars(select(found.c.id).order_by(found.c.depth)))


def offices() -> Select[Office]:
    """All offices by name."""
    return select(Office).order_by(Office.name, Office.id)


def office_tree() -> list[tuple[int, Office]]:
    """(depth, office) of all offices, each after its parent."""
    below: dict[int | None, list[Office]] = {}
    for office in db.session.scalars(select(Office).order_by(Office.id)):
        below.setdefault(office.parent_id, []).append(office)
    ordered = []
    todo = [(0, office) for office in reversed(below.get(None, []))]
    while todo:
        depth, office = todo.pop()
        ordered.append((depth, office))
        todo += [(depth + 1, child) for child in reversed(below.get(office.id, []))]
    return ordered


def heads_by_office(tree: list[tuple[int, Office]]) -> Counter[int]:
    """How many active users each office has, those of the offices below it among them; `tree` as of office_tree."""
    counted = select(User.office_id, func.count()).where(User.disabled_at.is_(None)).group_by(User.office_id)
    heads = Counter({office_id: int(count) for office_id, count in db.session.execute(counted)})
    for _depth, office in reversed(tree):
        if office.parent_id is not None:
            heads[office.parent_id] += heads[office.id]
    return heads


def users() -> Select[User]:
    """All users, the disabled ones last."""
    return select(User).order_by(User.disabled_at.isnot(None), User.display_name, User.id)


def users_like(q: str, role: str, office_id: int, state: str) -> Select[User]:
    """The users whose name has `q` in it, of a role, of an office and those below it, active or disabled; unordered."""
    found = select(User)
    if q := q.strip():
        found = found.where(User.display_name.icontains(q, autoescape=True) | User.name.icontains(q, autoescape=True))
    if role:
        found = found.where(User.role == Role(role))
    if office_id:
        found = found.where(User.office_id.in_(ids_below(office_id)))
    if state:
        found = found.where(User.disabled_at.is_(None) if state == "active" else User.disabled_at.isnot(None))
    return found


def colleagues(user: User) -> Select[User]:
    """The active users of one's own office: those whose visits one may enter (代录) and whom one may hand a task."""
    return users().where(User.office_id == user.office_id, User.disabled_at.is_(None))


def assignable() -> Select[User]:
    """The active users who may hold companies and projects."""
    return users().where(User.disabled_at.is_(None), User.role.in_([Role.OFFICER, Role.MANAGER]))


def latest_sign_ins(name: str, count: int = 10) -> Select[SignIn]:
    """The latest tries to sign in with a name, failed ones included, newest first."""
    return select(SignIn).where(SignIn.name == name).order_by(SignIn.at.desc(), SignIn.id.desc()).limit(count)
