"""The arranged world of the route table, once per run, and the connection on which each request is rolled back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from crm.database import db
from tests.conftest import application, clone
from tests.content import content_hash
from tests.matrix.world import World, arrange


@pytest.fixture(scope="session")
def world(template_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The arranged world, in a database of its own."""
    app = application(clone(template_url, f"matrix_{worker_id}"), tmp_path_factory.mktemp("matrix"))
    app.config["WTF_CSRF_ENABLED"] = False
    yield arrange(app)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def untouched(world: World) -> str:
    """The content before any request."""
    with world.app.app_context(), db.engine.connect() as connection:
        return content_hash(connection)


@pytest.fixture(scope="session")
def connection(world: World) -> Iterator[Connection]:
    """The connection on which all requests run, each in a transaction that is rolled back."""
    with world.app.app_context():
        engine, maker = db.engine, db.sessionmaker
    before = dict(maker.kw)
    with engine.connect() as connection:
        maker.configure(bind=connection, join_transaction_mode="create_savepoint")
        yield connection
        maker.kw.clear()
        maker.kw.update(before)
