"""Rows of the meeting page and of what if."""

from datetime import timedelta
from typing import Any

from crm.rules import today
from tests.matrix import Route
from tests.matrix.ranking import segment


def note(world: Any, row: Any) -> dict[str, Any]:
    """A note to a colleague below."""
    due_on = today() + timedelta(days=60)
    return {"body": "两周内送样", "owner_id": world.ids["colleague"], "due_on": due_on.isoformat(), "about": ""}


ROUTES = [
    Route("what_if.show", act="figures.read", row="chain"),
    Route("review.show", act="figures.read", row="chain"),
    Route("review.write", "POST", act="instruction.write", args=segment, form=note),
]
