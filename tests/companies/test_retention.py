"""Contacts whose term ends: warned of once, forgotten when it has ended, kept on with a later day."""

from datetime import date, timedelta

from sqlalchemy import select

from crm.companies import people
from crm.companies.models import ContactKey
from crm.companies.retention import WARNED, keep_terms
from crm.database import db
from crm.interactions.models import InteractionContact
from crm.notices.models import Notice
from tests import factories

DAY = date(2026, 11, 24)


def contact_until(company, officer, day, name="王示例"):
    values = {"name": name, "phone": f"1380000{day.toordinal() % 10_000:04d}", "expires_on": day}
    return people.add_contact(company, values, officer)


def test_what_has_ended_is_forgotten_and_what_ends_soon_is_told_once(session):
    officer = factories.User()
    company = factories.Company(owner=officer, office=officer.office)
    ended = contact_until(company, officer, DAY - timedelta(days=1))
    last_day = contact_until(company, officer, DAY, "李示例")
    soon = contact_until(company, officer, DAY + timedelta(days=WARNED), "张示例")
    later = contact_until(company, officer, DAY + timedelta(days=WARNED + 1), "赵示例")
    session.flush()
    assert keep_terms(DAY) == 1
    assert keep_terms(DAY) == 0
    session.expire_all()
    assert ended.is_erased
    assert ended.phone_mask is None
    assert session.scalar(select(ContactKey.contact_id).where(ContactKey.contact_id == ended.id)) is None
    assert not any(each.is_erased for each in (last_day, soon, later))
    told = db.session.scalars(select(Notice).where(Notice.user_id == officer.id)).all()
    assert sorted(each.key[-10:] for each in told) == [DAY.isoformat(), (DAY + timedelta(days=WARNED)).isoformat()]


def test_after_missed_nights_all_that_ended_is_forgotten(session):
    officer = factories.User()
    company = factories.Company(owner=officer, office=officer.office)
    for days in (1, 30, 300):
        contact_until(company, officer, DAY - timedelta(days=days))
    session.flush()
    assert keep_terms(DAY) == 3


def test_the_page_of_ends_and_a_later_day(session, sign_in):
    officer = factories.User()
    company = factories.Company(owner=officer, office=officer.office)
    contact = contact_until(company, officer, date.today() + timedelta(days=3))  # noqa: DTZ011 -- as the page asks
    client = sign_in(officer)
    assert contact.name in client.get("/contacts/expiring").get_data(as_text=True)
    contact.expires_on += timedelta(days=365)
    session.flush()
    assert "没有即将到期" in client.get("/contacts/expiring").get_data(as_text=True)


def test_all_that_is_held_about_a_person_stands_on_one_page(session, sign_in):
    officer = factories.User(display_name="林岚")
    company = factories.Company(owner=officer, office=officer.office)
    values = {"name": "王示例", "phone": "13812345678", "purpose": "招商联络", "basis": "本人同意", "source": "名片"}
    contact = people.add_contact(company, values, officer)
    visit = factories.Interaction(company=company, owner=officer)
    visit.contacts.append(InteractionContact(contact=contact))
    session.flush()
    people.reveal_phone(contact, "约上门时间", officer)
    page = sign_in(officer).get(f"/contacts/{contact.id}/record").get_data(as_text=True)
    for words in ("招商联络", "本人同意", "名片", "138****5678", "约上门时间", "林岚", f"/interactions/{visit.id}"):
        assert words in page, words
    assert "13812345678" not in page
