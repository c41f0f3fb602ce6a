"""My day."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from crm.accounts.models import Role
from crm.database import db
from crm.home.day import day_of, greeting, monday
from crm.interactions.models import Interaction
from crm.rules import today
from tests import factories


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


def test_a_newcomer_is_told_what_to_do_first(sign_in, officer):
    page = sign_in(officer).get("/").text
    assert "从这三步开始" in page
    assert "去名录池" in page


def test_an_administrator_is_led_through_the_set_up_until_it_is_done(session, sign_in):
    admin = factories.User(role=Role.ADMIN, office=factories.Office())
    client = sign_in(admin)

    def steps():
        page = client.get("/").text
        return page.count("已完成"), page[page.find('id="set-up"') :].split("btn-primary", 1)[-1].split('href="', 1)[-1]

    assert "从这三步开始" not in client.get("/").text
    done, following = steps()
    assert done == 0
    assert following.startswith("/offices")
    factories.User(office=factories.Office(), role=Role.OFFICER)
    done, following = steps()
    assert done == 2
    assert following.startswith("/chains")
    factories.Segment()
    factories.Company()
    assert 'id="set-up"' not in client.get("/").text


def test_an_officer_sees_what_is_due(session, officer):
    late = factories.Task(owner=officer, due_on=today() - timedelta(days=2))
    now = factories.Task(owner=officer, due_on=today())
    soon = factories.Task(owner=officer, due_on=today() + timedelta(days=3))
    factories.Task(owner=officer, due_on=today() + timedelta(days=30))
    done = factories.Task(owner=officer, due_on=today(), done_at=datetime.now(UTC))
    day = day_of(officer)
    assert list(day.due.rows) == [late, now]
    assert list(day.coming.rows) == [soon]
    assert list(day.done) == [done]
    assert (day.late_count, day.today_count) == (1, 1)
    assert not day.is_newcomer


def test_companies_without_contact_for_long_come_first(session, officer):
    never = factories.Company(owner=officer)
    long_ago = factories.Company(owner=officer, last_contact_on=today() - timedelta(days=90))
    factories.Company(owner=officer, last_contact_on=today() - timedelta(days=3))
    factories.Company(owner=factories.User(), last_contact_on=today() - timedelta(days=90))
    assert list(day_of(officer).quiet.rows) == [never, long_ago]


def test_stale_projects_stand_first(session, officer):
    fresh = factories.Project(owner=officer, stage_since=today())
    stale = factories.Project(owner=officer, stage_since=today() - timedelta(days=300))
    day = day_of(officer)
    assert list(day.projects.rows) == [stale, fresh]
    assert day.stale_count == 1


def test_a_manager_sees_what_is_late_in_the_office(session, officer):
    manager = factories.User(role=Role.MANAGER, office=officer.office)
    late = factories.Task(owner=officer, due_on=today() - timedelta(days=2))
    factories.Task(owner=factories.User(), due_on=today() - timedelta(days=2))
    stale = factories.Project(owner=officer, stage_since=today() - timedelta(days=300))
    day = day_of(manager)
    assert day.office is not None
    assert list(day.office.late.rows) == [late]
    assert list(day.office.stale.rows) == [stale]
    assert day_of(officer).office is None
    assert not day.is_newcomer, "who has an office to look after is not told to take a company"


@pytest.mark.parametrize("role", list(Role))
def test_the_page_is_made_for_each_role(sign_in, session, role):
    user = factories.User(role=role, display_name="示例某人")
    other = factories.User(office=user.office)
    for person in (user, other):
        company = factories.Company(owner=person)
        factories.Interaction(owner=person, company=company, happened_on=today())
        factories.Task(owner=person, company=company, due_on=today() - timedelta(days=1))
        factories.Project(owner=person, company=company, stage_since=today() - timedelta(days=300))
    db.session.commit()
    answer = sign_in(user).get("/")
    assert answer.status_code == 200
    assert "示例某人" in answer.text
    assert ("/leader" in answer.text) == (role in (Role.LEADER, Role.MANAGER))


@time_machine.travel("2026-11-23T16:30:00Z", tick=False)
def test_half_past_midnight_in_china_is_a_new_day(sign_in, session, officer):
    company = factories.Company(owner=officer)
    factories.Task(owner=officer, due_on=date(2026, 11, 23), title="昨天的事")
    factories.Task(owner=officer, due_on=date(2026, 11, 24), title="今天的事")
    visit = factories.Interaction(owner=officer, company=company, happened_on=date(2026, 11, 24))
    day = day_of(officer)
    assert (day.late_count, day.today_count, day.visits_today) == (1, 1, 1)
    assert list(day.visits) == [visit]
    db.session.commit()
    page = sign_in(officer).get("/").text
    assert "2026年11月24日" in page
    assert "周二" in page


@time_machine.travel("2026-11-29T16:30:00Z", tick=False)
def test_a_week_begins_on_monday_in_china(session, officer):
    assert monday() == date(2026, 11, 30)
    factories.Interaction(owner=officer, company=factories.Company(owner=officer), happened_on=date(2026, 11, 29))
    assert list(day_of(officer).visits) == []
    assert session.query(Interaction).count() == 1


@pytest.mark.parametrize(
    ("hour", "words"),
    [(22, "早上好"), (3, "中午好"), (5, "下午好"), (11, "晚上好"), (18, "晚上好")],
)
def test_the_greeting_follows_chinas_hour(hour, words):
    with time_machine.travel(datetime(2026, 11, 24, hour, tzinfo=UTC), tick=False):
        assert greeting().startswith(words)
