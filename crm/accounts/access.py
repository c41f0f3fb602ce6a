"""Who is signed in, and the guard in front of every view.

A view says which act it needs (`needs`) or that it is for everybody (`public`); one that says neither is refused.
The guard decides by role; what a row asks beyond that, the view asks of permissions.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from werkzeug.local import LocalProxy

from crm.accounts import second_factor
from crm.accounts.models import SignInSession, User
from crm.accounts.permissions import require
from crm.accounts.services import SEEN_EVERY, session_of
from crm.database import Actor, db, set_actor

View = TypeVar("View", bound=Callable[..., Any])

current_user = cast(User, LocalProxy(lambda: g.user))


def needs(act: str, *, polls: bool = False) -> Callable[[View], View]:
    """Mark a view as open to whoever may do `act` to some row. One that polls does not keep a session alive."""

    def mark(view: View) -> View:
        view.act = act  # type: ignore[attr-defined]
        view.polls = polls  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open without signing in."""
    view.act = None  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Put the guard in front of every request."""
    app.before_request(identify)
    app.before_request(guard)
    app.context_processor(lambda: {"current_user": g.get("user")})


def identify() -> None:
    """Find the user of the cookie's token and let her answer for what the request writes."""
    g.user = None
    if request.endpoint == "static" or "token" not in session:
        return
    found = session_of(session["token"])
    if found is None:
        session.clear()
        return
    g.user = found.user
    set_actor(db.session, Actor(found.user.id, g.request_id))
    keep_alive(found)


def keep_alive(found: SignInSession) -> None:
    """Note that a person was here, apart from the request's own transaction."""
    view = current_app.view_functions.get(request.endpoint or "")  # None at an address that does not exist
    if getattr(view, "polls", False) or datetime.now(UTC) - found.seen_at < SEEN_EVERY:
        return
    with db.engine.begin() as connection:
        connection.execute(update(SignInSession).where(SignInSession.id == found.id).values(seen_at=datetime.now(UTC)))


def guard() -> ResponseReturnValue | None:
    """Refuse a request whose user may not do the view's act."""
    if request.endpoint is None:
        return None if g.user else to_sign_in()
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "act"):
        if request.endpoint == "static":
            return None
        abort(403)
    if view.act is None:
        return None
    if g.user is None:
        return to_sign_in()
    if (due := first_to_do(g.user)) and request.endpoint not in (due, "accounts.sign_out"):
        return redirect(url_for(due))
    require(g.user, view.act)
    return None


def first_to_do(user: User) -> str | None:
    """The page on which a user has to do something before she may go on."""
    if user.must_change_password:
        return "accounts.password"
    return "accounts.set_second_factor" if second_factor.is_due(user) else None


def to_sign_in() -> ResponseReturnValue:
    """A page sends its reader to sign in and back; anything else is told 401."""
    if request.method == "GET" and request.accept_mimetypes.accept_html and "HX-Request" not in request.headers:
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    abort(401)
