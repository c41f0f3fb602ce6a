"""Every role × every route × every placement of a row: equal to the permission table (promises 12 and 13).

A GET writes nothing at all (promise 18).
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection
from werkzeug.test import TestResponse

from crm.accounts.permissions import TABLE
from tests.content import was_written
from tests.matrix import Route, Values, routes
from tests.matrix.world import ROLES, Row, World

ROUTES = routes()
#: What a placement makes of a row for the one who asks, in the words of permissions.toml.
STANDING = {
    "own": {"own", "office", "all"},
    "archived": {"own", "office", "all"},
    "office": {"office", "all"},
    "other": {"all"},
    "pool": {"pool", "all"},
    "member": {"own", "all"},
    "restricted": set(),
    "missing": set(),
    "any": {"all"},
}
REFUSED = {401, 403, 404, 409, 422}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.id)
def test_status_equals_the_table(route: Route, world: World, connection: Connection, untouched: str) -> None:
    wrong = []
    for role in roles(route):
        for placement, row in world.placements(route.row, role).items():
            if route.only and placement not in route.only:
                continue
            with connection.begin() as transaction:
                answer = ask(world, route, role, row)
                wanted = expected(route, role, placement)
                if answer.status_code != wanted:
                    wrong.append(f"{role}, {placement}: {answer.status_code} instead of {wanted}{said(answer)}")
                must_not_write = route.method == "GET" or answer.status_code in REFUSED
                if must_not_write and was_written(connection, untouched):
                    wrong.append(f"{role}, {placement}: {answer.status_code}, yet something was written")
                transaction.rollback()
    assert not wrong, "\n".join([route.id, *wrong])


def roles(route: Route) -> list[str]:
    """Who asks: an auditor is an administrator where the table has nothing of her own."""
    acts = {act for act in (route.act, route.guard) if act}
    audits = any("auditor" in TABLE_OF_ACTS[noun][verb] for noun, verb in (act.split(".") for act in acts))
    return ["anonymous", *(role for role in ROLES if audits or role != "auditor")]


def test_each_route_has_a_row(world: World) -> None:
    served = {
        (rule.endpoint, method)
        for rule in world.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    listed = {(route.endpoint, route.method) for route in ROUTES}
    assert not served - listed, "routes without a row in tests/matrix"
    assert not listed - served, "rows in tests/matrix without a route"


def test_rows_name_the_act_of_the_guard(world: World) -> None:
    guards = {name: getattr(view, "act", None) for name, view in world.app.view_functions.items()}
    differing = [
        f"{route.id}: needs({guards[route.endpoint]!r}), the row says {route.guard or route.act!r}"
        for route in ROUTES
        if guards[route.endpoint] != (route.guard or route.act)
    ]
    assert not differing


def expected(route: Route, role: str, placement: str) -> int:
    """The status that permissions.toml asks for."""
    if route.act is None:
        return route.status(placement)
    if role == "anonymous":
        return 302 if route.method == "GET" else 401
    if not scopes(role, route.guard or route.act):
        return 403
    if route.row is None:
        return route.status(placement) if scopes(role, route.act) else 403
    standing = STANDING[placement]
    if not scopes(role, route.visible_by or route.act) & standing:
        return 404
    return route.status(placement) if scopes(role, route.act) & standing else 403


def scopes(role: str, act: str) -> set[str]:
    """The scopes of a role, read from the file itself: the code under test has its own reader."""
    noun, verb = act.split(".")
    granted = TABLE_OF_ACTS[noun][verb]
    own = set(granted.get("admin" if role == "auditor" else role, ()))
    return own | set(granted.get("auditor", ())) if role == "auditor" else own


TABLE_OF_ACTS: dict[str, Any] = tomllib.loads(Path(TABLE).read_text("utf-8"))


def ask(world: World, route: Route, role: str, row: Row | None) -> TestResponse:
    """Make the request."""
    with world.app.test_request_context():
        path = address(world.app, route, world, row)
    form = {**({"version": row.version} if row and row.version else {}), **given(route.form, world, row)}
    return world.client(role).open(
        path,
        method=route.method,
        query_string=dict(given(route.query, world, row)),
        data=None if route.method == "GET" else form,
        headers={"Accept": "text/html"},
    )


def address(app: Flask, route: Route, world: World, row: Row | None) -> str:
    """The URL's path: a rule's only argument is the row's id, or its slug."""
    arguments = set.union(*(set(rule.arguments) for rule in app.url_map.iter_rules(route.endpoint)))
    values = dict(given(route.args, world, row))
    if not values and len(arguments) == 1 and row is not None:
        [name] = arguments
        values = {name: row.slug if name == "slug" else row.id}
    return app.url_for(route.endpoint, **values)


def given(values: Values, world: World, row: Row | None) -> Any:
    """Values as they are, or made for a row."""
    return values(world, row) if callable(values) else values


def said(answer: TestResponse) -> str:
    """The sentence of an error page and the complaints of a form, to see at once why an answer differs."""
    text = answer.get_data(as_text=True)
    marks = ('class="field-error"', 'class="error-page-text"')
    found = [text[at : at + 200].split("\n")[0] for mark in marks if (at := text.find(mark)) >= 0]
    return f" {found}" if found else ""
