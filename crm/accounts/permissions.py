"""Who may do what, decided from permissions.toml: for one row, and as a condition of a query.

Forgetting a condition must give 404, not a leak: reads go through `held_by`, writes through `require`.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import ColumnElement, any_, false, func, literal, or_, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from crm.accounts.models import Role, User
from crm.accounts.queries import ids_below
from crm.database import N_
from crm.errors import Forbidden, NotFound

TABLE = Path(__file__).with_name("permissions.toml")


class Held(Protocol):
    """A row that somebody holds: `owner_id` and `office_id` are None for a row of the pool."""

    @property
    def owner_id(self) -> Any: ...

    @property
    def office_id(self) -> Any: ...


@cache
def table() -> dict[str, dict[str, list[str]]]:
    """The whole table: {act: {role: [scope, …]}}, acts named `noun.verb`."""
    nouns = tomllib.loads(TABLE.read_text("utf-8"))
    return {f"{noun}.{verb}": roles for noun, verbs in nouns.items() for verb, roles in verbs.items()}


def scopes(user: User, act: str) -> frozenset[str]:
    """The scopes in which `user` may do `act`; empty means never. Raises KeyError for an act that nobody defined."""
    roles = table()[act]
    granted = set(roles.get(user.role.value, ()))
    if user.is_auditor:
        granted |= set(roles.get("auditor", ()))
    return frozenset(granted)


def may(user: User, act: str, row: Held | None = None) -> bool:
    """Whether `user` may do `act`, to `row` where the act is on a row."""
    granted = scopes(user, act)
    if row is None:
        return bool(granted)
    return bool(granted & standing(user, row))


def standing(user: User, row: Held) -> frozenset[str]:
    """The scopes that a row falls in for this user."""
    found = {"all"}
    if row.owner_id is None and row.office_id is None:
        found.add("pool")
    if (row.owner_id is not None and row.owner_id == user.id) or user.id in getattr(row, "member_ids", ()):
        found.add("own")
    if row.office_id is not None and row.office_id in office_ids(user):
        found.add("office")
    return frozenset(found)


def require(user: User, act: str, row: Held | None = None) -> None:
    """Raise Forbidden unless `user` may do `act`."""
    if not may(user, act, row):
        raise Forbidden(N_("您没有权限做这件事。"), act=act)


def require_visible(user: User, act: str, row: Held | None) -> None:
    """Raise NotFound for a row that does not exist or that the user may not know of: the answer is the same."""
    if row is None or not may(user, act, row):
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))


def held_by(model: Any, user: User, act: str, member_ids: Any = None) -> ColumnElement[bool]:
    """The condition under which `user` may do `act` to rows of `model` (columns owner_id, office_id).

    `member_ids` is a scalar subquery of row ids in which the user is a named member. `= any(array(…))` keeps one index
    scan where `or exists` would visit each row.
    """
    granted = scopes(user, act)
    if "all" in granted:
        return true()
    parts: list[ColumnElement[bool]] = []
    if "own" in granted:
        parts.append(model.owner_id == user.id)
        if member_ids is not None:
            parts.append(model.id == any_(func.array(member_ids, type_=ARRAY(BigInteger))))
    if "office" in granted:
        parts.append(model.office_id == any_(literal(sorted(office_ids(user)), ARRAY(BigInteger))))
    if "pool" in granted:
        parts.append(model.owner_id.is_(None) & model.office_id.is_(None))
    return or_(*parts) if parts else false()


def office_ids(user: User) -> frozenset[int]:
    """The user's office and all below it, asked once per loaded user."""
    cached: frozenset[int] | None = user.__dict__.get("_office_ids")
    if cached is None:
        cached = user.__dict__["_office_ids"] = ids_below(user.office_id)
    return cached


def is_manager_of(user: User, office_id: int | None) -> bool:
    """Whether `user` manages the office or one above it."""
    return user.role is Role.MANAGER and office_id in office_ids(user)
