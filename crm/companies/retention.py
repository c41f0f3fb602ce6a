"""保存期限 of contacts (PIPL art. 19, 47): warned before it ends, forgotten when it has ended.

Whoever follows the company is told `WARNED` days before; who still needs the contact writes a later day. A contact
whose day has passed is erased by the system at night, as by hand.
"""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Select, func, select

from crm.accounts.models import User
from crm.companies import personal
from crm.companies.models import Company, Contact
from crm.database import SYSTEM, acting_as, db
from crm.jobs import queue
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.rules import SHANGHAI

#: So many days before the end of a contact's term its company's owner is told.
WARNED = 14


@queue.periodic(cron="40 16 * * *")
@queue.task(name="keep_contacts_terms", queueing_lock="keep_contacts_terms")
def keep_contacts_terms(timestamp: int) -> None:
    """Soon after midnight in China, after missed nights too: forget what is due and warn of what will be."""
    keep_terms(datetime.fromtimestamp(timestamp, UTC).astimezone(SHANGHAI).date())
    db.session.commit()


def keep_terms(day: date) -> int:
    """Erase the contacts whose term ended before `day`, warn of those that end soon; how many were erased."""
    with acting_as(SYSTEM):
        ended = db.session.scalars(ended_before(day).with_for_update(of=Contact)).all()
        for contact in ended:
            personal.erase(contact)
        for owner, count, last in db.session.execute(ending(day)):
            key = f"contacts until {last}"
            notify(owner, key=key, kind=NoticeKind.CONTACT_EXPIRES, url="/contacts/expiring", count=count)
    return len(ended)


def ended_before(day: date) -> Select[Contact]:
    """The contacts that should have been forgotten before a day."""
    return select(Contact).where(Contact.erased_at.is_(None), Contact.expires_on < day)


def ending(day: date) -> Select[User, int, date | None]:
    """(owner, how many of her companies' contacts, their day) of the days that come within WARNED days."""
    soon = Contact.expires_on.between(day, day + timedelta(days=WARNED))
    query = select(User, func.count(), Contact.expires_on).join(Company, Company.owner_id == User.id)
    query = query.join(Contact, Contact.company_id == Company.id).where(Contact.erased_at.is_(None), soon)
    return query.group_by(User.id, Contact.expires_on)
