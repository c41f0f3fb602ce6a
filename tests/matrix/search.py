"""Rows of search."""

from tests.matrix import Route

ROUTES = [
    Route("search.index", act="company.card"),
]
