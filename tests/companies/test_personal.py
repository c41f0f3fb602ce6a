"""Telephone numbers: sealed, masked, found by their tail, erased for good (promise 22)."""

import pytest
from sqlalchemy import cast, select, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.exc import DBAPIError

from crm.companies import extensions, people, personal
from crm.companies.models import Contact, ContactKey, ContactReveal
from crm.database import acting_as, db
from crm.errors import Forbidden, NotFound, RuleError
from crm.history.models import HistoryRow, Redaction
from crm.tokens import query_text
from tests import factories

CANARY = "13812345678"


@pytest.fixture
def contact(company, officer):
    return people.add_contact(company, {"name": "王示例", "title": "董秘", "phone": CANARY}, officer)


@pytest.mark.parametrize(
    ("number", "mask", "tail"),
    [
        ("13812345678", "138****5678", "5678"),
        ("0760-88881234", "0760-****1234", "1234"),
        ("0760-88881234-801", "0760-****1234", "1234"),
        ("010-12345678", "010-****5678", "5678"),
        ("400-123-4567", "400-***-4567", "4567"),
        ("+85212345678", "+852****5678", "5678"),
    ],
)
def test_masks(number, mask, tail):
    assert personal.mask(number) == mask
    assert personal.last4(number) == tail


def test_a_sealed_number_can_be_opened(contact):
    assert personal.open_phone(contact) == CANARY
    assert (contact.phone_mask, contact.phone_last4) == ("138****5678", "5678")


def test_two_seals_of_one_number_share_the_hash_alone(app):
    with app.app_context():
        one, other = personal.seal(CANARY), personal.seal(CANARY)
    assert one.hash == other.hash
    assert one.cipher != other.cipher
    assert one.wrapped_key != other.wrapped_key


def test_a_new_number_replaces_the_key(contact, officer):
    before = db.session.scalar(select(ContactKey.wrapped_key).where(ContactKey.contact_id == contact.id))
    people.edit_contact(contact, {"phone": "13900001111"}, officer)
    after = db.session.scalar(select(ContactKey.wrapped_key).where(ContactKey.contact_id == contact.id))
    assert before != after
    assert personal.open_phone(contact) == "13900001111"


def test_no_number_keeps_the_old_one_and_forget_takes_it_away(contact, officer):
    people.edit_contact(contact, {"name": "王改名", "phone": None}, officer)
    assert personal.open_phone(contact) == CANARY
    people.edit_contact(contact, {"forget_phone": True}, officer)
    assert personal.open_phone(contact) is None
    assert contact.phone_mask is None


def test_one_number_belongs_to_one_person_of_a_company(contact, company, officer):
    with pytest.raises(RuleError):
        people.add_contact(company, {"name": "李示例", "phone": CANARY}, officer)


def test_the_number_stands_nowhere_in_the_database(contact, session):
    session.flush()
    assert holding(session, CANARY) == []
    assert holding(session, "王示例") != [], "the search itself works"


def test_erasing_leaves_nothing_to_read(contact, session, manager):
    told = []
    extensions.erasures.append(lambda erased, number: told.append((erased.id, number)))
    try:
        people.erase_contact(contact, manager)
    finally:
        extensions.erasures.pop()
    assert told == [(contact.id, CANARY)]
    assert personal.open_phone(contact) is None
    assert (contact.name, contact.title) == (personal.ERASED_NAME, "")
    assert session.get(ContactKey, contact.id, populate_existing=True) is None
    with pytest.raises(NotFound):
        people.reveal_phone(contact, "再看一次", manager)


def test_an_erased_person_is_read_in_no_table_and_the_company_s_history_stays(contact, company, manager, session):
    people.edit_contact(contact, {"name": "王改名", "title": "总经办主任", "source": "示例名片"}, manager)
    changes = select(HistoryRow).where(HistoryRow.table_name == "contacts", HistoryRow.row_id == contact.id)
    before = len(session.scalars(changes).all())
    people.erase_contact(contact, manager)
    session.expire_all()
    rows = session.scalars(changes).all()
    assert len(rows) > before
    assert {row.after["company_id"] for row in rows} == {company.id}
    for word in ("王示例", "王改名", "董秘", "总经办主任", "示例名片", "138****5678"):
        assert holding(session, word) == [], word
    assert len(session.scalars(select(Redaction)).all()) == len(rows)
    assert len(set(session.scalars(select(Redaction.history_id)))) == len(rows)


def test_history_of_a_known_person_or_of_other_fields_cannot_be_blanked(contact, manager, session):
    blank = "update history set after = after || '{\"name\": \"\"}' where table_name = 'contacts' and after is not null"
    refused(session, blank)
    people.erase_contact(contact, manager)
    refused(session, "update history set after = after || '{\"company_id\": 1}' where table_name = 'contacts'")
    refused(session, "update history set after = after || '{\"name\": \"李\"}' where table_name = 'contacts'")
    refused(session, "delete from history_redactions")


def refused(session, statement):
    with pytest.raises(DBAPIError, match="history cannot be changed"), session.begin_nested():
        session.execute(text(statement))


def test_a_reveal_is_one_history_row(contact, officer, session):
    with acting_as(officer.id):
        assert people.reveal_phone(contact, "约上门", officer) == CANARY
        session.flush()
    row = session.scalars(select(HistoryRow).where(HistoryRow.table_name == "contact_reveals")).one()
    assert row.actor_id == officer.id
    assert row.after["reason"] == "约上门"
    assert session.scalars(select(ContactReveal)).one().user_id == officer.id


def test_only_the_holder_and_her_manager_may_reveal(contact, stranger, office):
    colleague = factories.User(office=office)
    for user in (stranger, colleague):
        with pytest.raises(Forbidden):
            people.reveal_phone(contact, "好奇", user)


def test_pages_show_the_mask_and_the_number_only_on_request(contact, company, officer, sign_in, capfd):
    client = sign_in(officer)
    for path in (f"/companies/{company.id}", f"/contacts/{contact.id}/edit", f"/contacts/{contact.id}/reveal"):
        page = client.get(path).get_data(as_text=True)
        assert CANARY not in page
    assert "138****5678" in client.get(f"/companies/{company.id}").get_data(as_text=True)
    answer = client.post(f"/contacts/{contact.id}/reveal", data={"reason": "约上门"})
    assert CANARY in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post(f"/contacts/{contact.id}/reveal", data={"reason": " "}).status_code == 422
    assert CANARY not in capfd.readouterr().err


def holding(session, needle):
    """The tables of which some row's text holds something."""
    tables = session.scalars(
        text("select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace")
    ).all()
    asked = "select exists (select from {} t where t::text like :needle)"
    return [table for table in tables if session.scalar(text(asked.format(table)), {"needle": f"%{needle}%"})]


@pytest.mark.parametrize("asked", ["王示例", "示例", "王", "wang", "wsl", "5678"])
def test_a_contact_is_found_by_name_and_tail(asked, contact, session):
    found = select(Contact.id).where(Contact.search.op("@@")(cast(query_text(asked), TSQUERY)))
    assert session.scalars(found).all() == [contact.id]
