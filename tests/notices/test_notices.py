"""Notices: told once, to whom they concern, without names."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.accounts.models import SignInSession
from crm.database import db
from crm.notices.models import Notice, NoticeKind
from crm.notices.services import notify
from tests import factories


@pytest.fixture
def officer(session):
    return factories.User(display_name="李专员")


def notices(user):
    return db.session.scalars(select(Notice).where(Notice.user_id == user.id).order_by(Notice.id)).all()


def test_an_occasion_is_told_once(officer):
    for count in (2, 3):
        notify(officer, key="tasks 2026-11-24", kind=NoticeKind.TASK_DUE, url="/tasks", count=count)
    notify(officer, key="tasks 2026-11-25", kind=NoticeKind.TASK_DUE, url="/tasks")
    assert [(notice.key, notice.count) for notice in notices(officer)] == [
        ("tasks 2026-11-24", 2),
        ("tasks 2026-11-25", 1),
    ]


def test_nobody_else_is_told(officer, sign_in):
    notify(officer, key="a", kind=NoticeKind.TASK_HANDED, url="/tasks")
    assert "还没有提醒" in sign_in(factories.User()).get("/notices").text


def test_who_cannot_sign_in_is_told_nothing(officer):
    officer.disabled_at = datetime.now(UTC)
    notify(officer, key="a", kind=NoticeKind.TASK_HANDED, url="/tasks")
    assert not notices(officer)


def test_the_bell_counts_until_it_is_read(officer, sign_in):
    for number in range(3):
        notify(officer, key=f"task {number}", kind=NoticeKind.TASK_HANDED, url="/tasks")
    client = sign_in(officer)
    assert "提醒：3 条未读" in client.get("/companies").text
    first = notices(officer)[0]
    answer = client.post(f"/notices/{first.id}/reading")
    assert (answer.status_code, answer.location) == (302, "/tasks")
    assert "提醒：2 条未读" in client.get("/notices/bell").text
    client.post("/notices/readings", data={"until": notices(officer)[-1].id})
    assert "未读" not in client.get("/notices").text


def test_what_came_after_the_page_stays_unread(officer, sign_in):
    notify(officer, key="seen", kind=NoticeKind.TASK_HANDED, url="/tasks")
    seen = notices(officer)[0].id
    notify(officer, key="later", kind=NoticeKind.TASK_HANDED, url="/tasks")
    sign_in(officer).post("/notices/readings", data={"until": seen})
    assert [notice.is_read for notice in notices(officer)] == [True, False]


def test_asking_for_the_bell_keeps_no_session_alive(officer, sign_in):
    client = sign_in(officer)
    session = db.session.scalars(select(SignInSession).where(SignInSession.user_id == officer.id)).one()
    session.seen_at = earlier = datetime.now(UTC) - timedelta(minutes=20)
    db.session.commit()
    client.get("/notices/bell")
    db.session.refresh(session)
    assert session.seen_at == earlier


def test_a_sentence_has_a_count_and_nothing_else():
    """Promise 24: no notice can carry a name, for its sentence has no place for one."""
    for kind in NoticeKind:
        assert re.findall(r"%\((\w+)\)", kind.label) == ["count"]
