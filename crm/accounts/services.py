"""Signing in and out, and the acts on accounts."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select

from crm.accounts.models import SignIn, SignInSession, User
from crm.database import N_, db
from crm.errors import CrmError

#: Five failures lock a name for 15 minutes; an address may fail more often, since an office shares one (promise 19).
LOCK_FOR = timedelta(minutes=15)
FAILURES_OF_NAME = 5
FAILURES_OF_ADDRESS = 50
IDLE = timedelta(minutes=30)
LIFETIME = timedelta(hours=12)
#: `seen_at` is written at most this often, so that reading pages does not write at each request.
SEEN_EVERY = timedelta(seconds=60)


class SignInRefused(CrmError):
    """Unknown name, wrong password, disabled or locked: one answer for all of them."""

    status = 401


@cache
def hasher() -> PasswordHasher:
    """Argon2id with the library's current defaults (RFC 9106, low memory)."""
    return PasswordHasher()


@cache
def _decoy() -> str:
    return hasher().hash(secrets.token_hex(16))


def sign_in(name: str, password: str, address: str | None, request_id: str = "") -> tuple[User, str]:
    """Check a name and a password; return the user and the new session's token.

    Raises SignInRefused; either way the try is recorded, so the caller commits in both cases.
    """
    name = name.strip().lower()[:64]
    user = db.session.scalars(select(User).where(User.name == name)).one_or_none()
    # An unknown name costs the same time as a wrong password.
    matches = verify(user.password_hash if user else _decoy(), password)
    allowed = matches and user is not None and user.is_active and not is_locked(name, address)
    db.session.add(SignIn(name=name, address=address, succeeded=allowed, request_id=request_id))
    if not allowed or user is None:
        raise SignInRefused(N_("用户名或密码不对，或账号暂时不能登录。连续输错 5 次会锁定 15 分钟。"))
    return user, open_session(user)


def verify(password_hash: str, password: str) -> bool:
    """Whether the password has this hash."""
    try:
        return hasher().verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def is_locked(name: str, address: str | None) -> bool:
    """Whether failures of the last 15 minutes, since the last success, lock the name or the address."""
    since = datetime.now(UTC) - LOCK_FOR
    last_success = (
        select(func.coalesce(func.max(SignIn.at), since)).where(SignIn.name == name, SignIn.succeeded).scalar_subquery()
    )
    failed = select(func.count()).select_from(SignIn).where(SignIn.at > since, ~SignIn.succeeded)
    of_name = db.session.scalar(failed.where(SignIn.name == name, SignIn.at > last_success)) or 0
    of_address = db.session.scalar(failed.where(SignIn.address == address)) or 0 if address else 0
    return of_name >= FAILURES_OF_NAME or of_address >= FAILURES_OF_ADDRESS


def open_session(user: User) -> str:
    """Start a session; the returned token is stored nowhere but in the cookie."""
    token = secrets.token_urlsafe(32)
    db.session.add(SignInSession(token_hash=digest(token), user_id=user.id))
    return token


def session_of(token: str) -> SignInSession | None:
    """The living session of a token: not idle for 30 minutes, not older than 12 hours, its user not disabled."""
    now = datetime.now(UTC)
    found = db.session.scalars(select(SignInSession).where(SignInSession.token_hash == digest(token))).one_or_none()
    if found is None or not found.user.is_active:
        return None
    return found if now - found.seen_at < IDLE and now - found.created_at < LIFETIME else None


def close_session(token: str) -> None:
    """Sign out."""
    db.session.execute(delete(SignInSession).where(SignInSession.token_hash == digest(token)))


def close_sessions_of(user: User, but: str | None = None) -> None:
    """End all sessions of a user (disabled, other role, other password), keeping that of the token `but`."""
    ending = delete(SignInSession).where(SignInSession.user_id == user.id)
    db.session.execute(ending.where(SignInSession.token_hash != digest(but)) if but else ending)


def digest(token: str) -> str:
    """SHA-256, hex: tokens are random, so no salt or slow hash is due."""
    return hashlib.sha256(token.encode()).hexdigest()
