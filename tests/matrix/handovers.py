"""Rows of handovers."""

from typing import Any

from tests.matrix import Route


def to_an_officer(world: Any, _row: Any) -> dict[str, Any]:
    """To an officer of the office; more than the preview shows, so that the number alone refuses."""
    return {"to_id": world.users["officer"], "reason": "调离本科室", "expected": 10**6}


ROUTES = [
    Route("handovers.index", act="hand_over.create"),
    Route("handovers.new", act="hand_over.create", row="user"),
    Route("handovers.new", "POST", act="hand_over.create", row="user", form=to_an_officer, ok=409),
    Route("handovers.show", act="hand_over.read", row="hand_over"),
    Route("handovers.undo", "POST", act="hand_over.create", row="hand_over"),
]
