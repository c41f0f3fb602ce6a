"""What is to know of policies, their conditions, reviews and grades, and of funds with their payments."""

from collections.abc import Mapping
from typing import Any

from crm.database import N_
from crm.errors import RuleError
from crm.landing.entries import (
    DEMO,
    SOURCE,
    CompanyLink,
    Entry,
    Kind,
    Link,
    Noun,
    choice,
    day,
    line,
    link,
    owned_by,
    prose,
    wan,
    whole,
    words,
    yes,
)
from crm.landing.policies import conditions
from crm.landing.policies.models import (
    Conclusion,
    Fact,
    Fund,
    FundYear,
    Operator,
    Payment,
    Policy,
    PolicyCondition,
    PolicyGrade,
    PolicyKind,
    PolicyReview,
    ReviewKind,
    Subject,
    Validity,
)

FUND = Noun(
    "fund",
    "funds",
    N_("专项资金"),
    Fund,
    (
        line("name", N_("资金名称"), words="资金名称 专项资金", required=True, identity=True),
        wan("yearly_wan", N_("每年安排"), words="每年安排 年度规模"),
        yes("yearly_is_minimum", N_("超过"), words="超过", hint=N_("来源写的是“超过”这个数")),
        prose("note", N_("资金说明"), words="资金说明"),
        DEMO,
        SOURCE,
    ),
)
FUND_YEAR = Noun(
    "fund_year",
    "fund-years",
    N_("年度预算"),
    FundYear,
    (
        owned_by(FUND),
        whole("year", N_("年度"), 1990, 2100, words="年度", required=True, identity=True),
        wan("budget_wan", N_("预算"), words="预算 预算金额", required=True),
    ),
    title="year",
    parent="fund",
)


def published_whole(values: Mapping[str, Any]) -> None:
    """A published policy says from when it is in force."""
    if values.get("validity") is Validity.PUBLISHED and not values.get("valid_from"):
        raise RuleError(N_("已发布的政策要填写有效期起。"))
    if values.get("subject") is Subject.PERSON and values.get("formula"):
        raise RuleError(N_("发给个人的政策按档次填写金额，不用公式。"))


POLICY = Noun(
    "policy",
    "policies",
    N_("政策"),
    Policy,
    (
        line("name", N_("政策名称"), words="政策名称 政策", required=True, identity=True),
        choice("kind", N_("类别"), PolicyKind, PolicyKind.INDUSTRY, words="类别 政策类别"),
        choice("subject", N_("发放对象"), Subject, Subject.COMPANY, words="发放对象 对象"),
        choice("validity", N_("现行有效性"), Validity, Validity.UNVERIFIED, words="现行有效性 状态"),
        line("document", N_("所属文件"), 300, words="所属文件 文件名称"),
        line("doc_number", N_("文号"), 100, words="政策文号 文号", identity=True),
        line("issuer", N_("发文机关"), words="发文机关 发文单位"),
        line("url", N_("公开网址"), 500, words="公开网址 网址"),
        day("issued_on", N_("发布日期"), words="发布日期"),
        day("valid_from", N_("有效期起"), words="有效期起"),
        day("valid_until", N_("有效期止"), words="有效期止"),
        words("themes", N_("适用产业链"), words="适用产业链 产业链", hint=N_("不填表示全部工业；用顿号分开")),
        line("audience", N_("适用对象"), 300, words="适用对象"),
        line("departments", N_("受理部门"), 300, words="受理部门"),
        prose("clause", N_("条款原文"), words="条款原文 条款"),
        prose("amount_text", N_("标准"), words="标准 扶持标准", hint=N_("用文件自己的话")),
        Entry(
            "formula",
            N_("计算公式"),
            conditions.formula,
            words="计算公式 公式",
            hint=N_("文件写明算法才填，例如 最小(固定资产投资 × 2%, 500)"),
        ),
        wan("cap_wan", N_("上限"), words="上限"),
        link("fund", N_("资金来源"), Fund, words="资金来源 专项资金"),
        DEMO,
        SOURCE,
    ),
    refusals={"ck_policies_valid_until": N_("有效期止不能早于有效期起。")},
    check=published_whole,
)
CONDITION = Noun(
    "condition",
    "policy-conditions",
    N_("适用条件"),
    PolicyCondition,
    (
        owned_by(POLICY),
        Entry("fact", N_("指标"), conditions.fact, Kind.CHOICE, "指标", choices=Fact, required=True, identity=True),
        choice("operator", N_("比较"), Operator, words="比较 比较方式", required=True, identity=True),
        line("value", N_("数值或名称"), 300, words="数值或名称 数值", required=True, hint=N_("几个名称用顿号分开")),
        prose("words", N_("条件原文"), words="条件原文"),
    ),
    title="words",
    parent="policy",
    check=conditions.require_sound,
)


def exception_whole(values: Mapping[str, Any]) -> None:
    """An exception has its basis and its end, and only fair competition knows one."""
    if values.get("conclusion") is not Conclusion.EXCEPTION:
        return
    if values.get("kind") is not ReviewKind.FAIR:
        raise RuleError(N_("只有公平竞争审查可以适用例外规定。"))
    if not values.get("exception_basis") or not values.get("exception_until"):
        raise RuleError(N_("适用例外规定时，要写明依据和实施期限。"))


REVIEW = Noun(
    "review",
    "policy-reviews",
    N_("审查记录"),
    PolicyReview,
    (
        owned_by(POLICY),
        choice("kind", N_("审查类型"), ReviewKind, words="审查类型", required=True, identity=True),
        line("reviewer", N_("审查机构"), words="审查机构 审查人", required=True),
        day("on_day", N_("审查日期"), words="审查日期", required=True, identity=True),
        choice("conclusion", N_("结论"), Conclusion, words="结论 审查结论", required=True),
        prose("exception_basis", N_("例外依据"), words="例外依据"),
        day("exception_until", N_("例外期限"), words="例外期限"),
        line("doc_number", N_("审查文号"), 100, words="审查文号"),
    ),
    title="reviewer",
    parent="policy",
    check=exception_whole,
)
GRADE = Noun(
    "grade",
    "policy-grades",
    N_("档次"),
    PolicyGrade,
    (
        owned_by(POLICY),
        line("name", N_("档次"), 100, words="档次", required=True, identity=True),
        wan("amount_wan", N_("每人金额"), words="每人金额 金额"),
    ),
    parent="policy",
)
PAYMENT = Noun(
    "payment",
    "payments",
    N_("兑现"),
    Payment,
    (
        owned_by(FUND),
        link("policy", N_("政策"), Link(Policy), words="政策名称 政策", identity=True),
        link("company", N_("企业"), CompanyLink(), words="企业名称 企业", identity=True),
        whole("year", N_("年度"), 1990, 2100, words="年度 兑现年度", required=True, identity=True),
        wan("forecast_wan", N_("预计兑现"), words="预计兑现 预计金额"),
        wan("paid_wan", N_("已兑现"), words="已兑现 兑现金额"),
        day("paid_on", N_("兑现日期"), words="兑现日期"),
        prose("note", N_("备注"), words="备注"),
    ),
    title="year",
    parent="fund",
    refusals={"ck_payments_amount": N_("请填写预计兑现或已兑现的金额。")},
)
PARTS = (CONDITION, REVIEW, GRADE)
