"""Rows of home."""

from tests.matrix import Route

ROUTES = [
    Route("home.my_day", act="figures.read"),
]
