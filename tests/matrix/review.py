"""Rows of the meeting page and of what if."""

from typing import Any

from tests.matrix import Route
from tests.matrix.ranking import segment


def note(world: Any, row: Any) -> dict[str, Any]:
    """A note to a colleague below."""
    return {"body": "两周内送样", "owner_id": world.ids["colleague"], "due_on": "2030-01-15", "about": ""}


ROUTES = [
    Route("what_if.show", act="figures.read", row="chain"),
    Route("review.show", act="figures.read", row="chain"),
    Route("review.write", "POST", act="instruction.write", args=segment, form=note),
]
