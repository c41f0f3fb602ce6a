"""Rows of companies."""

from tests.matrix import Route

ROUTES = [
    Route("companies.index", act="company.card"),
]
