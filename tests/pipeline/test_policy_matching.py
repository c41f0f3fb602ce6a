"""Policies for a project: which apply, which nearly, the sums, and the notice."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from docx import Document
from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.landing import services as landing_services
from crm.landing.parks.entries import PARK
from crm.landing.policies.entries import CONDITION, POLICY, REVIEW
from crm.landing.policies.models import Conclusion, Fact, Operator, Policy, PolicyReview, ReviewKind, Subject, Validity
from crm.pipeline import notice, policy_matching, services
from crm.pipeline.models import Project
from crm.rules import today
from tests import factories
from tests.factories import landing

DAY = date(2026, 11, 24)


def policy(name: str, *conditions: tuple[Fact, Operator, str], **given: object) -> Policy:
    """A policy in force with both reviews."""
    values = {"name": name, "validity": Validity.PUBLISHED, "valid_from": date(2026, 1, 1), **given}
    found = landing.row(POLICY, **values)
    for kind in ReviewKind:
        landing.row(REVIEW, policy=found, kind=kind, conclusion=Conclusion.PASSED, on_day=date(2025, 12, 1))
    for fact, operator, value in conditions:
        landing.row(CONDITION, policy=found, fact=fact, operator=operator, value=value)
    return found


def project(**given: object) -> Project:
    """A project of a chain's segment."""
    segment = factories.Segment(name="激光晶体", chain=factories.Chain(name="激光"))
    found = factories.Project(investment_wan=Decimal(62_000), fixed_investment_wan=Decimal(41_000), **given)
    services._set_segments(found, services.Relations(main_segment=segment))
    return found


def names(found: list[policy_matching.PolicyMatch]) -> list[str]:
    return [each.policy.name for each in found]


def test_policies_fall_into_three_groups(session: Session) -> None:
    mine = project()
    policy("都符合", (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "5000"), (Fact.CHAIN, Operator.IS, "激光"))
    policy("差一项", (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "50000"), (Fact.CHAIN, Operator.IS, "激光"))
    policy("还不知道", (Fact.OUTPUT, Operator.AT_LEAST, "1"), (Fact.JOBS, Operator.AT_LEAST, "1"))
    policy("差两项", (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "50000"), (Fact.CHAIN, Operator.IS, "显示"))
    policy("没有条件")
    session.expire_all()
    found = policy_matching.matches_for(mine, DAY)
    assert names(found.applying) == ["都符合", "没有条件"]
    assert names(found.near) == ["差一项", "还不知道"]
    assert names(found.others) == ["差两项"]
    assert [line.asked for line in found.near[0].lacking] == ["固定资产投资（万元） 不少于 50,000"]


def test_only_what_is_published_in_force_and_reviewed_matches(session: Session) -> None:
    mine = project()
    policy("未发布", validity=Validity.DRAFT)
    policy("待核", validity=Validity.UNVERIFIED)
    policy("过期", valid_until=date(2026, 11, 23))
    policy("给个人", subject=Subject.PERSON)
    policy("虚构", is_demo=True)
    unreviewed = policy("没有公平竞争审查")
    session.execute(delete(PolicyReview).filter_by(policy_id=unreviewed.id, kind=ReviewKind.FAIR))
    policy("在用")
    session.flush()
    session.expire_all()
    found = policy_matching.matches_for(mine, DAY)
    assert names([*found.applying, *found.near, *found.others]) == ["在用"]


def test_a_policy_of_another_chain_does_not_apply(session: Session) -> None:
    mine = project()
    factories.Chain(name="显示")
    for theme in ("激光", "激光晶体", "显示"):
        found = policy(f"{theme}政策")
        landing_services.save(POLICY, found, {"themes": [theme]})
    session.expire_all()
    found = policy_matching.matches_for(mine, DAY)
    assert names(found.applying) == ["激光政策", "激光晶体政策"]
    assert names(found.near) == ["显示政策"]


def test_the_sum_is_shown_with_its_working(session: Session) -> None:
    mine = project()
    policy("奖励", formula="固定资产投资 × 2%", cap_wan=Decimal(800))
    session.expire_all()
    [match] = policy_matching.matches_for(mine, DAY).applying
    assert match.amount == 800
    assert match.sum == "固定资产投资 × 2%（固定资产投资 41,000，上限 800 万元）= 800 万元"


def test_taxes_and_ownership_are_no_facts(session: Session) -> None:
    """Two projects that differ in nothing but these get the same."""
    policy("奖励", (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "5000"))
    session.expire_all()
    cases = [policy_matching.case_of(factories.Project(tax_wan=tax)) for tax in (None, Decimal(9_999))]
    assert {key: value for key, value in cases[0].items() if key is not Fact.SEGMENT} == {
        key: value for key, value in cases[1].items() if key is not Fact.SEGMENT
    }


def test_the_notice_says_that_it_promises_nothing(session: Session, sign_in: Callable) -> None:
    mine = project(name="示例晶体基地")
    policy("奖励", formula="固定资产投资 × 2%", cap_wan=Decimal(800), clause="第六条 示例", doc_number="示字1号")
    policy("差一项", (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "50000"))
    policy("人才津贴", subject=Subject.PERSON)
    session.expire_all()
    answer = sign_in(mine.owner).get(f"/projects/{mine.id}/policies.docx")
    document = Document(BytesIO(answer.data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    text = "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
    for sentence in notice.STATEMENT:
        assert sentence in text
    assert "不是承诺" in text
    for words in ("奖励", "第六条 示例", "示字1号", "测算（不是承诺）：800 万元", "差一项", "不符合"):
        assert words in text
    assert "人才津贴" not in text


def test_the_landing_page_holds_land_and_says_why_not(session: Session, sign_in: Callable) -> None:
    park = landing.row(PARK, name="示例园", free_mu=Decimal(10))
    mine = project(land_mu=Decimal(20))
    browser = sign_in(mine.owner)
    page = browser.get(f"/projects/{mine.id}/landing").get_data(as_text=True)
    assert "要 20 亩，还可预留 10 亩" in page
    form = {"park_id": str(park.id), "land_mu": "20", "until": (today() + timedelta(days=90)).isoformat()}
    answer = browser.post(f"/projects/{mine.id}/reservations", data=form)
    assert answer.status_code == 422
    assert "可供用地不够：还可预留 10.00 亩" in answer.get_data(as_text=True)
    assert browser.post(f"/projects/{mine.id}/reservations", data={**form, "land_mu": "8"}).status_code == 302
    session.expire_all()
    [held] = mine.reservations
    assert browser.post(f"/reservations/{held.id}/releases", data={"reason": ""}).status_code == 422
    assert browser.post(f"/reservations/{held.id}/releases", data={"reason": "改址"}).status_code == 302
