"""Fixtures: a real PostgreSQL with the migrated schema, an application on it, a savepoint per test."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import update
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from app import create_app
from crm.accounts import services as accounts
from crm.accounts.models import User
from crm.config import Settings
from crm.database import SYSTEM, acting_as, db, libpq_url, migrate
from crm.embedded import connect_or_start
from imports import samples
from tests import factories

SECRET = "only-for-tests-0123456789-abcdefghij"
SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """The URL of a throw-away server, shared by the workers of a run."""
    root = tmp_path_factory.getbasetemp()
    data = (root if worker_id == "master" else root.parent) / "server"
    with connect_or_start(data, durable=False) as server:
        yield server.url


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """This worker's name; `master` where the run is not distributed."""
    return os.environ.get("PYTEST_XDIST_WORKER", "master")


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashes of no cost, of the same kind; what they cost in earnest is told in accounts/test_sign_in.py."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "hasher", lambda: quick)
        yield


@pytest.fixture(scope="session")
def template_url(server_url: str, worker_id: str) -> str:
    """A migrated, empty database of this worker's own, to clone others from."""
    return new_database(server_url, f"template_{worker_id}", migrated=True)


@pytest.fixture(scope="session")
def sample_url(template_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the letter's facts and the demo chain, to clone from; its accounts share the tests' password."""
    url = clone(template_url, f"sampled_{worker_id}")
    app = application(url, tmp_path_factory.mktemp("samples"))
    with app.app_context():
        samples.load("letter")
        samples.load("demo")
        with acting_as(SYSTEM):
            db.session.execute(update(User).values(password_hash=factories.password_hash(), must_change_password=False))
        db.session.commit()
        db.session.close()
        db.engine.dispose()
    return url


@pytest.fixture(scope="session")
def database_url(server_url: str, template_url: str, worker_id: str) -> str:
    """The database on which tests run in savepoints."""
    return clone(template_url, f"test_{worker_id}")


def new_database(server_url: str, name: str, *, migrated: bool) -> str:
    """Create a database and perhaps migrate it; returns its URL."""
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    execute(server_url, f'drop database if exists "{name}" with (force)', f'create database "{name}"')
    if migrated:
        migrate(url)
    return url


def clone(url: str, name: str) -> str:
    """A copy of a database that nobody is connected to; returns its URL."""
    source = make_url(url)
    other = source.set(database="postgres").render_as_string(hide_password=False)
    execute(
        other,
        f'drop database if exists "{name}" with (force)',
        f'create database "{name}" template "{source.database}"',
    )
    return source.set(database=name).render_as_string(hide_password=False)


def execute(url: str, *statements: str) -> None:
    """Run statements outside any transaction."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port until the block ends and its last request is answered."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    server.daemon_threads = False  # type: ignore[attr-defined] -- so that closing waits for requests
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class CompiledTemplates(BytecodeCache):
    """Templates that were compiled in this process, for however many applications."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = CompiledTemplates()


def application(url: str, data: Path) -> Flask:
    """An application under test on a database."""
    app = create_app(settings_for(url, data))
    app.jinja_env.bytecode_cache = COMPILED
    return app


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests on the samples and those in Chromium together on one worker (--dist loadgroup), so that each is
    loaded once; begin with the long ones, so that no worker ends with one while the others have nothing left.

    A test that drives a browser or kills processes by the clock is run once more where it fails, for the machine may be
    busy; the report says of each that it was.
    """
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "chromium" in fixtures or item.get_closest_marker("processes"):
            item.add_marker(pytest.mark.flaky(reruns=1))
        if "chromium" in fixtures or "sample_url" in fixtures:
            item.add_marker(pytest.mark.xdist_group("samples"))
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, item.get_closest_marker("browser") is None))


def settings_for(url: str, data: Path) -> Settings:
    """Settings of an application under test."""
    return Settings(env="testing", database_url=url, data=data, secret_key=SECRET, base_url="http://localhost")


@pytest.fixture(scope="session")
def shared_app(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application that savepoint tests share; CSRF is checked by its own tests, with it on."""
    app = application(database_url, tmp_path_factory.mktemp("data"))
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The application within a transaction that is rolled back after the test; a commit ends a savepoint."""
    with shared_app.app_context():
        engine, maker = db.engine, db.sessionmaker
    before = dict(maker.kw)
    with engine.connect() as connection:
        transaction = connection.begin()
        maker.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield shared_app
        maker.kw.clear()
        maker.kw.update(before)
        transaction.rollback()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A database session in which SYSTEM acts, for arranging and looking."""
    with app.app_context(), factories.acting():
        yield db.session


@pytest.fixture
def committed_app(template_url: str, worker_id: str, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own, with real commits: for races, triggers and browsers."""
    url = clone(template_url, f"own_{worker_id}")
    app = application(url, tmp_path)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask):
    """sign_in(user) → a client in whose cookie the user's session lies."""

    def sign_in(user: User) -> FlaskClient:
        return factories.signed_in(app, user)

    return sign_in


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real spreadsheets; a test that asks for it skips where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is absent: it is not part of a user's clone")
    return SHARED / "data"
