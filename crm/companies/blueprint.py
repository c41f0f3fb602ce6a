"""The blueprint of all pages of this slice, and what they share."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext
from sqlalchemy.orm.interfaces import ORMOption

from crm.accounts.access import current_user
from crm.accounts.permissions import require_visible
from crm.companies import places, queries
from crm.companies.models import Company
from crm.database import db, locked

blueprint = Blueprint("companies", __name__)
blueprint.add_app_template_global(places.full_name, "place_name")
blueprint.add_app_template_global(places.last_name, "city_name")


def company_of(
    company_id: int, act: str = "company.card", *, lock: bool = False, load: Sequence[ORMOption] = ()
) -> Company:
    """The company of an address, perhaps under a lock; NotFound if it does not exist or `act` is not given on it.

    `load` says what of its relations is read with it.
    """
    company = locked(db.session, Company, company_id) if lock else db.session.get(Company, company_id, options=load)
    require_visible(current_user, act, company)
    assert company is not None  # require_visible raises for None  # noqa: S101
    return company


def choices_for(text: str) -> list[tuple[int, str, str]]:
    """What a combobox without a script found: (id, name, detail)."""
    found = queries.best(text, current_user)
    return [(company.id, company.name, places.last_name(company.city_code)) for company in found]


def flash_with_undo(text: str, url: str, **values: Any) -> None:
    """Say what was done, with a button that takes it back (macros/flashes.html)."""
    said = {"text": text, "action": gettext("撤销"), "url": url, "values": values}
    flash(said, "success")  # type: ignore[arg-type] # Flask keeps whatever JSON can hold
