"""Saved views: the query string of board, table or timeline under a name, private or for an office."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Select, select, update

from crm.accounts.models import User
from crm.accounts.permissions import may, require
from crm.accounts.queries import above
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline.filters import READERS
from crm.pipeline.models import SavedView

#: What a view keeps of a query string; a cursor or a selection is of the moment.
KEPT = (*READERS, "view", "sort", "columns")


def query_of(args: Mapping[str, str]) -> str:
    """What a view keeps of a query string, in a fixed order."""
    return urlencode([(key, args[key]) for key in KEPT if args.get(key, "").strip()])


def arguments_of(view: SavedView) -> str:
    """The query string that a view stands for; `saved` names it."""
    return urlencode([*parse_qsl(view.query), ("saved", view.id)])


def offered(user: User) -> Select[SavedView]:
    """The views that a user may open: her own, and those shared by her office or one above it."""
    return _reaching(user).order_by(SavedView.is_shared, SavedView.name, SavedView.id)


def default_of(user: User) -> SavedView | None:
    """The view that opens by itself: her own default, else that of the nearest office."""
    return db.session.scalars(_reaching(user, is_default=True).limit(1)).one_or_none()


def _reaching(user: User, *, is_default: bool = False) -> Select[SavedView]:
    """The views that reach a user; the defaults among them in the order in which they come before each other."""
    offices = above(user.office_id)
    is_near = offices.c.id.isnot(None)
    query = select(SavedView).outerjoin(offices, offices.c.id == SavedView.office_id)
    if is_default:
        of_hers = (SavedView.owner_id == user.id) & ~SavedView.is_shared
        query = query.where(SavedView.is_default, of_hers | (SavedView.is_shared & is_near))
        return query.order_by(SavedView.is_shared, offices.c.depth)
    return query.where((SavedView.owner_id == user.id) | (SavedView.is_shared & is_near))


def save(view: SavedView, name: str, query: str, *, is_shared: bool, is_default: bool, by: User) -> SavedView:
    """Keep a view, new or changed. RuleError where somebody but a manager would set what her whole office opens."""
    if is_shared and is_default and not may(by, "saved_view.set_default"):
        raise RuleError(N_("本部门打开看板时的默认视图由部门负责人设置；您可以只共享，或存为自己的默认视图。"))
    if view not in db.session:
        view.owner, view.owner_id, view.office_id = by, by.id, by.office_id
    if is_default:
        _clear_default(view, is_shared)
    view.name, view.query = name, query_of(dict(parse_qsl(query)))
    view.is_shared, view.is_default = is_shared, is_default
    db.session.add(view)
    db.session.flush()
    return view


def _clear_default(view: SavedView, is_shared: bool) -> None:
    """One default each: the one before steps down."""
    of_whom = SavedView.office_id == view.office_id if is_shared else SavedView.owner_id == view.owner_id
    others = of_whom & (SavedView.is_shared == is_shared) & SavedView.is_default
    db.session.execute(update(SavedView).where(others, SavedView.id != (view.id or 0)).values(is_default=False))


def delete(view: SavedView, by: User) -> None:
    """Throw a view away."""
    require(by, "saved_view.edit", view)
    db.session.delete(view)
    db.session.flush()
