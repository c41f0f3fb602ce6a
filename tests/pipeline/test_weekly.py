"""Weekly lines: what they are prefilled with, who owes one, what changed, and what other offices are asked."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from crm.accounts.models import Role
from crm.database import db
from crm.errors import BadRequest, Conflict, Forbidden, NotFound, RuleError
from crm.interactions.models import InteractionKind
from crm.pipeline import coordination, news, services, weekly
from crm.pipeline.models import ProjectMember, Secrecy, Status, WeeklyLine
from crm.pipeline.weeks import Week
from crm.rules import SHANGHAI
from tests import factories

pytestmark = pytest.mark.usefixtures("session")

#: A Thursday; its week is the 48th.
NOW = datetime(2026, 11, 26, 2, tzinfo=UTC)
WEEK = Week(date(2026, 11, 23))


@pytest.fixture(autouse=True)
def thursday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def officer():
    return factories.User(display_name="示例林岚")


@pytest.fixture
def manager(officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture
def project(officer):
    return factories.Project(owner=officer, name="示例星火基地", company=factories.Company(owner=officer))


def said(**values):
    return {"progress": "", "plan": "", "standstill": "", **values}


def save(project, by, version=None, week=WEEK, **values):
    line = weekly.save_line(project.id, week, said(**values), version, by=by)
    db.session.refresh(line)
    return line


def test_a_week_knows_its_days():
    assert Week.of(date(2026, 11, 29)) == WEEK
    assert WEEK.key == "2026-W48"
    assert (WEEK.previous.key, WEEK.next.key) == ("2026-W47", "2026-W49")
    assert WEEK.since == date(2026, 11, 20)
    assert Week.read("2026-W53").monday == date(2026, 12, 28)
    assert Week.of(date(2027, 1, 1)).year == 2026


@pytest.mark.parametrize("wrong", ["2026-48", "2026-W54", "2026-W00", "x"])
def test_what_is_no_week_is_refused(wrong):
    with pytest.raises(BadRequest):
        Week.read(wrong)


@pytest.mark.parametrize(
    ("monday", "due"),
    [
        (date(2026, 11, 23), date(2026, 11, 27)),
        (date(2026, 9, 28), date(2026, 9, 30)),  # National Day begins on Thursday
        (date(2025, 10, 6), date(2025, 10, 10)),  # work begins again on Thursday
        (date(2024, 2, 12), None),  # Spring Festival from Monday to Saturday; the worked Sunday is no Friday
    ],
)
def test_lines_are_due_on_the_last_working_day_before_the_weekend(monday, due):
    assert Week(monday).due_on(5) == due


def test_a_line_is_prefilled_from_contacts_and_changes(officer, project):
    visit = factories.Interaction(
        company=project.company,
        owner=officer,
        kind=InteractionKind.VISIT,
        happened_on=date(2026, 11, 24),
        summary="看了二车间。\n细节",
    )
    old = factories.Interaction(company=project.company, owner=officer, happened_on=date(2026, 11, 13))
    for contact in (visit, old):
        services.link_interaction(project, contact)
    project.take_over(project.route.stages[1], by=officer, on_day=date(2026, 11, 25))
    project.next_step, project.next_step_on = "送供电方案", date(2026, 12, 2)
    db.session.flush()
    [report] = weekly.reports(officer, WEEK, "mine")
    assert report.draft["progress"] == "11月24日外出拜访：看了二车间。\n11月25日进入“研判”阶段。"
    assert report.draft["plan"] == "送供电方案（12月2日前）"
    save(project, officer, progress="看了车间。")
    [report] = weekly.reports(officer, WEEK, "mine")
    assert report.draft == {"progress": "看了车间。", "plan": "", "standstill": ""}


def test_a_line_says_something(officer, project):
    with pytest.raises(RuleError):
        save(project, officer, plan="继续跟进")
    assert save(project, officer, standstill="企业在审计期").id


def test_only_who_edits_the_project_writes(officer, project, manager):
    stranger = factories.User()
    with pytest.raises(NotFound):
        save(project, stranger, progress="x")
    colleague = factories.User(office=officer.office)
    with pytest.raises(Forbidden):
        save(project, colleague, progress="x")
    assert save(project, manager, progress="代报。").by is manager


def test_a_future_week_waits_and_an_archived_project_is_closed(officer, project):
    with pytest.raises(RuleError):
        save(project, officer, week=WEEK.next, progress="x")
    project.archived_at = NOW
    with pytest.raises(RuleError):
        save(project, officer, progress="x")


def test_a_line_that_somebody_saved_meanwhile_is_not_lost(officer, project):
    line = save(project, officer, progress="一")
    with pytest.raises(Conflict):
        save(project, officer, progress="二")
    assert save(project, officer, line.version, progress="二").progress == "二"


def test_who_owes_a_line_is_told_by_office_without_names_of_projects(officer, project, manager):
    other = factories.Project(owner=officer)
    factories.Project(owner=officer, status=Status.PAUSED, status_reason="等", status_on=date(2026, 11, 1))
    hidden = factories.Project(owner=officer, secrecy=Secrecy.RESTRICTED, name="示例绝密")
    save(project, officer, progress="x")
    owing = weekly.laggards(manager, WEEK)
    assert [(one.name, one.count) for one in owing] == [("示例林岚", 1)]
    words = weekly.reminder(WEEK, owing)
    assert "示例林岚（1 个）" in words
    assert "11月27日" in words
    assert other.name not in words
    assert hidden.name not in words
    assert weekly.laggards(officer, WEEK)[0].count == 2  # her own 受限 one is hers to report


def test_what_is_asked_goes_to_an_office_with_a_day(officer, project, manager):
    office = factories.Office(name="示例供电所")
    line = save(project, officer, progress="x", need="请核实双回路供电。", office=office)
    [item] = line.items
    assert item.due_on == date(2026, 12, 3)  # five working days from Thursday
    answerer, stranger = factories.User(office=office), factories.User()
    with pytest.raises(NotFound):
        coordination.settle(item, "已核实。", by=stranger)
    with pytest.raises(Forbidden):
        coordination.settle(item, "已核实。", by=officer)
    coordination.settle(item, "双回路年底具备。", by=answerer)
    assert not item.is_late(date(2027, 1, 1))
    [report] = weekly.reports(manager, WEEK, "all")
    assert report.items == [item]


def test_an_item_without_office_is_handed_out_later(officer, project):
    [item] = save(project, officer, progress="x", need="请协调用地。").items
    assert item.due_on is None
    office = factories.Office()
    coordination.assign(item, office, date(2026, 12, 1), by=officer)
    assert (item.office, item.due_on) == (office, date(2026, 12, 1))


def test_a_restricted_project_asks_only_who_knows_of_it(officer, project):
    project.secrecy = Secrecy.RESTRICTED
    outsider = factories.User()
    with pytest.raises(RuleError):
        save(project, officer, progress="x", need="请协调。", office=outsider.office)
    line = db.session.scalars(select(WeeklyLine).filter_by(project_id=project.id)).one()
    project.members.append(ProjectMember(user=outsider))
    db.session.flush()
    db.session.expire(project, ["members"])
    line = save(project, officer, line.version, progress="x", need="请协调。", office=outsider.office)
    [item] = line.items
    colleague = factories.User(office=outsider.office)
    assert coordination.may_answer(outsider, item)
    assert not coordination.may_read(colleague, item)
    found = db.session.scalars(coordination.listed(colleague, "to_us", is_open=True)).all()
    assert found == []


def test_news_tells_what_changed_since_friday(officer, project, manager):
    opened = factories.Project(owner=officer, stage_since=date(2026, 11, 20))
    factories.Project(owner=officer, stage_since=date(2026, 11, 19))
    [item] = save(project, officer, progress="x", need="供电", office=officer.office).items
    coordination.settle(item, "具备。", by=manager)
    services.change_status(project, Status.PAUSED, by=officer, reason="等审计")
    db.session.flush()
    found = news.of(manager, WEEK)
    assert [change.project for change in found.opened] == [opened]
    assert [change.to_status for change in found.statuses] == [Status.PAUSED]
    assert found.answered == [item]
    assert news.of(factories.User(), WEEK).is_empty


def test_figures_are_compared_over_the_week(officer, project):
    project.investment_wan = Decimal(5_000)
    db.session.flush()
    for amount in (6_000, 8_000):
        project.investment_wan = Decimal(amount)
        db.session.flush()
    for land in (Decimal(30), None):
        project.land_mu = land
        db.session.flush()
    written = db.session.scalar(select(func.now())).astimezone(SHANGHAI).date()  # by the server's own clock
    [change] = news.figures(Week.of(written), news.visible(officer, None))
    assert (change.field, change.before, change.after) == ("investment_wan", None, 8_000)
