"""线索研判 and 交办: clocks, decisions, answers; acceptance, returns and races."""

import threading
from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from crm.accounts.models import Role, User
from crm.database import acting_as, db
from crm.errors import Forbidden, RuleError
from crm.pipeline import dispatch, gates, triage
from crm.pipeline.models import Decision, Dispatch, Project, Secrecy
from crm.rules import today
from tests import factories

SUMMER = time_machine.travel("2026-09-20T04:00:00Z", tick=False)


@pytest.fixture
def project(session) -> Project:
    return factories.Project(stage_since=today())


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 16)),  # ten weekdays
        (date(2026, 2, 12), date(2026, 3, 4)),  # over the spring festival, with its worked Saturdays
        (date(2026, 9, 21), date(2026, 10, 12)),  # over the national day
    ],
)
def test_the_clock_of_a_triage_runs_in_working_days_from_receipt(session, received: date, due: date) -> None:
    project = factories.Project(stage_since=date(2026, 1, 5))
    triage.register_lead(project, {"received_on": received, "introducer": "示例商会"}, by=project.owner)
    assert triage.due_on(project) == due
    assert triage.is_due(project)


def test_without_a_note_the_clock_runs_from_the_opening(session) -> None:
    project = factories.Project(stage_since=date(2026, 3, 2))
    assert triage.received_on(project) == date(2026, 3, 2)


def test_a_decision_is_kept_and_the_introducer_answered_once(project) -> None:
    by = project.owner
    triage.register_lead(project, {"received_on": today(), "introducer": "示例商会"}, by=by)
    found = triage.decide(project, Decision.PURSUE, "缺口环节", by=by)
    db.session.flush()
    assert gates.FACTS["pursued"].is_known(project)
    assert not gates.FACTS["answered"].is_known(project)
    assert db.session.scalars(triage.unanswered(Project.id == project.id)).all() == [found]
    triage.answer(found, "已跟进", by=by)
    assert gates.FACTS["answered"].is_known(project)
    assert project.triage_note == "缺口环节"
    with pytest.raises(RuleError, match="已经答复"):
        triage.answer(found, "再答", by=by)


def test_a_later_decision_has_to_be_answered_again(project) -> None:
    by = project.owner
    triage.register_lead(project, {"received_on": today(), "introducer": "示例商会"}, by=by)
    triage.answer(triage.decide(project, Decision.HOLD, "再看", by=by), "缓议", by=by)
    triage.decide(project, Decision.PURSUE, "条件具备", by=by)
    assert not gates.FACTS["answered"].is_known(project)


@pytest.mark.parametrize("grounds", ["", "  "])
def test_a_decision_needs_grounds(project, grounds: str) -> None:
    with pytest.raises(RuleError, match="研判依据"):
        triage.decide(project, Decision.DROP, grounds, by=project.owner)


def test_only_who_follows_it_decides(project) -> None:
    with pytest.raises(Forbidden):
        triage.decide(project, Decision.PURSUE, "补链", by=factories.User(office=project.office))


def manager_of(office) -> User:
    return factories.User(role=Role.MANAGER, office=office)


def test_an_office_takes_a_lead_over_or_returns_it(project) -> None:
    other = factories.Office()
    manager, colleague = manager_of(other), factories.User(office=other)
    first = dispatch.dispatch(project, other, "请研究", by=project.owner)
    dispatch.give_back(first, "不属本科", by=manager)
    assert project.office is not other
    second = dispatch.dispatch(project, other, by=project.owner)
    with pytest.raises(RuleError, match="本部门的同事"):
        dispatch.accept(second, factories.User(), by=manager)
    dispatch.accept(second, colleague, by=manager)
    db.session.flush()
    assert (project.owner, project.office) == (colleague, other)
    assert (first.is_accepted, first.reason, second.is_accepted) == (False, "不属本科", True)
    with pytest.raises(RuleError, match="已经答复"):
        dispatch.give_back(second, "反悔", by=manager)


def test_a_return_needs_a_reason(project) -> None:
    row = dispatch.dispatch(project, factories.Office(), by=project.owner)
    with pytest.raises(RuleError, match="原因"):
        dispatch.give_back(row, " ", by=manager_of(row.office))


def test_what_is_restricted_on_its_way_or_at_home_is_not_handed_on(project) -> None:
    with pytest.raises(RuleError, match="已经在这个部门"):
        dispatch.dispatch(project, project.office, by=project.owner)
    dispatch.dispatch(project, factories.Office(), by=project.owner)
    with pytest.raises(RuleError, match="等答复"):
        dispatch.dispatch(project, factories.Office(), by=project.owner)
    hidden = factories.Project(secrecy=Secrecy.RESTRICTED)
    with pytest.raises(RuleError, match="受限"):
        dispatch.dispatch(hidden, factories.Office(), by=hidden.owner)


def test_a_project_that_became_restricted_is_unknown_to_the_receiving_office(project) -> None:
    row = dispatch.dispatch(project, factories.Office(), by=project.owner)
    manager = manager_of(row.office)
    assert dispatch.knows_of(manager, row)
    project.secrecy = Secrecy.RESTRICTED
    assert not dispatch.knows_of(manager, row)


def test_of_many_answers_at_once_one_counts(committed_app) -> None:
    """Acceptance and return race: the row is answered once, whatever happens."""
    with committed_app.app_context(), factories.acting():
        project = factories.Project(stage_since=today())
        office = factories.Office()
        managers = [manager_of(office) for _ in range(6)]
        row = dispatch.dispatch(project, office, by=project.owner)
        db.session.commit()
        ids, row_id, version = [manager.id for manager in managers], row.id, row.version
    answers: list[int] = []
    barrier = threading.Barrier(len(ids))

    def answer(user_id: int, accepts: bool) -> None:
        with committed_app.app_context(), acting_as(user_id):
            client = factories.signed_in(committed_app, db.session.get_one(User, user_id))
        barrier.wait()
        path = "acceptance" if accepts else "return"
        form = {"version": version, "owner_id": user_id, "reason": "不属本科"}
        answers.append(client.post(f"/dispatches/{row_id}/{path}", data=form).status_code)

    threads = [threading.Thread(target=answer, args=(user_id, i % 2 == 0)) for i, user_id in enumerate(ids)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers)[0] == 302
    assert answers.count(302) == 1, answers
    with committed_app.app_context():
        answered = select(func.count()).select_from(Dispatch).where(Dispatch.answered_at.is_not(None))
        assert db.session.scalar(answered) == 1
