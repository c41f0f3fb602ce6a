"""The database: base class, column types named once, the acting user, versions.

Every business row has an immutable bigint id and is under history: the database itself refuses a write for which
nobody answers (see crm/history/triggers.py).
"""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

import psycopg
from alembic import command
from alembic.config import Config
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    FetchedValue,
    Identity,
    MetaData,
    Numeric,
    String,
    Text,
    event,
    func,
    text,
)
from sqlalchemy import Enum as EnumType
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from crm.config import Settings
from crm.embedded import connect_or_start
from crm.errors import Conflict

#: Constraint names follow one convention, so that a migration can name what it drops.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Row = TypeVar("Row")

#: The actor of acts that no person does (seals, reminders, the first account).
SYSTEM = 0

Id = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Name = Annotated[str, mapped_column(String(200))]
Prose = Annotated[str, mapped_column(Text)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Wan = Annotated[Decimal, mapped_column(Numeric(16, 4))]
Area = Annotated[Decimal, mapped_column(Numeric(14, 2))]
Created = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
SearchVector = Annotated[
    Any, mapped_column(TSVECTOR, deferred=True, info={"unrecorded": True}, server_default=text("''::tsvector"))
]


class Base(DeclarativeBase):
    """All tables; `__history__ = None` or the reason why a table is not under history."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True), int: BigInteger}
    __history__: ClassVar[str | None] = None


class Versioned:
    """A row that people edit: a trigger raises `version` at each update, set-based SQL included."""

    version: Mapped[int] = mapped_column(
        BigInteger, server_default=text("1"), server_onupdate=FetchedValue(), info={"unrecorded": True}, sort_order=900
    )
    created_at: Mapped[Created] = mapped_column(sort_order=901)
    updated_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True),
        server_default=func.now(),
        server_onupdate=FetchedValue(),
        info={"unrecorded": True},
        sort_order=902,
    )


class Labelled(StrEnum):
    """An enumeration whose members carry their Chinese word, which is also the message id."""

    label: str

    def __new__(cls, value: str, label: str = "") -> "Labelled":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


def N_(message: str) -> str:
    """Mark a message for extraction where it is defined but not yet shown."""
    return message


def choice(enum: type[Enum], name: str = "") -> EnumType:
    """A text column restricted to an enumeration's values by a check constraint, `name`d where a table has two."""
    return EnumType(
        enum,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


@dataclass(frozen=True)
class Actor:
    """Who answers for the writes of a transaction, and in which request or import batch they were made."""

    user_id: int
    request_id: str = ""
    batch_id: int | None = None


MIGRATIONS = Path(__file__).parent.parent / "migrations"

db = SQLAlchemy(
    # Values of a failed statement are names and numbers of people: they do not belong into a log (promise 23).
    engine_options={
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "pool_recycle": 1800,
        "hide_parameters": True,
    },
    session_options={"expire_on_commit": False},
)


def init_app(app: Flask, settings: Settings) -> None:
    """Set up the engine. The embedded server is joined or started at the first connection, not before."""
    app.config["SQLALCHEMY_ENGINES"] = {
        "default": {"url": "postgresql+psycopg://", "creator": lambda: psycopg.connect(libpq_url(url_of(settings)))}
    }
    db.init_app(app)
    # The extension also closes async sessions, through an event loop at the end of every request; we have none.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]


@cache
def url_of(settings: Settings) -> str:
    """The SQLAlchemy URL of the installation's database; starts the embedded server where none is set."""
    if settings.database_url:
        return settings.database_url
    server = connect_or_start(settings.data)
    atexit.register(server.close)
    return server.url


def libpq_url(url: str) -> str:
    """An SQLAlchemy URL as libpq, psycopg and procrastinate read it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def alembic_config(url: str) -> Config:
    """Alembic's settings for a database, without an ini file."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring a database's schema to a revision."""
    command.upgrade(alembic_config(url), revision)


@event.listens_for(Session, "after_begin")
def declare_actor(session: Session, _transaction: Any, connection: Connection) -> None:
    """Tell the database who acts; transaction-local, so a pooled connection keeps nothing."""
    if (actor := session.info.get("actor")) is not None:
        _set_actor(connection, actor)


def _set_actor(connection: Connection, actor: Actor | None) -> None:
    values = {
        "actor": "" if actor is None else str(actor.user_id),
        "request": "" if actor is None else actor.request_id,
        "batch": "" if actor is None or actor.batch_id is None else str(actor.batch_id),
    }
    connection.execute(
        text(
            "select set_config('crm.actor', :actor, true), set_config('crm.request', :request, true),"
            " set_config('crm.batch', :batch, true)"
        ),
        values,
    )


def set_actor(session: Session, actor: Actor | None) -> None:
    """Make `actor` answer for the session's writes from now on, within an open transaction too."""
    session.info["actor"] = actor
    if session.in_transaction():
        _set_actor(session.connection(), actor)


@contextmanager
def acting_as(
    user_id: int, *, request_id: str = "", batch_id: int | None = None, session: Session | None = None
) -> Iterator[Session]:
    """Let a user (or SYSTEM) answer for the writes of a block. The caller commits."""
    session = session or db.session
    before = session.info.get("actor")
    set_actor(session, Actor(user_id, request_id, batch_id))
    try:
        yield session
        if session.in_transaction():
            session.flush()  # what is pending belongs to this actor, not to whoever acts next
            _set_actor(session.connection(), before)
    finally:
        session.info["actor"] = before


def require_version(row: Versioned, expected: int | None, **shown: Any) -> None:
    """Raise Conflict unless the form was made from the version that is stored (promise 5).

    The row must have been loaded FOR UPDATE (`locked`), else two writers could both pass.
    """
    if expected is None or row.version != expected:
        raise Conflict("这条记录刚被别人改过，您的修改还没有保存。", current=row, expected=expected, **shown)


def locked(session: Session, model: type[Row], row_id: int) -> Row | None:
    """The row under a lock until the transaction ends, read afresh; None if there is none."""
    return session.get(model, row_id, with_for_update=True, populate_existing=True)
