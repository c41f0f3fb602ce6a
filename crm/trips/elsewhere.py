"""What trips tell the pages of contacts. `register` is called by app.py once."""

from collections.abc import Sequence

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import db
from crm.interactions import extensions
from crm.rules import today
from crm.trips import queries, services


def register() -> None:
    """Offer today's stops where a visit is logged, and let visits fill in plans; a second call changes nothing."""
    if planned_today in extensions.planned_today:
        return
    extensions.planned_today.append(planned_today)
    extensions.after_logging.append(services.fulfil)


def planned_today(user: User) -> Sequence[Company]:
    """The companies that the user is to visit today and has not yet."""
    return [stop.company for stop in db.session.scalars(queries.open_stops(user, today(), today()))]
