"""Rows of trips."""

from typing import Any

from sqlalchemy import select

from crm.database import db
from crm.rules import today
from crm.trips.models import TripStop
from tests.matrix import Route

HEAD = {"name": "示例走访", "starts_on": today().isoformat(), "ends_on": today().isoformat()}


def stop_of(world: Any, row: Any) -> dict[str, int]:
    """The ids of a trip and its stop."""
    with world.app.app_context():
        stop_id = db.session.scalar(select(TripStop.id).where(TripStop.trip_id == row.id))
    return {"trip_id": row.id, "stop_id": stop_id or 1}


def another_stop(world: Any, _row: Any) -> dict[str, Any]:
    """A company of the pool, today."""
    return {"company_id": world.ids["free_company"], "on_day": today().isoformat()}


EDIT: dict[str, Any] = {"act": "trip.edit", "row": "trip"}
STOP: dict[str, Any] = {**EDIT, "args": stop_of}

ROUTES = [
    Route("trips.index", act="trip.read"),
    Route("trips.new", act="trip.create"),
    Route("trips.new", "POST", act="trip.create", form=HEAD),
    Route("trips.show", act="trip.read", row="trip"),
    Route("trips.show_report", act="trip.read", row="trip"),
    Route("trips.download_report", act="trip.read", row="trip"),
    Route("trips.edit", **EDIT),
    Route("trips.edit", "POST", **EDIT, form=HEAD),
    Route("trips.cancel", "POST", **EDIT),
    Route("trips.resume", "POST", **EDIT),
    Route("trips.add_stop", "POST", **EDIT, form=another_stop),
    Route("trips.edit_stop", **STOP),
    Route("trips.edit_stop", "POST", **STOP, form={"on_day": today().isoformat(), "version": 1}),
    Route("trips.remove_stop", "POST", **STOP),
    Route("trips.move_stop", "POST", **STOP, form={"to": "up"}),
]
