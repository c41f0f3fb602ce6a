"""An unsafe route takes no request without this session's own token (promise 18)."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection

from tests.content import was_written
from tests.matrix import Route, routes
from tests.matrix.test_matrix import address, given
from tests.matrix.world import World

UNSAFE = [route for route in routes() if route.method != "GET"]


@pytest.fixture
def guarded(world: World, connection: Connection) -> Iterator[World]:
    """The world with tokens asked for."""
    world.app.config["WTF_CSRF_ENABLED"] = True
    yield world
    world.app.config["WTF_CSRF_ENABLED"] = False


def token_of(client: FlaskClient) -> str:
    """The token of a client's session."""
    answer = client.get("/csrf-token").get_json()
    return str(answer["token"])


@pytest.mark.parametrize("route", UNSAFE, ids=lambda route: route.id)
def test_no_token_and_a_foreign_token_are_refused(
    route: Route, guarded: World, connection: Connection, untouched: str
) -> None:
    row = next(iter(guarded.placements(route.row, "admin").values()))
    with guarded.app.test_request_context():
        path = address(guarded.app, route, guarded, row)
    foreign = token_of(guarded.client("officer"))
    for token in ({}, {"csrf_token": foreign}, {"csrf_token": ""}, {"csrf_token": "forged.token"}):
        with connection.begin() as transaction:
            form = {**given(route.form, guarded, row), **token}
            answer = guarded.client("admin").open(path, method=route.method, data=form)
            assert answer.status_code == 400
            assert not was_written(connection, untouched)
            transaction.rollback()


def test_ones_own_token_is_taken(guarded: World, connection: Connection) -> None:
    client = guarded.client("officer")
    with connection.begin() as transaction:
        form = {"display_name": "我", "locale": "zh", "version": 1, "csrf_token": token_of(client)}
        assert client.post("/profile", data=form).status_code == 302
        transaction.rollback()
