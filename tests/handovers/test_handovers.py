"""Handing over: all goes in one act, nothing that nobody listed, and it comes back."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, select

from crm.accounts.models import Role
from crm.database import Base
from crm.errors import Forbidden, NotFound, RuleError
from crm.handovers import holdings, services
from crm.handovers.models import HandOver
from crm.history.models import HistoryRow
from crm.interactions.models import Task
from crm.notices.models import Notice
from crm.pipeline.models import Instruction, ProjectMember, Secrecy, Status
from crm.rules import today
from crm.trips.models import Trip
from tests import factories


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


@pytest.fixture
def manager(officer):
    return factories.User(display_name="陈科", role=Role.MANAGER, office=officer.office)


@pytest.fixture
def taker(officer):
    below = factories.Office(parent=officer.office)
    return factories.User(display_name="黄静", office=below)


@pytest.fixture
def held(session, officer, taker, manager):
    """One of each kind that goes, and one of each that stays."""
    company = factories.Company(owner=officer)
    project = factories.Project(owner=officer, company=company)
    project.members += [ProjectMember(user=officer), ProjectMember(user=taker)]
    other = factories.Project(owner=manager)
    other.members.append(ProjectMember(user=officer))
    task = factories.Task(owner=officer)
    found = factories.TargetList(owner=officer, office_id=officer.office_id)
    word = Instruction(body="抓紧落实", author=manager, owner=officer, office_id=officer.office_id)
    trip = Trip(name="出访", owner=officer, office_id=officer.office_id, starts_on=today(), ends_on=today())
    session.add_all([word, trip])
    factories.Project(owner=officer, status=Status.LOST, status_reason="外地", status_on=today())
    factories.Task(owner=officer, done_at=datetime.now(UTC))
    factories.Interaction(owner=officer)
    past = today() - timedelta(days=9)
    session.add(Trip(name="旧出访", owner=officer, office_id=officer.office_id, starts_on=past, ends_on=past))
    session.commit()
    return [company, project, task, found, word, trip]


def owners(session, rows):
    session.expire_all()
    return {(row.owner_id, row.office_id) for row in rows}


def test_all_goes_in_one_previewed_act_and_comes_back(session, sign_in, officer, manager, taker, held):
    client = sign_in(manager)
    page = client.get(f"/users/{officer.id}/hand-over")
    assert page.status_code == 200
    assert re.search(r'name="expected"[^>]*value="8"', page.text)  # one of two memberships the taker has already
    sent = {"to_id": taker.id, "reason": "调离本科室", "expected": 8}
    assert client.post(f"/users/{officer.id}/hand-over", data={**sent, "expected": 7}).status_code == 409
    assert client.post(f"/users/{officer.id}/hand-over", data={**sent, "reason": " "}).status_code == 422
    assert owners(session, held) == {(officer.id, officer.office_id)}
    answer = client.post(f"/users/{officer.id}/hand-over", data=sent)
    assert answer.status_code == 302
    assert owners(session, held) == {(taker.id, taker.office_id)}
    assert session.scalars(select(Task.owner_id).where(Task.done_at.isnot(None))).all() == [officer.id]
    assert session.scalars(select(Notice.count).where(Notice.user_id == taker.id)).all() == [7]
    changes = select(HistoryRow.table_name).where(HistoryRow.actor_id == manager.id, HistoryRow.operation == "update")
    assert {"companies", "projects", "tasks", "target_lists", "instructions", "trips"} <= set(session.scalars(changes))
    assert "已移交" in sign_in(taker).get(answer.location).text
    assert sign_in(factories.User()).get(answer.location).status_code == 404
    made = session.scalars(select(HandOver)).one()
    for stranger, refusal in ((factories.User(role=Role.MANAGER), NotFound), (taker, Forbidden)):
        with pytest.raises(refusal):
            services.undo(made, stranger)
    held[0].owner = manager  # changed since: it stays
    session.commit()
    back = client.post(f"{answer.location}/undoing", follow_redirects=True)
    assert "有 1 项在移交后又换了人" in back.text
    assert owners(session, held[1:]) == {(officer.id, officer.office_id)}
    assert held[0].owner_id == manager.id
    assert client.post(f"{answer.location}/undoing").status_code == 422


def test_a_column_that_nobody_listed_refuses(session, officer, manager, taker, held, monkeypatch):
    assert holdings.unlisted() == set()
    metadata = MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(metadata)
    Table("forgotten", metadata, Column("id", Integer, primary_key=True), Column("owner_id", ForeignKey("users.id")))
    monkeypatch.setattr(Base, "metadata", metadata)
    assert holdings.unlisted() == {"forgotten.owner_id"}
    with pytest.raises(RuleError) as refusal:
        services.hand_over(officer, taker, "调离", 8, manager)
    assert refusal.value.details["columns"] == "forgotten.owner_id"


def test_each_listed_column_exists():
    assert holdings.HOLDINGS.keys() <= holdings.pointing()
    assert holdings.pointing() >= holdings.STAYING
    assert {holding.open for holding in holdings.HOLDINGS.values()} - {""} <= Base.metadata.tables.keys()


def test_a_hidden_project_is_a_count_and_stays(session, sign_in, officer, manager, taker):
    """Promise 24: nor does who may not know of it decide who else will."""
    secret = factories.Project(owner=officer, name="示例绝密", secrecy=Secrecy.RESTRICTED)
    factories.Task(owner=officer)
    session.commit()
    page = sign_in(manager).get(f"/users/{officer.id}/hand-over").text
    assert "另有 1 个受限项目" in page
    assert "示例绝密" not in page
    sign_in(manager).post(f"/users/{officer.id}/hand-over", data={"to_id": taker.id, "reason": "调离", "expected": 1})
    session.refresh(secret)
    assert secret.owner_id == officer.id
    admin = factories.User(role=Role.ADMIN)
    session.commit()
    sign_in(admin).post(f"/users/{officer.id}/hand-over", data={"to_id": taker.id, "reason": "调离", "expected": 1})
    session.refresh(secret)
    assert secret.owner_id == taker.id


def test_nobody_outside_one_s_reach(session, sign_in, officer, manager, taker, held):
    stranger = factories.User()
    session.commit()
    client = sign_in(manager)
    assert client.get(f"/users/{stranger.id}/hand-over").status_code == 404
    sent = {"to_id": stranger.id, "reason": "调离", "expected": 8}
    assert client.post(f"/users/{officer.id}/hand-over", data=sent).status_code == 422
    assert sign_in(officer).get(f"/users/{officer.id}/hand-over").status_code == 403
    assert session.scalars(select(HandOver)).all() == []
