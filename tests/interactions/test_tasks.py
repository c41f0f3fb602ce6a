"""Tasks that repeat, are watched, come of something, and are moved and told of."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from crm.errors import Forbidden, RuleError
from crm.interactions import tasks
from crm.interactions.models import Repeat, Task
from crm.notices.models import Notice
from crm.pipeline.models import Instruction, InstructionTask, ProjectTask, Secrecy
from crm.rules import today
from tests import factories

TOMORROW = today() + timedelta(days=1)


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


@pytest.fixture
def colleague(officer):
    return factories.User(display_name="陈小明", office=officer.office)


@pytest.fixture
def client(sign_in, officer):
    return sign_in(officer)


def told(session, user):
    return [(notice.kind, notice.url) for notice in session.scalars(select(Notice).where(Notice.user_id == user.id))]


@pytest.mark.parametrize(
    ("day", "repeat", "wanted"),
    [
        ((2026, 11, 24), Repeat.WEEKLY, (2026, 12, 1)),
        ((2026, 11, 3), Repeat.WEEKLY, (2026, 11, 24)),
        ((2026, 11, 15), Repeat.MONTHLY, (2026, 12, 15)),
        ((2026, 11, 30), Repeat.MONTHLY, (2026, 12, 31)),
        ((2027, 1, 30), Repeat.MONTHLY, (2027, 2, 28)),
        ((2027, 1, 31), Repeat.MONTHLY, (2027, 2, 28)),
        ((2026, 12, 31), Repeat.QUARTERLY, (2027, 3, 31)),
        ((2024, 2, 29), Repeat.YEARLY, (2027, 2, 28)),
        ((2026, 11, 24), Repeat.YEARLY, (2027, 11, 24)),
    ],
)
def test_the_next_day_of_a_task(day, repeat, wanted):
    with time_machine.travel("2026-11-24T10:00:00+08:00", tick=False):
        assert tasks.next_day(date(*day), repeat) == date(*wanted)


def test_a_task_that_repeats_comes_again_until_the_tick_is_taken_back(session, officer, colleague):
    project = factories.Project(owner=officer)
    task = tasks.create_task(
        "报月度进展", officer, due_on=today(), repeat=Repeat.MONTHLY, watchers=[colleague], about=[]
    )
    session.add(ProjectTask(project=project, task=task))
    session.flush()
    tasks.complete_task(task.id, officer)
    tasks.complete_task(task.id, officer)
    following = session.scalars(select(Task).where(Task.follows_id == task.id)).one()
    assert following.due_on == tasks.months_on(today(), 1)
    assert [watcher.user_id for watcher in following.watchers] == [colleague.id]
    assert session.scalars(select(ProjectTask.project_id).where(ProjectTask.task_id == following.id)).all() == [
        project.id
    ]
    tasks.reopen_task(task.id, officer)
    assert session.scalars(select(Task).where(Task.follows_id == task.id)).all() == []
    assert session.scalars(select(ProjectTask.task_id)).all() == [task.id]


def test_the_next_task_stays_where_somebody_has_worked_on_it(session, officer):
    task = tasks.create_task("周报", officer, due_on=today(), repeat=Repeat.WEEKLY)
    tasks.complete_task(task.id, officer)
    following = session.scalars(select(Task).where(Task.follows_id == task.id)).one()
    tasks.postpone_task(following.id, TOMORROW, officer)
    session.refresh(following)
    tasks.reopen_task(task.id, officer)
    assert session.get(Task, following.id) is not None


def test_repeating_needs_a_day(officer, client):
    with pytest.raises(RuleError):
        tasks.create_task("周报", officer, repeat=Repeat.WEEKLY)
    answer = client.post("/tasks/new", data={"title": "周报", "repeat": "weekly", "due_on": ""})
    assert answer.status_code == 422
    assert "重复的待办要有期限" in answer.text


def test_watchers_read_and_are_told(session, officer, colleague, sign_in):
    stranger = factories.User()
    with pytest.raises(Forbidden):
        tasks.create_task("核实用电", officer, watchers=[stranger])
    other = factories.User(office=officer.office, display_name="黄静")
    task = tasks.create_task("核实用电", officer, owner=colleague, watchers=[other])
    session.commit()
    assert told(session, colleague) == [("task_handed", f"/tasks/{task.id}")]
    assert told(session, other) == [("task_watched", f"/tasks/{task.id}")]
    moved = factories.User()
    other.office = moved.office  # no longer of the office, yet a watcher
    session.commit()
    watching = sign_in(other)
    assert "核实用电" in watching.get("/tasks?scope=watched").text
    assert "核实用电" in watching.get(f"/tasks/{task.id}").text
    assert watching.post(f"/tasks/{task.id}/done").status_code == 403
    tasks.complete_task(task.id, colleague)
    assert ("task_done", f"/tasks/{task.id}") in told(session, other)
    assert told(session, officer) == [("task_done", f"/tasks/{task.id}")]


def test_a_task_names_its_project_or_instruction(client, session, officer):
    company = factories.Company(owner=officer, name="示例星河激光有限公司")
    project = factories.Project(owner=officer, company=company, name="示例星河二期")
    chief = factories.User(office=officer.office)
    word = Instruction(body="本月内落实用电", author=chief, owner=officer, office_id=officer.office_id, company=company)
    session.add(word)
    session.commit()
    for key, row, table in (("project", project, ProjectTask), ("instruction", word, InstructionTask)):
        page = client.get(f"/tasks/new?{key}={row.id}&title=联系供电局")
        assert "示例星河激光有限公司" in page.text
        assert 'value="联系供电局"' in page.text
        answer = client.post(f"/tasks/new?{key}={row.id}", data={"title": "联系供电局", "company_id": company.id})
        assert answer.status_code == 302
        assert str(row.id) in answer.location
        link = session.scalars(select(table)).one()
        shown = client.get(f"/tasks/{link.task_id}").text
        assert "示例星河" in shown
        assert "来自" in shown
    assert "联系供电局" in client.get(f"/projects/{project.id}").text
    assert "联系供电局" in client.get(f"/instructions/{word.id}").text


def test_a_hidden_project_is_no_origin(client, session, officer):
    """Promise 24: neither its name nor that it exists; nor the task of an instruction about it."""
    secret = factories.Project(owner=factories.User(office=officer.office), name="示例绝密", secrecy=Secrecy.RESTRICTED)
    session.commit()
    assert client.get(f"/tasks/new?project={secret.id}").status_code == 404
    assert client.post(f"/tasks/new?project={secret.id}", data={"title": "x"}).status_code == 404
    word = Instruction(
        body="绝密批示", author=secret.owner, owner=secret.owner, office_id=officer.office_id, project=secret
    )
    task = factories.Task(owner=secret.owner, title="绝密待办")
    session.add_all([word, InstructionTask(instruction=word, task=task)])
    session.commit()
    assert client.get(f"/tasks/{task.id}").status_code == 404
    assert "绝密待办" not in client.get("/tasks?scope=office").text


def test_a_task_of_a_contact_leads_back_to_it(client, session, officer):
    visit = factories.Interaction(owner=officer, company=factories.Company(owner=officer))
    session.commit()
    answer = client.post(f"/tasks/new?interaction={visit.id}", data={"title": "寄方案", "company_id": visit.company.id})
    assert answer.location == f"/interactions/{visit.id}"
    assert "寄方案" in client.get(answer.location).text
    assert client.get("/tasks/new?interaction=999999").status_code == 404


def test_a_task_is_moved_from_its_row(client, session, officer):
    task = factories.Task(owner=officer, due_on=today())
    session.commit()
    part = client.post(
        f"/tasks/{task.id}/due-day", data={"due_on": TOMORROW.isoformat()}, headers={"HX-Request": "true"}
    )
    assert "明天" in part.text
    session.refresh(task)
    assert task.due_on == TOMORROW
    assert client.post(f"/tasks/{task.id}/due-day", data={"due_on": "2026.13.45"}).status_code == 400
    tasks.complete_task(task.id, officer)
    session.commit()
    assert client.post(f"/tasks/{task.id}/due-day", data={"due_on": TOMORROW.isoformat()}).status_code == 422
