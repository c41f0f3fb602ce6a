"""Conditions, red lines, formulas and reviews of policies: cases worked out by hand."""

import contextlib
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from crm.errors import RuleError
from crm.landing import services
from crm.landing.policies import conditions
from crm.landing.policies.conditions import Case, amount_wan, formula, judge
from crm.landing.policies.entries import CONDITION, FUND, FUND_YEAR, PAYMENT, POLICY, REVIEW
from crm.landing.policies.models import (
    Conclusion,
    Fact,
    Operator,
    Policy,
    PolicyCondition,
    PolicyReview,
    ReviewKind,
    Subject,
    Validity,
)
from crm.landing.policies.queries import for_companies, in_force, years_of
from crm.landing.redlines.models import RedLine
from crm.landing.redlines.wording import crossings, lines_in_force
from tests.factories import landing

pytestmark = pytest.mark.usefixtures("session")

DAY = date(2026, 11, 24)
CASE: Case = {
    Fact.INVESTMENT: Decimal(62_000),
    Fact.FIXED_INVESTMENT: Decimal(41_000),
    Fact.OUTPUT: None,
    Fact.LAND: Decimal(85),
    Fact.FLOOR: Decimal(60_000),
    Fact.JOBS: Decimal(380),
    Fact.ENERGY: Decimal(4_200),
    Fact.INTENSITY: Decimal(41_000) / 85,
    Fact.EMPLOYEES: Decimal(0),
    Fact.CHAIN: frozenset({"激光"}),
    Fact.SEGMENT: frozenset({"激光晶体", "光学材料"}),
    Fact.ROUTE: frozenset({"拿地自建"}),
    Fact.STAGE: frozenset({"在谈", "洽谈"}),
}

#: (fact, operator, value, verdict): a case for each kind of rule, met, just met, not met, and not known.
GOLDEN = [
    (Fact.INVESTMENT, Operator.AT_LEAST, "50000", True),
    (Fact.INVESTMENT, Operator.AT_LEAST, "62000", True),
    (Fact.INVESTMENT, Operator.AT_LEAST, "62000.0001", False),
    (Fact.INVESTMENT, Operator.AT_MOST, "62000", True),
    (Fact.INVESTMENT, Operator.AT_MOST, "61999", False),
    (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "5000", True),
    (Fact.FIXED_INVESTMENT, Operator.AT_LEAST, "100000", False),
    (Fact.OUTPUT, Operator.AT_LEAST, "1", None),
    (Fact.LAND, Operator.AT_MOST, "100", True),
    (Fact.LAND, Operator.AT_MOST, "84.99", False),
    (Fact.FLOOR, Operator.AT_LEAST, "3000", True),
    (Fact.JOBS, Operator.AT_LEAST, "381", False),
    (Fact.ENERGY, Operator.AT_MOST, "5000", True),
    (Fact.INTENSITY, Operator.AT_LEAST, "482", True),
    (Fact.INTENSITY, Operator.AT_LEAST, "483", False),
    (Fact.EMPLOYEES, Operator.AT_LEAST, "1", False),
    (Fact.CHAIN, Operator.IS, "激光", True),
    (Fact.CHAIN, Operator.IS, "光电显示", False),
    (Fact.SEGMENT, Operator.AMONG, "激光器、激光晶体", True),
    (Fact.SEGMENT, Operator.AMONG, "激光器、激光照明", False),
    (Fact.ROUTE, Operator.AMONG, "租购厂房；拿地自建", True),
    (Fact.ROUTE, Operator.IS, "租购厂房", False),
    (Fact.STAGE, Operator.IS, "在谈", True),
    (Fact.STAGE, Operator.IS, "签约", False),
]


@pytest.mark.parametrize(("fact", "operator", "value", "verdict"), GOLDEN)
def test_a_condition_is_judged_as_by_hand(fact: Fact, operator: Operator, value: str, verdict: bool | None) -> None:
    condition = PolicyCondition(fact=fact, operator=operator, value=value)
    conditions.require_sound({"fact": fact, "operator": operator, "value": value, "words": ""})
    assert judge(condition, CASE).holds is verdict


def test_every_kind_of_fact_stands_in_the_table() -> None:
    assert {row[0] for row in GOLDEN} == set(Fact)
    assert {row[1] for row in GOLDEN} == set(Operator)


def test_names_that_are_not_known_decide_nothing() -> None:
    condition = PolicyCondition(fact=Fact.SEGMENT, operator=Operator.IS, value="激光器")
    assert judge(condition, {**CASE, Fact.SEGMENT: frozenset()}).holds is None


#: (words, the red line that they cross)
RED = [
    ("列入本市重点企业名录的企业", "列入名录"),
    ("进入推荐目录", "列入名录"),
    ("在白名单内", "列入名录"),
    ("国有企业优先", "企业所有制"),
    ("限民营企业申报", "企业所有制"),
    ("按企业所有制分档", "企业所有制"),
    ("上年度纳税 500 万元以上", "税收或经济贡献"),
    ("年税收不低于 1000 万元", "税收或经济贡献"),
    ("按地方 贡献的百分之五十", "税收或经济贡献"),
    ("将注册地迁入本市", "迁移注册地"),
    ("承诺十年内不迁移注册登记", "迁移注册地"),
    ("产值纳统", "统计归属"),
    ("统计数据留在本市", "统计归属"),
]


@pytest.mark.parametrize(("words", "line"), RED)
def test_a_condition_that_crosses_a_red_line_is_refused(words: str, line: str) -> None:
    found = crossings(words, lines_in_force(RedLine.for_policies.is_(True)))
    assert found[0].line.name == line
    with pytest.raises(RuleError, match="红线"):
        conditions.require_sound({"fact": Fact.JOBS, "operator": Operator.AT_LEAST, "value": "1", "words": words})


@pytest.mark.parametrize(
    "words", ["固定资产投资 5000 万元以上", "租用标准厂房", "投资强度不低于 400 万元/亩", "新增就业 100 人"]
)
def test_open_and_objective_words_cross_none(words: str) -> None:
    assert crossings(words, lines_in_force(RedLine.for_policies.is_(True))) == []


@pytest.mark.parametrize("name", ["达产税收", "企业所有制", "名录", "注册地", "纳统产值"])
def test_a_sheet_cannot_name_what_is_behind_a_red_line(name: str) -> None:
    with pytest.raises(RuleError, match="红线"):
        conditions.fact(name)


def test_a_sheet_names_facts_by_their_labels() -> None:
    assert conditions.fact("固定资产投资（万元）") is Fact.FIXED_INVESTMENT
    assert conditions.fact("固定资产投资") is Fact.FIXED_INVESTMENT
    with pytest.raises(RuleError, match="公开、客观"):
        conditions.fact("企业荣誉")


@pytest.mark.parametrize(
    ("fact", "operator", "value"),
    [
        (Fact.JOBS, Operator.IS, "100"),
        (Fact.CHAIN, Operator.AT_LEAST, "激光"),
        (Fact.JOBS, Operator.AT_LEAST, "许多"),
    ],
)
def test_a_condition_that_cannot_be_judged_is_refused(fact: Fact, operator: Operator, value: str) -> None:
    with pytest.raises(RuleError):
        conditions.require_sound({"fact": fact, "operator": operator, "value": value, "words": ""})


#: (formula, cap, amount in 万元)
SUMS = [
    ("固定资产投资 × 2%", None, "820.00"),
    ("固定资产投资 × 2%", "800", "800.00"),
    ("最小(建筑面积 × 0.006, 200)", None, "200.00"),
    ("最大(就业人数 * 1, 500)", None, "500.00"),
    ("（投资总额－固定资产投资）÷ 2", None, "10500.00"),
    ("10 - 就业人数", None, "0.00"),
    ("达产产值 × 1%", None, None),
    ("投资总额 ÷ (就业人数 - 380)", None, None),
    ("", "100", None),
]


@pytest.mark.parametrize(("text", "cap", "amount"), SUMS)
def test_a_formula_gives_what_one_works_out(text: str, cap: str | None, amount: str | None) -> None:
    found = amount_wan(formula(text), Decimal(cap) if cap else None, CASE)
    assert found == (Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')", "固定资产投资.__class__", "9**9**9", "'a' * 99", "[1]", "lambda: 1", "foo + 1",
        "固定资产投资 >", "(1", "1 if 1 else 2", "f'{1}'", "固定资产投资 and 1", "True", "1" * 600,
    ],
)  # fmt: skip
def test_a_formula_is_sums_and_nothing_else(text: str) -> None:
    with pytest.raises(RuleError):
        formula(text)


@pytest.mark.parametrize("text", ["税收 × 50%", "地方贡献 × 0.5", "纳税额"])
def test_a_formula_never_hangs_on_taxes(text: str) -> None:
    with pytest.raises(RuleError, match="红线"):
        formula(text)


@given(st.text(max_size=60))
@example("1E100")
@example("NaN")
def test_any_text_is_a_formula_or_is_refused(text: str) -> None:
    with contextlib.suppress(RuleError):
        amount_wan(formula(text), None, CASE)


# In force and reviewed


def reviewed(**given: object) -> Policy:
    """A policy that may be offered, but for what is given."""
    values = {"name": "示例政策", "validity": Validity.PUBLISHED, "subject": Subject.COMPANY}
    policy = Policy(**{**values, "valid_from": date(2026, 1, 1), "valid_until": date(2026, 12, 31), **given})
    policy.reviews = [
        PolicyReview(kind=kind, reviewer="示例局", on_day=date(2025, 12, 1), conclusion=Conclusion.PASSED)
        for kind in ReviewKind
    ]
    return policy


def test_a_policy_in_force_with_both_reviews_is_offered() -> None:
    assert reviewed().is_offered(DAY)


@pytest.mark.parametrize(
    "given",
    [
        {"validity": Validity.UNVERIFIED},
        {"validity": Validity.DRAFT},
        {"validity": Validity.REPEALED},
        {"valid_from": date(2026, 11, 25)},
        {"valid_from": None},
        {"valid_until": date(2026, 11, 23)},
    ],
)
def test_a_policy_that_is_not_in_force_is_not_offered(given: dict[str, object]) -> None:
    assert not reviewed(**given).is_offered(DAY)


def test_a_policy_without_an_end_stays_in_force() -> None:
    assert reviewed(valid_until=None).is_offered(date(2199, 1, 1))


@pytest.mark.parametrize("kind", list(ReviewKind))
def test_a_policy_without_a_review_is_not_offered(kind: ReviewKind) -> None:
    policy = reviewed()
    policy.reviews = [review for review in policy.reviews if review.kind is not kind]
    assert not policy.is_offered(DAY)


@pytest.mark.parametrize("kind", list(ReviewKind))
def test_the_last_review_decides(kind: ReviewKind) -> None:
    policy = reviewed()
    policy.reviews.append(
        PolicyReview(kind=kind, reviewer="示例局", on_day=date(2026, 6, 1), conclusion=Conclusion.REFUSED)
    )
    assert not policy.is_offered(DAY)


def test_an_exception_ends() -> None:
    policy = reviewed(valid_until=None)
    policy.reviews[0].conclusion = Conclusion.EXCEPTION
    policy.reviews[0].exception_until = date(2026, 11, 24)
    assert policy.is_offered(DAY)
    assert not policy.is_offered(date(2026, 11, 25))


def test_an_exception_needs_its_basis_and_its_end(session: Session) -> None:
    policy = landing.row(POLICY)
    values = {"policy": policy, "kind": ReviewKind.FAIR, "reviewer": "示例局", "on_day": DAY}
    with pytest.raises(RuleError, match="依据和实施期限"):
        services.save(REVIEW, None, {**values, "conclusion": Conclusion.EXCEPTION})
    with pytest.raises(RuleError, match="只有公平竞争审查"):
        services.save(
            REVIEW,
            None,
            {
                **values,
                "kind": ReviewKind.LEGAL,
                "conclusion": Conclusion.EXCEPTION,
                "exception_basis": "示例",
                "exception_until": DAY,
            },
        )


def test_what_people_get_is_never_matched(session: Session) -> None:
    for subject in Subject:
        policy = landing.row(
            POLICY, name=subject.label, subject=subject, validity=Validity.PUBLISHED, valid_from=date(2026, 1, 1)
        )
        for kind in ReviewKind:
            landing.row(REVIEW, policy=policy, kind=kind, conclusion=Conclusion.PASSED)
    session.expire_all()
    found = in_force(session.scalars(for_companies()).unique().all(), DAY)
    assert [policy.name for policy in found] == ["企业"]


def test_a_red_line_is_refused_when_it_is_saved(session: Session) -> None:
    policy = landing.row(POLICY)
    values = {"policy": policy, "fact": Fact.JOBS, "operator": Operator.AT_LEAST, "value": "10"}
    with pytest.raises(RuleError, match="红线"):
        services.save(CONDITION, None, {**values, "words": "在本市纳税的企业"})
    row, _changed = services.save(CONDITION, None, {**values, "words": "新增就业 10 人"})
    with pytest.raises(RuleError, match="红线"):
        services.save(CONDITION, row, {"words": "列入名单"})


def test_years_of_a_fund(session: Session) -> None:
    """Budget 1,000; paid 300 + 100; of a forecast of 500 the 100 are paid, 50 are forecast without payment."""
    fund = landing.row(FUND)
    landing.row(FUND_YEAR, fund=fund, year=2026, budget_wan=Decimal(1_000))
    for forecast, paid in ((None, 300), (500, 100), (50, None)):
        landing.row(PAYMENT, fund=fund, year=2026, forecast_wan=forecast, paid_wan=paid)
    landing.row(PAYMENT, fund=fund, year=2027, forecast_wan=20)
    session.expire_all()
    later, year = years_of(fund)
    assert (year.paid, year.expected, year.free) == (400, 450, 150)
    assert (later.year, later.budget, later.free) == (2027, None, None)
