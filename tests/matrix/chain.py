"""Rows of chain."""

from tests.matrix import Route

ROUTES = [
    Route("chain.index", act="figures.read"),
]
