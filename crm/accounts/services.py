"""Signing in and out, and the acts on accounts."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select

from crm.accounts import passwords, second_factor
from crm.accounts.models import FormerPassword, Office, Role, SignIn, SignInSession, User
from crm.accounts.queries import ids_below
from crm.database import N_, acting_as, db
from crm.errors import CrmError, Forbidden, RuleError

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


def sign_in(name: str, password: str, address: str | None, request_id: str = "", code: str = "") -> str:
    """Check a name, a password and perhaps a code (second_factor.py); return the new session's token.

    Raises SignInRefused; either way the try is recorded, so the caller commits in both cases.
    """
    name = name.strip().lower()[:64]
    user = db.session.scalars(select(User).where(User.name == name)).one_or_none()
    # An unknown name costs the same time as a wrong password.
    matches = verify(user.password_hash if user else _decoy(), password)
    # One try of a name after the other, so that many at once cannot guess past the limit.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext("sign in " + name))))
    allowed = matches and user is not None and user.is_active and not is_locked(name, address)
    allowed = allowed and user is not None and second_factor.accepts(user, code)
    db.session.add(SignIn(name=name, address=address, succeeded=allowed, request_id=request_id))
    if not allowed or user is None:
        raise SignInRefused(N_("用户名或密码不对，或账号暂时不能登录。连续输错 5 次会锁定 15 分钟。"))
    if passwords.is_due(user.password_changed_at, datetime.now(UTC), passwords.policy()):
        with acting_as(user.id, request_id=request_id):
            user.must_change_password = True
    return open_session(user)


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


# Passwords


def change_password(user: User, current: str, new: str, token: str) -> None:
    """Change one's own password and end all one's sessions but that of `token`.

    Raises RuleError where the current password is wrong or the new one does not keep to the policy.
    """
    if not verify(user.password_hash, current):
        raise RuleError(N_("现在的密码不对。"))
    rules = passwords.policy()
    passwords.require_good(new, user.name, rules)
    if verify(user.password_hash, new) or any(verify(old, new) for old in former_hashes(user, rules.remembered - 1)):
        raise RuleError(N_("新密码不能和最近用过的密码相同。"))
    set_password(user, new, must_change=False)
    close_sessions_of(user, but=token)


def former_hashes(user: User, count: int) -> list[str]:
    """The hashes of the user's last passwords before the present one."""
    newest = select(FormerPassword.password_hash).where(FormerPassword.user_id == user.id)
    return list(db.session.scalars(newest.order_by(FormerPassword.id.desc()).limit(max(count, 0))))


def set_password(user: User, password: str, *, must_change: bool) -> None:
    """Replace a user's password, remembering the former one's hash."""
    db.session.add(FormerPassword(user_id=user.id, password_hash=user.password_hash))
    user.password_hash = hasher().hash(password)
    user.password_changed_at = datetime.now(UTC)
    user.must_change_password = must_change


def reset_password(user: User, by: User) -> str:
    """Give a user a one-time password, returned once, and end her sessions; her second factor goes too, since who
    has lost her phone comes for this. Raises Forbidden for oneself."""
    if user.id == by.id:
        raise Forbidden(N_("自己的密码请在“修改密码”里改。"))
    password = passwords.one_time()
    set_password(user, password, must_change=True)
    second_factor.remove(user)
    close_sessions_of(user)
    return password


# Users


def create_user(values: dict[str, Any]) -> tuple[User, str]:
    """Add a user with a one-time password, returned once. Raises RuleError where the name is taken."""
    if db.session.scalar(select(User.id).where(User.name == values["name"])):
        raise RuleError(N_("用户名“%(name)s”已经有人用了。"), name=values["name"])
    password = passwords.one_time()
    user = User(password_hash=hasher().hash(password), must_change_password=True, **judged(values))
    db.session.add(user)
    db.session.flush()  # the id is shown
    return user, password


def edit_user(user: User, values: dict[str, Any], by: User) -> None:
    """Change a user's name, role, office and flag; who may do something else signs in again.

    Raises Forbidden for one's own role, one's own auditor's flag and the last administrator.
    """
    values = judged(values)
    if user.id == by.id and (values["role"] is not user.role or (values["is_auditor"] and not user.is_auditor)):
        raise Forbidden(N_("不能修改自己的角色，也不能把自己设为审计员。"))
    if values["role"] is not Role.ADMIN:
        require_another_admin(user)
    rights = (user.role, user.office_id, user.is_auditor)
    for key, value in values.items():
        setattr(user, key, value)
    if (user.role, user.office_id, user.is_auditor) != rights:
        close_sessions_of(user)


def judged(values: dict[str, Any]) -> dict[str, Any]:
    """A user's values: only an administrator can be an auditor; the office must exist."""
    if db.session.get(Office, values["office_id"]) is None:
        raise RuleError(N_("没有这个部门。"))
    return {**values, "is_auditor": values["is_auditor"] and values["role"] is Role.ADMIN}


def disable(user: User, by: User) -> None:
    """Let a user no longer sign in, at once. Raises Forbidden for oneself and the last administrator."""
    if user.id == by.id:
        raise Forbidden(N_("不能停用自己。"))
    require_another_admin(user)
    user.disabled_at = user.disabled_at or datetime.now(UTC)
    close_sessions_of(user)


def enable(user: User) -> None:
    """Let a disabled user sign in again."""
    user.disabled_at = None


def require_another_admin(user: User) -> None:
    """Raise Forbidden where `user` is the last active administrator; locks them all, so two cannot leave at once."""
    active = select(User.id).where(User.role == Role.ADMIN, User.disabled_at.is_(None)).order_by(User.id)
    admins = db.session.scalars(active.with_for_update(of=User)).all()
    if list(admins) == [user.id]:
        raise Forbidden(N_("至少要留一名在用的管理员。"))


# Offices


def add_office(values: dict[str, Any]) -> Office:
    """Add an office. Raises RuleError where the name is taken."""
    office = Office(**values)
    require_free_name(office)
    db.session.add(office)
    return office


def edit_office(office: Office, values: dict[str, Any]) -> None:
    """Rename or move an office. Raises RuleError where the name is taken or it would stand below itself."""
    if values["parent_id"] in ids_below(office.id):
        raise RuleError(N_("部门不能放在自己或自己的下级部门之下。"))
    for key, value in values.items():
        setattr(office, key, value)
    require_free_name(office)


def require_free_name(office: Office) -> None:
    """Raise RuleError where another office has the name."""
    with db.session.no_autoflush:
        found = db.session.scalar(select(Office.id).where(Office.name == office.name))
    if found not in (None, office.id):
        raise RuleError(N_("已经有叫“%(name)s”的部门。"), name=office.name)
