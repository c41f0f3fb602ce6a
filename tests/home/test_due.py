"""What falls due besides tasks, on my day and in the morning's notices."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from crm.accounts.models import Role
from crm.home.due import due_for
from crm.home.jobs import tell_the_day
from crm.notices.models import Notice
from crm.pipeline import clocks
from crm.pipeline.models import Demand, Secrecy
from crm.pipeline.models.claims import Claim, ClaimState, Evidence
from crm.rules import today
from crm.trips.models import Trip, TripOfficer, TripStop
from tests import factories
from tests.statements import MOST_STATEMENTS, counted

TUESDAY = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


@pytest.fixture
def world(session, officer):
    return arranged(session, officer)


def arranged(session, officer) -> Trip:
    """A project of the officer's, about to lose its 首谈, without a line of this week; a stop today; a task due."""
    company = factories.Company(owner=officer, name="示例星河激光有限公司")
    project = factories.Project(owner=officer, company=company, name="示例星河二期", secrecy=Secrecy.RESTRICTED)
    session.add(
        Claim(
            project=project,
            owner=officer,
            office=officer.office,
            state=ClaimState.ACCEPTED,
            evidence=Evidence.WISH,
            wish="愿意落户",
            wish_on=today(),
            kept_since=today() - timedelta(days=89),
        )
    )
    trip = Trip(name="深圳走访", owner=officer, office_id=officer.office_id, starts_on=today(), ends_on=today())
    trip.stops = [TripStop(company=company, on_day=today(), note="二期选址")]
    trip.officers = [TripOfficer(user=factories.User(office=officer.office))]
    session.add(trip)
    factories.Task(owner=officer, due_on=today())
    session.commit()
    return trip


def test_each_kind_has_its_act(app, session, officer, world, sign_in):
    with app.test_request_context():
        found = {due.title: due.items[0] for due in due_for(officer)}
    assert {"计划走访", "本周进展还没填"} <= set(found)
    assert found["计划走访"].act_url.startswith("/interactions/new?company=")
    assert found["计划走访"].move_url.startswith("/trips/")
    page = sign_in(officer).get("/").text
    for words in ("计划走访", "二期选址", "填周进展", "交办给同事", "首谈快要失效"):
        assert words in page


def test_what_a_company_asks_for_is_due_and_can_be_moved_or_handed_on(app, session, officer, world, sign_in):
    company = factories.Company(owner=officer, name="示例光源")
    demand = Demand(
        company=company,
        body="用电增容",
        owner=officer,
        office_id=officer.office_id,
        raised_on=today() - timedelta(days=9),
        due_on=today() - timedelta(days=1),
        created_by=officer,
    )
    session.add(demand)
    session.commit()
    with app.test_request_context():
        [found] = [due for due in due_for(officer) if due.title == "等答复的诉求"]
        late = [running.subject for running in clocks.late(officer) if running.kind == clocks.DEMAND]
    assert (found.items[0].title, found.items[0].is_late) == ("用电增容", True)
    assert late == ["用电增容"]
    assert f"/demands/{demand.id}/edit" in sign_in(officer).get("/").text


def test_nobody_else_s_work_is_due(app, session, officer, world):
    with app.test_request_context():
        assert due_for(factories.User(office=officer.office)) == []


def test_the_morning_tells_once(session, officer):
    """And without names (promise 24): kind, count and a list's address."""
    with time_machine.travel(TUESDAY, tick=True):
        world = arranged(session, officer)
    for at in (NIGHT, SATURDAY, TUESDAY, TUESDAY):
        with time_machine.travel(at, tick=True):
            tell_the_day(timestamp=0)
    told = session.scalars(select(Notice).where(Notice.user_id == officer.id)).all()
    assert {(notice.kind, notice.count, notice.url) for notice in told} == {
        ("task_due", 1, "/tasks"),
        ("visit_planned", 1, "/trips"),
    }
    companion = world.officers[0].user_id
    assert session.scalars(select(Notice.kind).where(Notice.user_id == companion)).all() == ["visit_planned"]


def test_the_day_of_the_weekly_lines_tells_of_them(session, officer):
    with time_machine.travel(FRIDAY, tick=True):
        arranged(session, officer)
        tell_the_day(timestamp=0)
    assert "weekly_due" in session.scalars(select(Notice.kind).where(Notice.user_id == officer.id)).all()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.MANAGER])
def test_my_day_asks_few_times_however_much_is_due(session, officer, world, sign_in, role):
    officer.role, officer.office.is_coordinating = role, True
    for other in [factories.User(office=officer.office), officer] * 8:
        company = factories.Company(owner=other)
        long_ago = today() - timedelta(days=300)
        factories.Project(owner=other, company=company, secrecy=Secrecy.RESTRICTED, stage_since=long_ago)
        factories.Task(owner=other, company=company, due_on=today())
        factories.Task(owner=other, company=company, due_on=today() - timedelta(days=3))
        factories.Task(owner=other, company=company, done_at=datetime.now(UTC))
        factories.Interaction(owner=other, company=company, happened_on=today())
        world.stops.append(TripStop(company=company, on_day=today()))
    session.commit()
    session.expire_all()
    client = sign_in(officer)
    with counted() as sent:
        assert client.get("/").status_code == 200
    assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)
