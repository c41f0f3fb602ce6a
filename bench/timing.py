"""Server time of pages, beside a bare Flask page that runs the same statements."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import Flask, request
from flask.testing import FlaskClient
from psycopg_pool import ConnectionPool
from sqlalchemy import event, select

from crm.accounts.models import User
from crm.accounts.services import open_session
from crm.database import db, libpq_url

WARM_UPS = 10


@dataclass(frozen=True)
class Times:
    """Milliseconds of many requests."""

    milliseconds: Sequence[float]

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        """What 19 of 20 requests stay below."""
        return statistics.quantiles(self.milliseconds, n=20)[-1]


@dataclass(frozen=True)
class Statement:
    """A statement that a page sent, as the driver took it."""

    text: str
    parameters: Any


def signed_in(app: Flask, user_name: str) -> FlaskClient:
    """A browser in which the user is signed in."""
    with app.app_context():
        user = db.session.scalars(select(User).where(User.name == user_name)).one()
        token = open_session(user)
        db.session.commit()
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def statements_of(app: Flask, client: FlaskClient, path: str) -> list[Statement]:
    """The statements that a page sends. Raises AssertionError when the page does not answer 200."""
    sent: list[Statement] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, *_: Any) -> None:
        sent.append(Statement(text, parameters))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        response = client.get(path)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert response.status_code == 200, f"{path}: {response.status}"
    return sent


def bare_page(url: str) -> tuple[Flask, list[Statement]]:
    """A Flask application whose one page runs the statements in the list and answers with their number of rows."""
    app, statements = Flask("bare"), list[Statement]()
    pool = ConnectionPool(libpq_url(url), min_size=1, open=True)

    @app.get("/bare")
    def bare() -> str:
        with pool.connection() as connection:
            return f"{request.path}: {sum(run(connection, statement) for statement in statements)}"

    return app, statements


def run(connection: psycopg.Connection, statement: Statement) -> int:
    """Run a statement and read its rows; how many there were."""
    cursor = connection.execute(statement.text, statement.parameters)
    return len(cursor.fetchall()) if cursor.description else 0


def timed(get: Callable[[], Any]) -> float:
    """Milliseconds of a call."""
    started = time.perf_counter()
    get()
    return (time.perf_counter() - started) * 1000


def compare(app: Flask, client: FlaskClient, url: str, paths: Sequence[str], count: int) -> tuple[Times, Times]:
    """The page's times and the bare page's, taken in turn, so that both meet the same state of the machine.

    `paths` are the page with different arguments, taken one after the other.
    """
    bare_app, statements = bare_page(url)
    bare_client = bare_app.test_client()
    pages: list[float] = []
    bares: list[float] = []
    for number in range(WARM_UPS + count):
        path = paths[number % len(paths)]
        statements[:] = statements_of(app, client, path)
        page, bare = timed(lambda: client.get(path)), timed(lambda: bare_client.get("/bare"))  # noqa: B023 -- called at once
        if number >= WARM_UPS:
            pages.append(page)
            bares.append(bare)
    return Times(pages), Times(bares)
