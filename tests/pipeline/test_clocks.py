"""Clocks in working days, the three bands of contact, and reminders that catch up and never repeat."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import db
from crm.notices.models import Notice, NoticeKind
from crm.pipeline import clocks, jobs, reminders, weekly
from crm.pipeline.models import CoordinationItem, Instruction, Secrecy, Status, Warmth, WeeklyLine
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User(display_name="示例林岚")


@pytest.fixture
def manager(officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture(autouse=True)
def request_context(app):
    with app.test_request_context():
        yield


def kinds(user) -> list[tuple[str, date]]:
    return [(running.kind, running.due_on) for running in clocks.late(user)]


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 16)),  # ten working days
        (date(2026, 9, 24), date(2026, 10, 15)),  # over 中秋 and National Day, with the Saturdays worked for them
    ],
)
def test_a_lead_is_decided_on_within_working_days(officer, since, due):
    factories.Project(owner=officer, stage_since=since)
    for day, expected in ((due, []), (due + timedelta(days=1), [(clocks.TRIAGE, due)])):
        with time_machine.travel(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), tick=False):
            assert [found for found in kinds(officer) if found[0] == clocks.TRIAGE] == expected


def test_the_day_is_chinas(officer):
    factories.Project(owner=officer, stage_since=date(2026, 3, 2))
    for moment, expected in (
        (datetime(2026, 3, 16, 15, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 16, 16, 1, tzinfo=UTC), 1),  # the 17th has begun in China
    ):
        with time_machine.travel(moment, tick=False):
            assert sum(kind == clocks.TRIAGE for kind, _due in kinds(officer)) == expected


def test_late_answers_lines_and_instructions_are_listed(officer, manager):
    project = factories.Project(owner=officer, stage_name="在谈", stage_since=date(2026, 3, 2))
    office = factories.Office(name="示例供电所")
    line = WeeklyLine(project=project, week=date(2026, 3, 9), progress="x", by=officer)
    line.items.append(
        CoordinationItem(project=project, body="供电", owner=officer, office=office, due_on=date(2026, 3, 12))
    )
    db.session.add(line)
    leader = factories.User(role=Role.LEADER, office=officer.office)
    written = datetime(2026, 3, 9, 3, tzinfo=UTC)
    db.session.add(
        Instruction(body="盯紧", author=leader, owner=officer, office_id=officer.office_id, created_at=written)
    )
    db.session.flush()
    with time_machine.travel(datetime(2026, 3, 24, 4, tzinfo=UTC), tick=False):
        found = kinds(manager)
    assert sorted(found) == sorted(
        [
            (clocks.ANSWER, date(2026, 3, 12)),
            (clocks.RECEIVE, date(2026, 3, 12)),
            (clocks.REPORT, date(2026, 3, 20)),
        ]
    )
    late = clocks.Running(clocks.ANSWER, "", "", date(2026, 3, 12), "", "")
    assert late.days_late(date(2026, 3, 17)) == 3


def test_others_see_nothing_of_it(officer):
    factories.Project(owner=officer, stage_since=date(2026, 3, 2), secrecy=Secrecy.RESTRICTED)
    with time_machine.travel(datetime(2026, 6, 1, tzinfo=UTC), tick=False):
        assert kinds(factories.User()) == []
        assert kinds(factories.User(role=Role.ADMIN)) == []


def test_the_page_lists_by_office(officer, sign_in):
    factories.Project(owner=officer, name="示例旧线索", stage_since=date(2026, 3, 2))
    page = sign_in(officer).get("/late").get_data(as_text=True)
    assert "示例旧线索" in page
    assert "个工作日" in page
    assert "没有逾期的事项" in sign_in(factories.User()).get("/late").get_data(as_text=True)


@pytest.mark.parametrize(
    ("idle", "warmth"), [(0, "green"), (20, "green"), (21, "yellow"), (30, "yellow"), (31, "red"), (400, "red")]
)
def test_contact_has_three_bands(officer, idle, warmth):
    day = date(2026, 6, 1)
    project = factories.Project(owner=officer, stage_name="在谈", stage_since=day - timedelta(days=500))
    project.stage.stale_days = 30
    project.last_contact_on = day - timedelta(days=idle)
    assert project.warmth(day) is Warmth(warmth)
    project.status, project.status_reason, project.status_on = Status.PAUSED, "等审计", day
    assert project.warmth(day) is None


def told(user, kind) -> list[str]:
    query = select(Notice.key).where(Notice.user_id == user.id, Notice.kind == kind).order_by(Notice.id)
    return list(db.session.scalars(query))


def test_stale_projects_go_to_the_officer_then_the_manager_once_each(officer, manager):
    begun = date(2026, 3, 2)
    project = factories.Project(owner=officer, stage_name="在谈", stage_since=begun)
    project.stage.stale_days = 30
    db.session.flush()
    expected = {20: (0, 0), 21: (1, 0), 30: (1, 0), 31: (2, 0), 37: (2, 0), 38: (2, 1), 90: (2, 1)}
    for idle, (to_officer, to_manager) in expected.items():
        for _ in range(2):  # a run more changes nothing
            reminders.remind(begun + timedelta(days=idle))
        assert (len(told(officer, "project_stale")), len(told(manager, "project_stale"))) == (to_officer, to_manager)
    project.last_contact_on = begun + timedelta(days=60)
    reminders.remind(begun + timedelta(days=100))  # after a contact it counts anew, and runs were missed
    assert (len(told(officer, "project_stale")), len(told(manager, "project_stale"))) == (3, 2)


def test_a_restricted_project_is_told_to_nobody_who_may_not_know(officer, manager):
    project = factories.Project(
        owner=officer, stage_name="在谈", stage_since=date(2026, 3, 2), secrecy=Secrecy.RESTRICTED
    )
    reminders.remind(date(2026, 12, 1))
    assert told(officer, "project_stale")
    assert not told(manager, "project_stale")
    assert project.name not in str(db.session.scalars(select(Notice.url)).all())


def test_lines_are_asked_for_on_the_day_and_after_a_missed_run(officer):
    for _ in range(2):
        factories.Project(owner=officer, stage_name="在谈", stage_since=date(2026, 3, 2))
    for day, expected in (
        (date(2026, 3, 12), 0),
        (date(2026, 3, 14), 1),
        (date(2026, 3, 15), 1),
        (date(2026, 3, 20), 2),
    ):
        reminders.remind(day)
        assert len(told(officer, NoticeKind.WEEKLY_DUE)) == expected
    counts = db.session.scalars(select(Notice.count).where(Notice.kind == NoticeKind.WEEKLY_DUE)).all()
    assert set(counts) == {2}
    assert weekly.deadline(weekly.Week.of(date(2026, 3, 14))) == date(2026, 3, 13)


def test_the_hourly_job_runs_all_of_it(officer):
    factories.Project(owner=officer, stage_name="在谈", stage_since=date(2020, 3, 2))
    jobs.keep_up()
    jobs.keep_up()
    assert len(told(officer, "project_stale")) == 1
