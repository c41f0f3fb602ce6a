"""Rows of interactions."""

from tests.matrix import Route

ROUTES = [
    Route("interactions.new", act="interaction.create"),
]
