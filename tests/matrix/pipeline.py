"""Rows of pipeline."""

from tests.matrix import Route

ROUTES = [
    Route("pipeline.board", act="figures.read"),
]
