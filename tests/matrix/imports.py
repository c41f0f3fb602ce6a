"""Rows of imports."""

from tests.matrix import Route

ROUTES = [
    Route("imports.index", act="import.create"),
]
