"""Agreements and promises: wording against red lines, reviews before signing, what counts; kept and flagged."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import db
from crm.errors import RuleError
from crm.landing.redlines.models import RedLine
from crm.landing.redlines.wording import crossings, lines_in_force
from crm.pipeline import agreements, milestones, services
from crm.pipeline.models import (
    Agreement,
    AgreementKind,
    AgreementReview,
    AgreementReviewKind,
    GateClosed,
    MilestoneKind,
    Project,
    ReviewConclusion,
    Side,
)
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")

#: (words of an agreement, the red line that they cross; None for lawful words)
WORDING = [
    ("按其缴纳税款返还百分之五十", "返还"),
    ("按地方留成部分给予支持", "留成"),
    ("实行先征后返", "先征后返"),
    ("通过列收列支方式支持企业", "列收列支"),
    ("工业用地零地价供应", "零地价"),
    ("土地出让金按八折，其余以奖励方式补足", "零地价"),
    ("甲方承诺最低收益", "保底"),
    ("乙方为园区独家运营商", "排他"),
    ("按年度税收的百分之十给予奖励", "以税收为基数"),
    ("以企业综合贡献为依据给予补助", "以税收为基数"),
    ("乙方应将注册地迁入本市", "迁移注册地"),
    ("乙方须在本市纳税", "本地纳税"),
    ("乙方产值应在本市统计入库", "统计归属"),
    ("仅限民营企业申请", "所有制条件"),
    ("甲方按规定程序供应工业用地约 60 亩", None),
    ("按固定资产投资的百分之二给予奖励，最高 800 万元", None),
    ("乙方依法纳税。甲方对研发投入给予奖励", None),
]


@pytest.mark.parametrize(("words", "line"), WORDING)
def test_each_red_line_of_agreements_finds_its_wording(words: str, line: str | None) -> None:
    found = [each.line.name for each in crossings(words, lines_in_force(RedLine.for_agreements.is_(True)))]
    assert (line in found) if line else (found == [])


def test_every_red_line_of_agreements_stands_in_the_table_and_names_a_dated_rule() -> None:
    lines = db.session.scalars(select(RedLine).where(RedLine.for_agreements)).all()
    assert {line.name for line in lines} == {line for _words, line in WORDING if line}
    for line in lines:
        rule = {date(2024, 8, 1): "《公平竞争审查条例》", date(2025, 4, 20): "《公平竞争审查条例实施办法》"}
        assert rule[line.valid_from] in line.rule


def test_a_red_line_holds_from_its_day() -> None:
    condition = RedLine.name == "统计归属"
    assert lines_in_force(condition, date(2025, 4, 19)) == []
    assert len(lines_in_force(condition, date(2025, 4, 20))) == 1


def test_words_joined_by_plus_stand_in_one_sentence() -> None:
    line = RedLine(name="x", words="税收+奖励", rule="y", valid_from=date(2024, 8, 1))
    assert crossings("按税收\n给予奖励", [line]) == []
    assert crossings("按税收给予 奖 励", [line])[0].sentence == "按税收给予 奖 励"


@pytest.fixture
def project() -> Project:
    return factories.Project(investment_wan=Decimal(5_000))


def formal(project: Project, wording: str = "供应工业用地", **more) -> Agreement:
    given = {"kind": AgreementKind.FORMAL, "title": "示例投资协议", "signatory": "示例周局", "authority": "授权书"}
    return agreements.draft(project, {**given, **more}, wording, by=project.owner)


def review(agreement: Agreement, *kinds: AgreementReviewKind, conclusion=ReviewConclusion.PASSED) -> None:
    for kind in kinds or AgreementReviewKind:
        row = AgreementReview(kind=kind, reviewer="示例科", on_day=today(), conclusion=conclusion)
        agreements.review(agreement, row, by=agreement.project.owner)
    db.session.flush()


def test_a_formal_agreement_is_signed_once_all_reviews_have_passed(project) -> None:
    found = formal(project)
    review(found, AgreementReviewKind.FAIR, AgreementReviewKind.LEGAL, AgreementReviewKind.FISCAL)
    with pytest.raises(RuleError, match="还缺") as refused:
        agreements.sign(found, today(), by=project.owner)
    assert refused.value.details["names"] == "尽职调查"
    review(found, AgreementReviewKind.DUE_DILIGENCE)
    agreements.sign(found, today(), by=project.owner)
    assert found.is_signed_formal
    with pytest.raises(RuleError, match="补充协议"):
        agreements.add_version(found, "改一改", by=project.owner)


@pytest.mark.parametrize(
    ("conclusion", "again"),
    [
        (ReviewConclusion.PASSED, {AgreementReviewKind.FAIR, AgreementReviewKind.LEGAL}),
        (ReviewConclusion.WITH_CHANGES, set()),
    ],
)
def test_a_wording_that_changed_is_reviewed_again(project, sign_in, conclusion, again) -> None:
    found = formal(project)
    review(found, *AgreementReviewKind, conclusion=conclusion)
    agreements.add_version(found, "双方合作建设二期厂房。", by=project.owner)
    assert {kind for kind in AgreementReviewKind if not found.has_passed(kind)} == again
    page = sign_in(project.owner).get(f"/agreements/{found.id}").text
    assert ("文本后来改过，要重新审查" in page) is bool(again)
    review(found, *again)
    assert all(found.has_passed(kind) for kind in AgreementReviewKind)


def test_an_intent_is_signed_without_reviews_and_counts_apart(project) -> None:
    intent = formal(project, kind=AgreementKind.INTENT, title="意向书", amount_wan=Decimal(4_000))
    agreements.sign(intent, today(), by=project.owner)
    assert agreements.amounts(project) == {"intended": Decimal(4_000), "signed": None, "started": None}
    found = formal(project, amount_wan=Decimal(4_500))
    review(found)
    agreements.sign(found, today(), by=project.owner)
    assert agreements.amounts(project)["signed"] == Decimal(4_500)
    assert agreements.amounts(project)["started"] is None
    started = {"kind": MilestoneKind.STARTED, "on_day": today(), "evidence": "照片"}
    milestones.record(project, started, by=project.owner)
    assert agreements.amounts(project)["started"] == Decimal(4_500)
    agreements.void(found, "企业违约", today(), by=project.owner)
    assert agreements.amounts(project)["signed"] is None


def test_signing_needs_a_signatory_with_authority(project) -> None:
    found = formal(project, authority="", kind=AgreementKind.INTENT)
    with pytest.raises(RuleError, match="授权"):
        agreements.sign(found, today(), by=project.owner)


def test_a_red_line_is_warned_of_and_answered_in_writing_before_signing(project) -> None:
    found = formal(project, "按税收返还给予支持。供应工业用地", kind=AgreementKind.INTENT)
    warning = next(each for each in found.warnings if each.red_line.name == "返还")
    assert warning.excerpt == "按税收返还给予支持"
    with pytest.raises(RuleError, match="红线"):
        agreements.sign(found, today(), by=project.owner)
    for each in list(found.unanswered_warnings):
        with pytest.raises(RuleError, match="书面"):
            agreements.answer_warning(each, " ", by=project.owner)
        agreements.answer_warning(each, "将改按公开政策执行", by=project.owner)
    agreements.sign(found, today(), by=project.owner)


def test_a_changed_wording_withdraws_what_it_no_longer_says_and_keeps_answers(project) -> None:
    found = formal(project, "按税收返还。乙方独家运营", kind=AgreementKind.INTENT)
    exclusive = next(each for each in found.warnings if each.red_line.name == "排他")
    agreements.answer_warning(exclusive, "按招标结果", by=project.owner)
    agreements.add_version(found, "乙方独家运营", by=project.owner)
    assert found.unanswered_warnings == []
    assert exclusive.withdrawn_at is None
    assert [version.number for version in found.versions] == [2, 1]


def test_no_manager_passes_the_reviews_of_an_agreement(project) -> None:
    manager = factories.User(role=Role.MANAGER, office=project.office)
    signed = next(stage for stage in project.route.stages if stage.name == "签约")
    with pytest.raises(GateClosed):
        services.move(project, signed, by=manager, reason="市领导已定")
    found = formal(project)
    review(found)
    agreements.sign(found, today(), by=project.owner)
    change = services.move(project, signed, by=manager, reason="市领导已定")
    assert "admitted" in {item["fact"] for item in change.passed_items}


def test_a_promise_is_kept_with_evidence_or_late_on_its_owners_day(project) -> None:
    found = formal(project)
    due = today() - timedelta(days=1)
    values = {"side": Side.CITY, "clause": "第三条", "body": "协助供电", "owner": project.owner, "due_on": due}
    row = agreements.promise(found, values, by=project.owner)
    db.session.flush()
    assert row.is_late(today())
    assert db.session.scalars(agreements.promises_due(project.owner, today())).unique().all() == [row]
    with pytest.raises(RuleError, match="佐证"):
        agreements.fulfil(row, today(), "", by=project.owner)
    agreements.fulfil(row, today(), "供电通知", by=project.owner)
    db.session.flush()
    assert not row.is_late(today())
    assert db.session.scalars(agreements.promises_due(project.owner, today())).unique().all() == []


def test_an_unlawful_promise_is_flagged_never_kept_and_put_right(project) -> None:
    found = formal(project)
    values = {"side": Side.CITY, "body": "按税收留成返还", "owner": project.owner}
    row = agreements.promise(found, values, by=project.owner)
    assert {each.promise for each in found.warnings if each.promise} == {row}
    with pytest.raises(RuleError, match="没有待清理"):
        agreements.clear(row, "取消", by=project.owner)
    agreements.flag(row, "违反公平竞争审查条例", by=project.owner)
    assert row.is_to_clear
    with pytest.raises(RuleError, match="待清理"):
        agreements.fulfil(row, today(), "拨付单", by=project.owner)
    agreements.clear(row, "补充协议取消", by=project.owner)
    db.session.flush()
    assert not row.is_to_clear
    assert row.flagged_on is not None


def test_milestones_come_in_any_order_once_each_but_money_often(project) -> None:
    by = project.owner
    for kind in (MilestoneKind.PERMIT, MilestoneKind.REGISTERED):
        milestones.record(project, {"kind": kind, "on_day": today(), "evidence": "示例"}, by=by)
    with pytest.raises(RuleError, match="已经登记"):
        milestones.record(project, {"kind": MilestoneKind.PERMIT, "on_day": today(), "evidence": "示例"}, by=by)
    for amount in (100, 200):
        money = {"kind": MilestoneKind.FUNDED, "on_day": today(), "evidence": "回单", "amount_wan": Decimal(amount)}
        milestones.record(project, money, by=by)
    assert milestones.funded_wan(project) == 300
    with pytest.raises(RuleError, match="统计日期"):
        milestones.record(
            project,
            {"kind": MilestoneKind.EIA, "on_day": today(), "counted_on": today(), "evidence": "示例"},
            by=by,
        )
    start = {"kind": MilestoneKind.STARTED, "on_day": date(2026, 3, 1), "counted_on": date(2026, 3, 9), "evidence": "x"}
    milestones.record(project, start, by=by)
    assert milestones.day_of(project, MilestoneKind.STARTED) == date(2026, 3, 1)
    assert milestones.day_of(project, MilestoneKind.STARTED, counted=True) == date(2026, 3, 9)
