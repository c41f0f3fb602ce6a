"""Rows of history."""

from tests.matrix import Route

ROUTES = [
    Route("history.index", act="history.read"),
]
