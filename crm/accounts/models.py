"""Users, their offices and roles, sessions and the record of sign-ins."""

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.database import N_, Base, Created, Id, Instant, Labelled, Name, Versioned, choice


class Role(Labelled):
    """What a user is; what a role may do is data: permissions.toml."""

    OFFICER = "officer", N_("招商专员")
    MANAGER = "manager", N_("负责人")
    LEADER = "leader", N_("分管领导")
    ADMIN = "admin", N_("管理员")


class Office(Versioned, Base):
    """部门. Offices form a tree; who may read an office may read those below it."""

    __tablename__ = "offices"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"), index=True)
    #: 统筹部门: decides over 首谈.
    is_coordinating: Mapped[bool] = mapped_column(server_default=text("false"))

    parent: Mapped["Office | None"] = relationship(remote_side="Office.id")

    __table_args__ = (CheckConstraint("parent_id <> id", "not_own_parent"),)


class User(Versioned, Base):
    """A person who signs in. Never deleted: history names her; disabled instead."""

    __tablename__ = "users"

    id: Mapped[Id]
    #: The sign-in name: lower case, compared as such.
    name: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[Name]
    role: Mapped[Role] = mapped_column(choice(Role))
    is_auditor: Mapped[bool] = mapped_column(server_default=text("false"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200), info={"unrecorded": True})
    password_changed_at: Mapped[Created]
    #: A one-time password must be replaced at the first sign-in.
    must_change_password: Mapped[bool] = mapped_column(server_default=text("false"))
    disabled_at: Mapped[Instant | None]
    #: Since when she also signs in with a code (second_factor.py).
    second_factor_since: Mapped[Instant | None]
    locale: Mapped[str] = mapped_column(String(8), server_default="zh")

    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (CheckConstraint("name = lower(name)", "name_lower"),)

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    def __str__(self) -> str:
        return self.display_name


class SecondFactor(Base):
    """The secret of a user's codes, encrypted, and the step of the last one: a code counts once."""

    __tablename__ = "second_factors"
    __history__ = "holds a secret and changes at each sign-in; that it was set up is recorded in users"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    cipher: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int]


class FormerPassword(Base):
    """The last passwords' hashes: 等保 forbids the reuse of five."""

    __tablename__ = "former_passwords"
    __history__ = "holds only hashes of secrets, which history must not keep"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Created]


class SignInSession(Base):
    """A server-side session: the cookie carries a random token, the row only its SHA-256."""

    __tablename__ = "sign_in_sessions"
    __history__ = "changes at each request; sign-ins themselves are recorded in sign_ins"

    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[Created]
    #: The last request that a person made; polling does not count.
    seen_at: Mapped[Created]

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class SignIn(Base):
    """A try to sign in: what limits are counted from, and what an auditor reads. Kept ≥ 183 days (promise 9)."""

    __tablename__ = "sign_ins"
    __history__ = "is itself an append-only record"

    id: Mapped[Id]
    at: Mapped[Created]
    name: Mapped[str] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(INET)
    succeeded: Mapped[bool]
    request_id: Mapped[str] = mapped_column(String(64), server_default="")

    __table_args__ = (Index("ix_sign_ins_name_at", "name", "at"), Index("ix_sign_ins_address_at", "address", "at"))


class Setting(Versioned, Base):
    """A figure that an installation may change (limits, thresholds); defaults stand in settings.py."""

    __tablename__ = "settings"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    value: Mapped[Any] = mapped_column(JSONB)
    note: Mapped[str] = mapped_column(String(500), server_default="")
