"""Who sees which contact and task."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import false, select

from crm.accounts.models import Role
from crm.interactions import extensions, queries
from crm.interactions.models import Interaction, InteractionOfficer, Task
from crm.rules import today
from tests import factories


@pytest.fixture
def world(session):
    """A bureau with two offices, one with a sub-office; everybody's contacts with her own company."""
    bureau = factories.Office(name="局")
    ours = factories.Office(name="一科", parent=bureau)
    below = factories.Office(name="一科一组", parent=ours)
    theirs = factories.Office(name="二科", parent=bureau)
    people = {
        "officer": factories.User(office=ours),
        "colleague": factories.User(office=ours),
        "below": factories.User(office=below),
        "stranger": factories.User(office=theirs),
        "manager": factories.User(office=ours, role=Role.MANAGER),
        "leader": factories.User(office=bureau, role=Role.LEADER),
        "admin": factories.User(office=bureau, role=Role.ADMIN),
    }
    companies = {name: factories.Company(owner=people[name]) for name in ("officer", "colleague", "below", "stranger")}
    visits = {name: factories.Interaction(owner=people[name], company=companies[name]) for name in companies}
    pooled = factories.Company()
    visits["stranger in the pool"] = factories.Interaction(owner=people["stranger"], company=pooled)
    tasks = {name: factories.Task(owner=people[name]) for name in companies}
    return people, visits, tasks


INSIDE = {"officer", "colleague", "below"}


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("officer", INSIDE | {"stranger in the pool"}),
        ("manager", INSIDE | {"stranger in the pool"}),
        ("below", {"below", "stranger in the pool"}),
        ("stranger", {"stranger", "stranger in the pool"}),
        ("leader", INSIDE | {"stranger", "stranger in the pool"}),
        ("admin", INSIDE | {"stranger", "stranger in the pool"}),
    ],
)
def test_contacts_seen(session, world, who, seen):
    people, visits, _tasks = world
    found = set(session.scalars(queries.visible_to(people[who])))
    assert {name for name, visit in visits.items() if visit in found} == seen


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("officer", INSIDE),
        ("manager", INSIDE),
        ("below", {"below"}),
        ("stranger", {"stranger"}),
        ("leader", INSIDE | {"stranger"}),
        ("admin", INSIDE | {"stranger"}),
    ],
)
def test_tasks_seen(session, world, who, seen):
    people, _visits, tasks = world
    found = set(session.scalars(queries.tasks_visible_to(people[who])))
    assert {name for name, task in tasks.items() if task in found} == seen


def test_whoever_was_there_reads_it(session, world):
    people, visits, _tasks = world
    visits["stranger"].officers.append(InteractionOfficer(user=people["officer"]))
    session.flush()
    assert visits["stranger"] in set(session.scalars(queries.visible_to(people["officer"])))


def test_the_holder_of_a_company_reads_what_others_did_there(session, world):
    people, visits, _tasks = world
    visits["stranger"].company.owner, visits["stranger"].company.office = people["officer"], people["officer"].office
    session.flush()
    assert visits["stranger"] in set(session.scalars(queries.visible_to(people["officer"])))


def test_a_restriction_goes_before_everything(session, world, monkeypatch):
    people, visits, tasks = world
    secret = visits["officer"]
    monkeypatch.setattr(extensions, "hidden_interactions", [lambda user: Interaction.id == secret.id])
    monkeypatch.setattr(extensions, "hidden_tasks", [lambda user: Task.id == tasks["officer"].id])
    for person in people.values():
        assert secret not in set(session.scalars(queries.visible_to(person)))
        assert tasks["officer"] not in set(session.scalars(queries.tasks_visible_to(person)))


def test_a_task_stays_in_sight_of_whoever_set_it(session, world):
    people, _visits, _tasks = world
    task = factories.Task(owner=people["below"], created_by=people["stranger"])
    assert task in set(session.scalars(queries.tasks(people["stranger"], "handed", "open")))
    assert task not in set(session.scalars(queries.tasks(people["stranger"], "mine", "open")))


@time_machine.travel("2026-11-23T16:30:00Z", tick=False)
def test_tasks_by_state_at_half_past_midnight_in_china(session):
    officer = factories.User()
    late, now, coming = (
        factories.Task(owner=officer, due_on=date(2026, 11, day), title=str(day)) for day in (23, 24, 25)
    )
    assert list(session.scalars(queries.tasks(officer, "mine", "late"))) == [late]
    assert list(session.scalars(queries.tasks(officer, "mine", "today"))) == [now]
    assert list(session.scalars(queries.due_by(officer, today()))) == [late, now]
    assert coming in set(session.scalars(queries.tasks(officer, "mine", "open")))


@time_machine.travel("2026-11-23T16:30:00Z", tick=False)
def test_what_was_done_before_midnight_was_done_yesterday(session):
    officer = factories.User()
    tonight = factories.Task(owner=officer, done_at=datetime.fromisoformat("2026-11-23T16:10:00+00:00"))
    factories.Task(owner=officer, done_at=datetime.fromisoformat("2026-11-23T15:50:00+00:00"))
    assert list(session.scalars(queries.done_since(officer, today()))) == [tonight]


def test_recent_companies_are_the_latest_dealt_with(session):
    officer = factories.User()
    first, second, foreign = factories.Company(owner=officer), factories.Company(), factories.Company()
    factories.Interaction(owner=officer, company=first)
    factories.Interaction(owner=officer, company=second)
    factories.Interaction(owner=factories.User(), company=foreign)
    assert list(session.scalars(queries.recent_companies(officer))) == [second, first]


def test_filter_narrows_by_person_kind_and_days(session):
    officer = factories.User()
    company = factories.Company(owner=officer)
    old = factories.Interaction(owner=officer, company=company, happened_on=today() - timedelta(days=40))
    new = factories.Interaction(owner=officer, company=company, happened_on=today(), kind="call")

    def found(**given):
        narrowing = queries.InteractionFilter(**given)
        return set(session.scalars(narrowing.apply(queries.visible_to(officer), officer)))

    assert found() == {old, new}
    assert found(since=today() - timedelta(days=7)) == {new}
    assert found(until=today() - timedelta(days=7)) == {old}
    assert found(kind="call") == {new}
    assert found(scope="all", owner_id=factories.User().id) == set()


def test_contact_days_are_those_of_each_company(session):
    company = factories.Company()
    factories.Interaction(company=company, happened_on=date(2026, 2, 3))
    rows = queries.contact_days()
    assert session.execute(select(rows.c.company_id, rows.c.day)).all() == [(company.id, date(2026, 2, 3))]
    assert session.scalar(select(rows.c.day).where(false())) is None
