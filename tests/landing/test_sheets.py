"""Sheets of catalogues: what is exported can be imported again, and nothing in it runs."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Role, User
from crm.database import acting_as, db
from crm.landing import sheets
from crm.landing.dossiers.entries import NOTE, ROSTER
from crm.landing.entries import Noun
from crm.landing.events.entries import EVENT, GUEST
from crm.landing.experts.entries import CONFLICT, EXPERT
from crm.landing.institutions.entries import FIGURE, INSTITUTION, PARTNER, PLATFORM, RESEARCH_PROJECT
from crm.landing.locals.entries import GROWTH, NEED, WISH
from crm.landing.parks.entries import BUILDING, PARCEL, PARK
from crm.landing.parks.models import Park
from crm.landing.plans.entries import ITEM, PLAN, PROGRESS, PROPOSAL, TASK
from crm.landing.policies.entries import CONDITION, FUND, FUND_YEAR, GRADE, PAYMENT, POLICY, REVIEW
from crm.pipeline import offers
from crm.pipeline.models import EventProject, ParkReservation
from crm.rules import today
from imports import apply, columns, feeds, samples, services, undo
from imports.feeds.landing import NOUNS as LANDING
from imports.models import Batch
from imports.problems import HeadNotFound
from imports.workbook import Sheet
from tests import factories
from tests.conftest import application, clone
from tests.factories import landing

DANGEROUS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "＝1+1", " =1", "http://example.com/"]
NOUNS = (PARK, PARCEL, BUILDING, FUND, FUND_YEAR, POLICY, CONDITION, REVIEW, GRADE, PAYMENT, INSTITUTION, FIGURE)
NOUNS += (PLATFORM, RESEARCH_PROJECT, EXPERT, CONFLICT, GROWTH, NEED, WISH)
NOUNS += (PARTNER, PLAN, TASK, PROGRESS, PROPOSAL, ITEM, EVENT, GUEST, NOTE, ROSTER)


@pytest.fixture(scope="module")
def letter(template_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The letter's facts and a row of each other noun, committed."""
    app = application(clone(template_url, f"sheets_{worker_id}"), tmp_path_factory.mktemp("sheets"))
    with app.app_context():
        samples.load("letter")
        with acting_as(0):
            park = landing.row(PARK, name="示例园", free_mu=100, town="示例镇")
            for part in (PARCEL, BUILDING):
                landing.row(part, park=park)
            for noun in (FUND_YEAR, PAYMENT, CONDITION, REVIEW, PROGRESS, GUEST, PLATFORM, RESEARCH_PROJECT, CONFLICT):
                landing.row(noun)
            for noun in (GROWTH, NEED, WISH):
                landing.row(noun, company=factories.Company(name=f"示例{noun.key}激光"))
        db.session.commit()
        yield db.session
        db.session.rollback()
        db.engine.dispose()


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.key)
def test_what_is_exported_is_imported_as_unchanged(letter: Session, noun: Noun) -> None:
    rows = letter.scalars(select(noun.model)).all()
    content = sheets.workbook([sheets.of_noun(noun, rows)])
    loader = samples.loading_account()
    with acting_as(loader.id):
        batch = services.take(content, f"{noun.label}.xlsx", loader, feed=noun.plural.replace("-", "_"))
    with acting_as(loader.id, batch_id=batch.id):
        apply.apply(batch, loader)
    assert len(rows) > 0
    assert (batch.read, batch.unchanged) == (len(rows), len(rows))
    letter.rollback()


@pytest.mark.parametrize("noun", LANDING, ids=lambda noun: noun.key)
def test_an_exported_sheet_is_recognised_by_its_header(shared_app: Flask, noun: Noun) -> None:
    """Without being told the kind: the offered feed whose fields the header names best."""
    sheet = Sheet("x", rows=[(1, list(sheets.of_noun(noun, []).head))])
    named = {}
    for feed in feeds.all_feeds():
        with contextlib.suppress(HeadNotFound):
            named[feed.key] = len(columns.find_head(sheet, feed.fields).mapping) if feed.offered else 0
    assert max(named, key=lambda key: named[key]) == noun.plural.replace("-", "_")


def test_nothing_that_looks_like_a_formula_runs(session: Session) -> None:
    for name in DANGEROUS:
        landing.row(PARK, name=name)
    rows = session.scalars(select(Park).order_by(Park.id)).all()
    book = openpyxl.load_workbook(BytesIO(sheets.workbook([sheets.of_noun(PARK, rows)])))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == DANGEROUS
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.hyperlink for cell in cells} == {None}


def test_a_sheet_is_named_whatever_its_noun_is_called() -> None:
    book = openpyxl.load_workbook(BytesIO(sheets.workbook([sheets.Table("a/b:c?[d]*" * 9, ["x"], [["y"]])])))
    assert len(book.sheetnames[0]) <= 31


def test_undo_takes_parks_back_with_their_parcels(letter: Session) -> None:
    loader = samples.loading_account()
    batches = [
        taken("园区名称,可供用地(亩)\n示例新园,50\n", "parks", loader),
        taken("园区名称,地块名称\n示例新园,A-01\n示例园,A-02\n", "parcels", loader),
    ]
    for batch in reversed(batches):
        with acting_as(loader.id):
            assert undo.undo(batch, loader) == 0
    assert letter.scalars(select(Park).filter_by(name="示例新园")).first() is None
    letter.rollback()


def test_what_is_held_and_what_came_of_events_is_exported_as_it_is_imported(letter: Session) -> None:
    with acting_as(0):
        park = landing.row(PARK, name="示例外园", free_mu=100)
        event = landing.row(EVENT, name="示例推介会")
        manager = factories.User(role=Role.MANAGER)
        own, hidden = factories.Project(name="示例透镜基地", owner=manager), factories.Project(name="别科室的项目")
        until = today() + timedelta(days=30)
        for project in (own, hidden):
            letter.add(ParkReservation(project=project, park=park, land_mu=10, until=until, by=manager))
            letter.add(EventProject(project=project, event=event))
        letter.flush()
        tables = [offers.held_sheet(manager), offers.projects_sheet(manager)]
        book = openpyxl.load_workbook(BytesIO(sheets.workbook(tables)))
    held, came = ([[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book)
    assert held[1:] == [["示例透镜基地", "示例外园", 10, "", until.isoformat(), ""]]
    assert came[1:] == [["示例推介会", "示例透镜基地"]]
    for key, rows in (("park_reservations", held), ("event_projects", came)):
        content = "\n".join(",".join(str(cell) for cell in row) for row in rows)
        assert taken(content, key, manager).unchanged == 1
    letter.rollback()


def test_what_a_project_holds_is_imported(letter: Session) -> None:
    with acting_as(0):
        manager = factories.User(role=Role.MANAGER)
        project = factories.Project(name="示例晶体基地", owner=manager)
        hidden = factories.Project(name="别科室的项目")
        letter.commit()
    content = f"项目名称,园区名称,预留用地(亩),预留到\n{project.name},示例园,10,30天后\n{hidden.name},示例园,1,30天后\n"
    batch = taken(content, "park_reservations", manager)
    assert (batch.created, batch.rejected) == (1, 1)
    assert project.has_reservation
    assert not hidden.has_reservation
    letter.rollback()


def taken(content: str, feed: str, user: User) -> Batch:
    """A sheet, imported."""
    with acting_as(user.id):
        batch = services.take(content.encode(), "x.csv", user, feed=feed)
    with acting_as(user.id, batch_id=batch.id):
        apply.apply(batch, user)
    return batch
