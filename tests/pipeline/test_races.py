"""Two at once, with real commits: each act counts once, and whoever comes second is told so."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from crm.accounts.models import Role
from crm.database import db
from crm.history.models import HistoryRow
from crm.pipeline import admission, bulk, claims, disputes
from crm.pipeline.bulk import Wanted
from crm.pipeline.claims import Proof
from crm.pipeline.disputes import Asked
from crm.pipeline.models import AdmissionLevel, Grade, Project
from crm.pipeline.models.claims import ClaimState, ProjectShare, RequestKind
from crm.rules import today
from tests import factories
from tests.conftest import application, clone

ROUNDS = 4
WISH = Proof(wish="愿意落户。", wish_on=date(2026, 1, 5))


@pytest.fixture(scope="module")
def racing(template_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on one database for all the races here."""
    made = application(clone(template_url, f"races_{worker_id}"), tmp_path_factory.mktemp("data"))
    made.config["WTF_CSRF_ENABLED"] = False
    yield made
    with made.app_context():
        db.engine.dispose()


class Bureau:
    """A coordinating bureau with two managers above two offices, each with an officer."""

    def __init__(self, app: Flask) -> None:
        bureau = factories.Office(is_coordinating=True)
        first, second = (factories.Office(parent=bureau) for _ in range(2))
        self.officer, self.rival = factories.User(office=first), factories.User(office=second)
        heads = [factories.User(role=Role.MANAGER, office=bureau) for _ in range(2)]
        self.heads = [factories.signed_in(app, head) for head in heads]
        self.client = factories.signed_in(app, self.officer)

    def project(self) -> Project:
        return factories.Project(owner=self.officer, investment_wan=Decimal(8_000))


@pytest.fixture
def bureau(racing: Flask) -> Iterator[Bureau]:
    with racing.app_context(), factories.acting():
        yield Bureau(racing)


def meet(clients: list[FlaskClient], path: str, forms: list[dict]) -> Counter[int]:
    """How often each status was answered to forms that were sent at the same moment."""
    barrier = Barrier(len(forms))

    def send(client: FlaskClient, form: dict) -> int:
        barrier.wait()
        return client.post(path, data=form).status_code

    with ThreadPoolExecutor(len(forms)) as pool:
        return Counter(pool.map(send, clients, forms))


def committed(row):
    """What others see of a row, in its last committed version."""
    db.session.commit()
    db.session.refresh(row)
    return row


def updates(row) -> int:
    """How many requests changed a row, as history has it."""
    changes = select(func.count(HistoryRow.request_id.distinct()))
    changes = changes.filter_by(table_name=row.__tablename__, row_id=row.id, operation="update")
    return db.session.scalar(changes) or 0


def test_a_claim_is_decided_once(bureau) -> None:
    for _round in range(ROUNDS):
        claim = committed(claims.file(bureau.project().id, WISH, by=bureau.officer))
        form = {"version": claim.version, "reason": "材料不足"}
        answers = meet(bureau.heads, f"/claims/{claim.id}/decisions", [{**form, "verdict": v} for v in ("yes", "no")])
        assert answers == {302: 1, 409: 1}
        assert committed(claim).state in (ClaimState.ACCEPTED, ClaimState.REFUSED)
        assert updates(claim) == 1


def test_a_dispute_is_ruled_on_once(bureau) -> None:
    for _round in range(ROUNDS):
        claim = claims.file(bureau.project().id, WISH, by=bureau.officer)
        request = disputes.ask(claim, Asked(RequestKind.DISPUTE, "我们先接触"), by=bureau.rival)
        form = {"version": committed(request).version, "decision": "共同接触", "kept_percent": "60"}
        path = f"/claim-requests/{request.id}/rulings"
        answers = meet(bureau.heads, path, [{**form, "outcome": outcome} for outcome in ("joint", "keep")])
        assert answers == {302: 1, 409: 1}
        shares = db.session.scalars(select(ProjectShare.percent).filter_by(project_id=claim.project_id)).all()
        assert sorted(shares) == ([40, 60] if committed(request).outcome.value == "joint" else [])
        assert updates(request) == 1


def test_an_admission_is_decided_once_and_no_answer_comes_behind(bureau) -> None:
    level = db.session.scalars(select(AdmissionLevel).order_by(AdmissionLevel.at_least_wan.desc())).first()
    for number in range(ROUNDS):
        due = today() + timedelta(days=9)
        found = admission.open_admission(bureau.project(), [bureau.officer.office], due_on=due, by=bureau.officer)
        opinion = found.opinions[0]
        admission.answer(opinion, admission.Answer(Grade.FOR, "", {}, []), by=bureau.officer)
        form = {"version": committed(found).version, "level_id": level.id, "body": "领导小组", "meeting": "第一次会议"}
        form |= {"minutes_number": f"纪要{number}号", "decided_on": today().isoformat(), "outcome": "admitted"}
        path = f"/admissions/{found.id}/decision"
        assert meet(bureau.heads, path, [form, {**form, "outcome": "refused"}]) == {302: 1, 409: 1}
        late = {"grade": "for", "comment": "补充", "version": committed(opinion).version}
        assert bureau.client.post(f"/opinions/{opinion.id}", data=late).status_code == 422
        assert updates(committed(found)) == 1


def test_of_two_bulk_edits_one_wins_whole(bureau) -> None:
    projects = [bureau.project() for _ in range(6)]
    for number in range(ROUNDS):
        rows = [f"{project.id}:{committed(project).version}" for project in projects]
        forms = [{"row": rows, "park": f"示例一园{number}"}, {"row": rows[::-1], "park": f"示例二园{number}"}]
        assert meet(bureau.heads, "/pipeline/bulk-edits", forms) == {302: 1, 409: 1}
        assert len({committed(project).park for project in projects}) == 1


def test_two_presses_undo_a_bulk_edit_once(bureau) -> None:
    projects = [bureau.project() for _ in range(3)]
    for number in range(ROUNDS):
        wanted = [Wanted(each.id, committed(each).version, {"park": f"示例园{number}"}) for each in projects]
        edit = committed(bulk.apply(wanted, by=bureau.officer))
        before = [updates(project) for project in projects]
        assert meet([bureau.client] * 2, f"/pipeline/bulk-edits/{edit.id}/undo", [{}, {}]) == {302: 1, 409: 1}
        assert [committed(project).park for project in projects] == [""] * 3
        assert [updates(project) for project in projects] == [each + 1 for each in before]
