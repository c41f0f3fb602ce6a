"""准入联审: who is asked and answers, scores and vetoes, who decides on which amount; the experts' scores."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import db
from crm.errors import Forbidden, RuleError
from crm.landing.experts import draws
from crm.landing.experts.entries import EXPERT
from crm.landing.experts.models import SeatState
from crm.pipeline import admission, gates, origins
from crm.pipeline.admission import Answer, Ruling
from crm.pipeline.models import AdmissionLevel, Criterion, Grade, Outcome, Project, Secrecy, Veto
from crm.rules import today
from tests import factories
from tests.factories import landing

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def project() -> Project:
    return factories.Project(investment_wan=Decimal(5_000))


@pytest.fixture
def manager(project):
    return factories.User(role=Role.MANAGER, office=project.office)


def asked(project: Project, *offices, days: int = 9):
    """An admission that asks these offices, or one of its own."""
    offices = offices or (factories.Office(),)
    due = today() + timedelta(days=days)
    return admission.open_admission(project, offices, due_on=due, by=project.owner)


def answer(opinion, *, grade=Grade.FOR, comment="", share: Decimal = Decimal("0.8"), vetoes=()) -> None:
    """One of the office gives a share of the full marks."""
    marks = {each.id: each.weight * share for each in db.session.scalars(select(Criterion))}
    person = factories.User(office=opinion.office)
    admission.answer(opinion, Answer(grade, comment, marks, list(vetoes)), by=person)


def ruling(outcome=Outcome.ADMITTED, at_least: int = 0, **more) -> Ruling:
    """A decision of the level that begins at an amount."""
    level = db.session.scalars(select(AdmissionLevel).where(AdmissionLevel.at_least_wan == at_least)).one()
    given = {"body": "领导小组", "meeting": "第一次会议", "minutes_number": "纪要〔2026〕1号", "decided_on": today()}
    return Ruling(outcome=outcome, level=level, **{**given, **more})


def test_the_default_criteria_are_the_letters_and_sum_up_to_100() -> None:
    found = {each.name: each.weight for each in db.session.scalars(admission.criteria())}
    assert sum(found.values()) == 100
    assert (found["投资规模"], found["投资强度"], found["预期税收"]) == (17, 17, 16)
    assert (found["投资方实力"], found["用地集约"]) == (10, 10)
    assert any("淘汰" in veto.name for veto in db.session.scalars(admission.vetoes()))


def test_answers_and_a_decision_open_signing(project, manager) -> None:
    found = asked(project)
    assert not gates.FACTS["admitted"].is_known(project)
    answer(found.opinions[0])
    assert found.office_score == 80
    admission.decide(found, ruling(), by=manager)
    db.session.flush()
    assert gates.FACTS["admitted"].is_known(project)


def test_only_the_offices_own_people_answer(project) -> None:
    opinion = asked(project).opinions[0]
    with pytest.raises(Forbidden):
        admission.answer(opinion, Answer(Grade.FOR, "", {}, []), by=project.owner)


def test_one_admission_at_a_time(project) -> None:
    asked(project)
    with pytest.raises(RuleError, match="在进行"):
        asked(project)


@pytest.mark.parametrize(
    ("grade", "vetoed"), [(Grade.AGAINST, False), (Grade.WITH_CONDITIONS, False), (Grade.FOR, True)]
)
def test_objections_conditions_and_vetoes_need_words(project, grade: Grade, vetoed: bool) -> None:
    opinion = asked(project).opinions[0]
    vetoes = [db.session.scalars(select(Veto.id)).first()] if vetoed else []
    with pytest.raises(RuleError, match="写明意见"):
        answer(opinion, grade=grade, vetoes=vetoes)


def test_a_score_stays_within_its_full_marks(project) -> None:
    with pytest.raises(RuleError, match="满分"):
        answer(asked(project).opinions[0], share=Decimal("1.1"))


def test_a_veto_stands_until_it_is_taken_back(project, manager) -> None:
    found = asked(project)
    answer(found.opinions[0], comment="限制类", vetoes=[db.session.scalars(select(Veto.id)).first()])
    with pytest.raises(RuleError, match="否决项"):
        admission.decide(found, ruling(), by=manager)
    admission.decide(found, ruling(Outcome.REFUSED), by=manager)
    assert not gates.FACTS["admitted"].is_known(project)


def test_offices_have_their_time(project, manager) -> None:
    found = asked(project)
    with pytest.raises(RuleError, match="没有答复"):
        admission.decide(found, ruling(), by=manager)
    found.opened_on = found.due_on = today() - timedelta(days=1)
    admission.decide(found, ruling(), by=manager)


@pytest.mark.parametrize(
    ("investment", "level", "passes"),
    [
        (Decimal("9999.99"), 0, True),
        (Decimal(10_000), 0, False),
        (Decimal(10_000), 10_000, True),
        (Decimal(10_000), 100_000, True),
        (Decimal(100_000), 10_000, False),
        (Decimal(100_000), 100_000, True),
        (None, 0, True),
    ],
)
def test_the_amount_says_who_decides(project, manager, investment, level: int, passes: bool) -> None:
    project.investment_wan = investment
    found = asked(project)
    answer(found.opinions[0])
    if passes:
        admission.decide(found, ruling(at_least=level), by=manager)
    else:
        with pytest.raises(RuleError, match="或以上决定"):
            admission.decide(found, ruling(at_least=level), by=manager)


def test_a_decision_is_final_for_the_offices_too(project, manager) -> None:
    found = asked(project)
    answer(found.opinions[0])
    admission.decide(found, ruling(), by=manager)
    with pytest.raises(RuleError, match="已经有结论"):
        answer(found.opinions[0])
    with pytest.raises(RuleError, match="已经有结论"):
        admission.decide(found, ruling(), by=manager)


def test_an_officer_records_no_decision(project) -> None:
    found = asked(project)
    answer(found.opinions[0])
    with pytest.raises(Forbidden):
        admission.decide(found, ruling(), by=project.owner)


def test_experts_scores_flow_into_the_composite(project, manager) -> None:
    landing.row(EXPERT)
    found = asked(project)
    answer(found.opinions[0])
    seat = origins.draw_experts(project, "", 1, by=manager).seats[0]
    draws.answer(seat, SeatState.ACCEPTED, "")
    seat.score = Decimal(60)
    db.session.flush()
    assert admission.composite(found) == Decimal(80) * Decimal("0.7") + Decimal(60) * Decimal("0.3")
    admission.decide(found, ruling(), by=manager)
    assert found.expert_score == 60


def test_an_office_knows_what_it_is_asked_but_not_of_a_restricted_project(project, sign_in) -> None:
    opinion = asked(project).opinions[0]
    person = factories.User(office=opinion.office)
    client = sign_in(person)
    assert project.name in client.get("/opinions").get_data(as_text=True)
    assert client.get(f"/opinions/{opinion.id}").status_code == 200
    project.secrecy = Secrecy.RESTRICTED
    db.session.flush()
    assert project.name not in client.get("/opinions").get_data(as_text=True)
    assert client.get(f"/opinions/{opinion.id}").status_code == 404


def test_the_sheet_prints_and_downloads(project, sign_in) -> None:
    found = asked(project)
    answer(found.opinions[0], comment="配套好")
    client = sign_in(project.owner)
    page = client.get(f"/admissions/{found.id}/sheet").get_data(as_text=True)
    assert "研判意见表" in page
    assert "配套好" in page
    document = client.get(f"/admissions/{found.id}/sheet.docx")
    assert document.status_code == 200
    assert document.data[:2] == b"PK"
