"""The acts on contacts. Each asks for its permission; the caller commits."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies import personal
from crm.companies.models import Company, Contact, ContactReveal
from crm.companies.services import require_active
from crm.database import N_, db
from crm.errors import NotFound, RuleError

COLUMNS = ("name", "title", "purpose", "basis", "source", "collected_on", "expires_on")


def add_contact(company: Company, values: Mapping[str, Any], by: User) -> Contact:
    """Add a person at a company: columns, and `phone` as rules.phone gives it."""
    require(by, "contact.create", company)
    require_active(company)
    contact = Contact(company=company, **{column: values[column] for column in COLUMNS if column in values})
    db.session.add(contact)
    set_phone(contact, values.get("phone"))
    return contact


def edit_contact(contact: Contact, values: Mapping[str, Any], by: User) -> None:
    """Set what `values` holds. A `phone` replaces the number; `forget_phone` takes it away; neither leaves it."""
    require(by, "contact.edit", contact.company)
    require_active(contact.company)
    require_known(contact)
    for column in COLUMNS:
        if column in values:
            setattr(contact, column, values[column])
    if values.get("phone") or values.get("forget_phone"):
        set_phone(contact, values.get("phone"))
    else:
        contact.search = personal.search_text(contact.name, contact.phone_last4)
    db.session.flush()


def set_phone(contact: Contact, number: str | None) -> None:
    """Seal a number; RuleError if somebody else at the company has it."""
    if number:
        same = select(Contact.name).where(
            Contact.company_id == contact.company.id,
            Contact.phone_hash == personal.phone_hash(number),
            Contact.id != (contact.id or 0),
        )
        with db.session.no_autoflush:
            other = db.session.scalars(same.limit(1)).first()
        if other is not None:
            raise RuleError(N_("这家企业的联系人“%(name)s”已经用这个号码。"), name=other)
    personal.seal_phone(contact, number)


def reveal_phone(contact: Contact, reason: str, by: User) -> str | None:
    """The full number, against a reason that is recorded; None if there is none."""
    require(by, "contact.reveal", contact.company)
    require_known(contact)
    db.session.add(ContactReveal(contact_id=contact.id, user_id=by.id, reason=reason))
    db.session.flush()
    return personal.open_phone(contact)


def erase_contact(contact: Contact, by: User) -> None:
    """Forget a person for good (PIPL art. 47)."""
    require(by, "contact.erase", contact.company)
    require_known(contact)
    personal.erase(contact)


def require_known(contact: Contact) -> None:
    """Raise NotFound for an erased contact: nothing is left to act on."""
    if contact.is_erased:
        raise NotFound(N_("这位联系人的信息已按要求删除。"))
