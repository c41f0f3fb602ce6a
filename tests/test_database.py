"""Actors and versions, where only the database can be trusted to hold them."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from crm.accounts.models import Office
from crm.companies.models import Company
from crm.database import acting_as, db, locked, require_version
from crm.errors import Conflict
from crm.history.models import HistoryRow
from tests import factories


def test_a_write_without_an_actor_is_refused(committed_app: Flask) -> None:
    with committed_app.app_context():
        db.session.add(Office(name="无人负责科"))
        with pytest.raises(DBAPIError, match="needs an actor"):
            db.session.commit()
        db.session.rollback()
        assert db.session.scalars(select(Office)).all() == []


def test_the_actor_does_not_outlive_its_transaction(committed_app: Flask) -> None:
    with committed_app.app_context():
        with acting_as(7):
            db.session.add(Office(name="一科"))
        db.session.commit()
        db.session.add(Office(name="二科"))
        with pytest.raises(DBAPIError, match="needs an actor"):
            db.session.commit()


def test_history_names_who_in_which_request_and_batch(session: Session) -> None:
    with acting_as(42, request_id="abc", batch_id=3):
        company = factories.Company(name="示例企业")
    row = session.scalars(select(HistoryRow).where(HistoryRow.table_name == "companies")).one()
    assert (row.actor_id, row.request_id, row.batch_id, row.row_id) == (42, "abc", 3, company.id)
    assert row.after is not None
    assert row.after["name"] == "示例企业"
    assert "search" not in row.after


def test_nested_actors_answer_for_their_own_rows(session: Session) -> None:
    with acting_as(1):
        with acting_as(2):
            factories.Office(name="内层")
        factories.Office(name="外层")
    rows = session.scalars(select(HistoryRow).where(HistoryRow.table_name == "offices"))
    assert {row.after["name"]: row.actor_id for row in rows if row.after} == {"内层": 2, "外层": 1}


def test_an_update_that_changes_nothing_leaves_no_trace(session: Session) -> None:
    company = factories.Company()
    session.execute(update(Company).values(name=Company.name))
    session.refresh(company)
    assert company.version == 1
    rows = select(HistoryRow.operation).where(HistoryRow.table_name == "companies", HistoryRow.row_id == company.id)
    assert list(session.scalars(rows)) == ["insert"]


def test_set_based_updates_raise_the_version(session: Session) -> None:
    company = factories.Company()
    session.execute(update(Company).values(address="示例路 1 号"))
    session.refresh(company)
    assert company.version == 2


def test_a_derived_column_does_not_raise_the_version(session: Session) -> None:
    company = factories.Company()
    session.execute(update(Company).values(last_contact_on=date(2026, 1, 5)))
    session.refresh(company)
    assert (company.version, company.last_contact_on) == (1, date(2026, 1, 5))


@pytest.mark.parametrize("statement", ["update history set actor_id = 1", "delete from history", "truncate history"])
def test_history_cannot_be_changed(session: Session, statement: str) -> None:
    factories.Office()
    with pytest.raises(DBAPIError, match="history cannot be changed"), session.begin_nested():
        session.execute(text(statement))


def test_require_version(session: Session) -> None:
    company = locked(session, Company, factories.Company().id)
    assert company is not None
    require_version(company, 1)
    for stale in (None, 0, 2):
        with pytest.raises(Conflict):
            require_version(company, stale)


def test_ids_cannot_be_chosen_or_changed(session: Session) -> None:
    office = factories.Office()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("update offices set id = 99 where id = :id"), {"id": office.id})


@pytest.mark.parametrize(
    "values",
    [{"name": " "}, {"uscc": "91440300ABC"}, {"employees": -1}, {"capital_wan": -1}],
    ids=["blank name", "short code", "employees", "capital"],
)
def test_rules_stand_in_the_database_too(session: Session, values: dict[str, object]) -> None:
    company = factories.Company()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(Company).where(Company.id == company.id).values(values))
