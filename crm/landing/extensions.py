"""What higher slices add to the pages of landing. They provide a function, app.py appends it here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement

from crm.accounts.models import User
from crm.companies.extensions import Section

if TYPE_CHECKING:
    from crm.landing.events.models import Event
    from crm.landing.parks.models import Park
    from crm.landing.sheets import Table

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Held:
    """What of a park is held for projects."""

    land_mu: Decimal = NOTHING
    floor_m2: Decimal = NOTHING
    projects: int = 0


#: What is held of parks, for a whole page at once.
holdings: list[Callable[[Sequence[int]], Mapping[int, Held]]] = []
#: Further cards of a park's page; None where there is nothing to show to this user.
park_sections: list[Callable[["Park", User], Section | None]] = []
#: Further cards of an event's page.
event_sections: list[Callable[["Event", User], Section | None]] = []
#: {noun's key: functions}: further sheets of a catalogue's workbook, each with what the user may know of.
more_sheets: dict[str, list[Callable[[User], "Table"]]] = {}
#: Each gives the condition on Draw under which it is hidden from a user: it was made for something she may not know of.
hidden_draws: list[Callable[[User], ColumnElement[bool]]] = []


def held_of(park_ids: Sequence[int]) -> dict[int, Held]:
    """What is held of each of the parks."""
    found = {park_id: Held() for park_id in park_ids}
    for source in holdings:
        found.update(source(park_ids))
    return found
