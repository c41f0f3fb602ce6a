"""Pages of events."""

from typing import Any

from sqlalchemy.orm import selectinload

from crm.database import N_
from crm.landing import extensions
from crm.landing.events.entries import EVENT, GUEST
from crm.landing.events.models import Event
from crm.landing.pages import Pages, cards_of
from crm.pagination import Sort


class EventPages(Pages):
    """Events, the latest first."""

    noun = EVENT
    parts = (GUEST,)
    icon = "calendar-event"
    list_template = "landing/events.html"
    columns = ("kind", "starts_on", "place", "chain")
    show_template = "landing/event.html"
    lead = N_("谁来了、谈出了什么线索、后来成了哪些项目。")

    def sort(self) -> Sort:
        """By their day."""
        return Sort(Event.starts_on, Event.id, descending=True)

    def query(self) -> Any:
        """With their guests."""
        return super().query().options(selectinload(Event.guests))

    def shown(self, row: Event) -> dict[str, Any]:
        """What higher slices know of what came of it."""
        return {"cards": cards_of(extensions.event_sections, row)}


blueprints = (EventPages().blueprint(),)
