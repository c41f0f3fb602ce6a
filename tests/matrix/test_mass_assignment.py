"""Fields that a form does not have change nothing (promise 15): nobody gets rows, roles or offices by adding them."""

from typing import Any

import pytest
from sqlalchemy import Connection, text

from crm.history.triggers import tables_under_history
from tests.matrix import Route, routes
from tests.matrix.test_matrix import address, given
from tests.matrix.world import World

UNSAFE = [route for route in routes() if route.method != "GET" and route.act is not None]


def extras(world: World) -> dict[str, Any]:
    """What an officer would like to be, or to hand to a stranger of another office."""
    people = ("owner_id", "by_id", "author_id", "created_by_id", "entered_by_id", "user_id", "sponsor_id")
    return {
        **dict.fromkeys(people, world.ids["stranger"]),
        "office_id": world.ids["other_office"],
        "role": "admin",
        "is_auditor": "y",
        "password_hash": "x",
        "archived_at": "2020-01-01",
        "created_at": "2020-01-01",
        "id": 1,
    }


def pointing_to_strangers(connection: Connection, world: World) -> dict[str, int]:
    """How many rows of each column point to the stranger, or to her office."""
    wanted = {"users": world.ids["stranger"], "offices": world.ids["other_office"]}
    counts = {
        f"{table.name}.{column.name}": f"select count(*) from {table.name} where {column.name} = {wanted[target]}"  # noqa: S608
        for table in tables_under_history()
        for column in table.columns
        for target in (key.column.table.name for key in column.foreign_keys)
        if target in wanted
    }
    rows = connection.execute(text("select " + ", ".join(f"({query})" for query in counts.values()))).one()
    return dict(zip(counts, rows, strict=True))


def roles_of_users(connection: Connection) -> list[Any]:
    """What the users are."""
    query = text("select id, role, is_auditor, office_id, disabled_at, name from users order by id")
    return [tuple(row) for row in connection.execute(query)]


@pytest.mark.parametrize("route", UNSAFE, ids=lambda route: route.id)
def test_extra_fields_change_nothing(route: Route, world: World, connection: Connection) -> None:
    rows = world.placements(route.row, "officer")
    row = rows.get("own", next(iter(rows.values())))
    with world.app.test_request_context():
        path = address(world.app, route, world, row)
    with connection.begin() as transaction:
        before = pointing_to_strangers(connection, world), roles_of_users(connection)
        valid = given(route.form, world, row)
        form = {**extras(world), "version": row.version if row and row.version else 1, **valid}
        world.client("officer").open(path, method=route.method, data=form)
        assert (pointing_to_strangers(connection, world), roles_of_users(connection)) == before
        transaction.rollback()
