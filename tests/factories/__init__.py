"""Makers of rows for tests: `factories.Company()` writes one with sensible values, in the current session.

Rows are flushed, not committed; SYSTEM answers for them unless the test acts as somebody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import factory
from factory.alchemy import SQLAlchemyModelFactory
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts import models as accounts
from crm.accounts import services
from crm.accounts.services import open_session
from crm.chain import models as chain
from crm.chain.models import Position
from crm.companies import models as companies
from crm.database import SYSTEM, acting_as, db
from crm.interactions import models as interactions
from crm.pipeline import models as pipeline

PASSWORD = "Ceshi-2026-mima"


@contextmanager
def acting(user_id: int = SYSTEM) -> Iterator[Session]:
    """Let SYSTEM (or a user) answer for the rows made in the block."""
    with acting_as(user_id) as session:
        yield session


def signed_in(app: Flask, user: accounts.User) -> FlaskClient:
    """A client with a session of the user."""
    user_id = user.id
    if db_session := _current_session():
        db_session.flush()
        token = open_session(user)
        db_session.commit()
    else:
        with app.app_context():
            token = open_session(db.session.get_one(accounts.User, user_id))
            db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def _current_session() -> Session | None:
    try:
        return db.session
    except RuntimeError:
        return None


class Base(SQLAlchemyModelFactory):
    """Writes into the current session."""

    class Meta:
        abstract = True
        sqlalchemy_session_factory = lambda: db.session  # noqa: E731 -- factory-boy wants a callable attribute
        sqlalchemy_session_persistence = "flush"


class Office(Base):
    class Meta:
        model = accounts.Office

    name = factory.Sequence(lambda n: f"招商{n}科")


class User(Base):
    class Meta:
        model = accounts.User

    name = factory.Sequence(lambda n: f"user{n}")
    display_name = factory.Sequence(lambda n: f"专员{n}")
    role = accounts.Role.OFFICER
    office = factory.SubFactory(Office)
    password_hash = factory.LazyFunction(lambda: password_hash())  # noqa: PLW0108 -- defined below


_HASHES: list[str] = []


def password_hash() -> str:
    """Argon2id is slow on purpose, so the one password is hashed once."""
    if not _HASHES:
        _HASHES.append(services.hasher().hash(PASSWORD))
    return _HASHES[0]


class Chain(Base):
    class Meta:
        model = chain.Chain

    slug = factory.Sequence(lambda n: f"chain-{n}")
    name = factory.Sequence(lambda n: f"测试链{n}")


class Segment(Base):
    class Meta:
        model = chain.Segment

    chain = factory.SubFactory(Chain)
    name = factory.Sequence(lambda n: f"环节{n}")
    position = Position.MID
    importance = 3


class Company(Base):
    class Meta:
        model = companies.Company

    name = factory.Sequence(lambda n: f"测试{n}号激光科技有限公司")
    name_key = factory.LazyAttribute(lambda row: row.name)
    pinyin_key = factory.Sequence(lambda n: f"ceshi{n:06d}")

    @classmethod
    def _create(cls, model: type, *args: Any, **kwargs: Any) -> companies.Company:
        if owner := kwargs.get("owner"):
            kwargs.setdefault("office", owner.office)
        return super()._create(model, *args, **kwargs)


class Contact(Base):
    class Meta:
        model = companies.Contact

    company = factory.SubFactory(Company)
    name = factory.Sequence(lambda n: f"联系人{n}")


class TargetList(Base):
    class Meta:
        model = companies.TargetList

    name = factory.Sequence(lambda n: f"清单{n}")


class Interaction(Base):
    """`company=` links it."""

    class Meta:
        model = interactions.Interaction
        exclude = ("company",)

    company = None
    kind = interactions.InteractionKind.VISIT
    happened_on = date(2026, 1, 5)
    owner = factory.SubFactory(User)
    office = factory.SelfAttribute("owner.office")
    entered_by = factory.SelfAttribute("owner")
    summary = "参观车间，谈到二期扩产。"
    companies = factory.LazyAttribute(
        lambda row: [interactions.InteractionCompany(company=row.company)] if row.company else []
    )


class Task(Base):
    class Meta:
        model = interactions.Task

    title = factory.Sequence(lambda n: f"待办{n}")
    owner = factory.SubFactory(User)
    office_id = factory.LazyAttribute(lambda row: row.owner.office_id)
    created_by = factory.SelfAttribute("owner")


def route(slug: str = "greenfield") -> pipeline.Route:
    """One of the default routes."""
    return db.session.scalars(select(pipeline.Route).where(pipeline.Route.slug == slug)).one()


class Project(Base):
    """Opens at the route's first stage; `stage=` or `stage_name=` takes it over at another."""

    class Meta:
        model = pipeline.Project
        exclude = ("stage_name",)

    stage_name = "线索"
    name = factory.Sequence(lambda n: f"测试项目{n}")
    pinyin_key = factory.Sequence(lambda n: f"xiangmu{n:06d}")
    company = factory.SubFactory(Company)
    route = factory.LazyFunction(route)
    stage = factory.LazyAttribute(lambda row: next(s for s in row.route.stages if s.name == row.stage_name))
    stage_since = date(2026, 1, 5)
    owner = factory.SubFactory(User)
    office = factory.LazyAttribute(lambda row: row.owner.office if row.owner else None)

    @classmethod
    def _create(cls, model: type, *args: Any, **kwargs: Any) -> pipeline.Project:
        project: pipeline.Project = super()._create(model, *args, **kwargs)
        first = project.stage.ordinal == 0
        kind = pipeline.ChangeKind.OPENING if first else pipeline.ChangeKind.IMPORTED
        change = pipeline.StageChange(kind=kind, to_stage=project.stage, on_day=project.stage_since)
        change.by = project.owner or User()
        project.stage_changes.append(change)
        db.session.flush()
        return project
