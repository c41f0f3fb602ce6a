"""The timeline: bars of stages that were passed, that last, that are planned."""

from datetime import date, timedelta

import pytest

from crm.database import db
from crm.pipeline import gantt, schedule, services
from crm.pipeline.models import Status
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")
DAY = date(2026, 6, 1)


def test_bars_run_from_change_to_change_and_on_to_what_is_planned() -> None:
    officer = factories.User()
    project = factories.Project(owner=officer, stage_since=date(2026, 1, 5), stage_name="签约")
    registered, started, _operating = project.later_stages
    project._change("forward", registered, by=officer, on_day=date(2026, 3, 1))
    schedule.set_plans(project, {started.id: date(2026, 9, 1)}, by=officer)
    [line] = gantt.lines([project], DAY)
    assert [(bar.stage.name, bar.starts, bar.ends, bar.is_planned) for bar in line.bars] == [
        ("签约", date(2026, 1, 5), date(2026, 3, 1), False),
        ("注册", date(2026, 3, 1), DAY, False),
        ("开工", date(2026, 9, 1), date(2026, 10, 1), True),
    ]
    axis = gantt.axis_of([line], DAY)
    assert axis.x(axis.starts) == 0
    assert axis.x(axis.ends + timedelta(days=400)) == gantt.WIDTH
    assert 0 < axis.x(DAY) < axis.x(date(2026, 9, 1)) < gantt.WIDTH
    assert date(2026, 7, 1) in axis.months


def test_a_stopped_project_ends_where_it_was_stopped() -> None:
    officer = factories.User()
    project = factories.Project(owner=officer, stage_since=date(2026, 1, 5))
    services.change_status(project, Status.LOST, by=officer, reason="去了别处", on_day=date(2026, 2, 1))
    assert gantt.past(project, DAY)[-1].ends == date(2026, 2, 1)
    assert gantt.planned(project, DAY) == []


def test_the_page_shows_bars_of_what_one_may_see(sign_in) -> None:
    officer = factories.User()
    factories.Project(owner=officer, name="示例看得见")
    factories.Project(name="示例看不见", stage_since=today() - timedelta(days=900))
    db.session.flush()
    page = sign_in(officer).get("/pipeline?view=timeline").get_data(as_text=True)
    assert "示例看得见" in page
    assert "示例看不见" not in page
    assert "<rect" in page
