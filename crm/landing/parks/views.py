"""Pages of parks."""

from collections.abc import Sequence
from typing import Any

from crm.database import N_
from crm.landing import extensions
from crm.landing.pages import Pages, cards_of
from crm.landing.parks.entries import BUILDING, PARCEL, PARK
from crm.landing.parks.models import Park


class ParkPages(Pages):
    """Parks with what is free and what is held of them."""

    noun = PARK
    parts = (PARCEL, BUILDING)
    icon = "map-pin"
    list_template, show_template = "landing/parks/index.html", "landing/parks/show.html"
    lead = N_("规划面积和可供用地分开；已预留的不会超过可供的。")

    def around(self, rows: Sequence[Park]) -> dict[str, Any]:
        """What is held of each park of the list."""
        return {"held": extensions.held_of([park.id for park in rows])}

    def shown(self, row: Park) -> dict[str, Any]:
        """What is held, and what higher slices add: projects that fit, reservations, occupancy."""
        return {
            "held": extensions.held_of([row.id])[row.id],
            "cards": cards_of(extensions.park_sections, row),
        }


blueprints = (ParkPages().blueprint(),)
