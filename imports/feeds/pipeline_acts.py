"""线索研判, 准入联审, 协议 with 审查 and 承诺, 里程碑 as sheets: what a bureau keeps in ledgers today.

A row is known by its project (or agreement) and what tells it apart; one that is there already stays as it is. Days of
the past are taken as they stand; who may edit the project decides whether a row is taken.
"""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.accounts.models import Office, User
from crm.database import N_, db
from crm.errors import RuleError
from crm.interactions.rules import due, happened
from crm.pipeline import admission, agreements, dispatch, milestones, triage
from crm.pipeline.models import (
    Admission,
    AdmissionLevel,
    Agreement,
    AgreementKind,
    AgreementReview,
    AgreementReviewKind,
    Criterion,
    Decision,
    Dispatch,
    Grade,
    Milestone,
    MilestoneKind,
    Opinion,
    OpinionScore,
    Outcome,
    Project,
    Promise,
    ReviewConclusion,
    Side,
    Triage,
    Veto,
)
from crm.pipeline.permissions import require_editable
from crm.rules import SHANGHAI
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.companies import LINE
from imports.feeds.landed import PROJECT, named, project_of
from imports.feeds.references import References
from imports.models import Fate
from imports.work import Work

NOTE = rules.prose(5_000)
UNKNOWN_AGREEMENT = N_("没有这份协议，或有重名。")


def scores(text: str) -> dict[str, Decimal]:
    """Marks by criterion: 投资规模:15；投资强度:14."""
    found = {}
    for part in rules.split(text):
        name, _mark, mark = part.replace("：", ":").partition(":")
        value = rules.number(2, Decimal(999))(mark)
        if value is None:
            raise RuleError(N_("评分请写成“指标:分数”，用分号分开。"))
        found[name.strip()] = value
    return found


def veto_names(text: str) -> list[str]:
    """Names of vetoes, apart by semicolons: a name may itself contain 、."""
    return [part.strip() for part in rules.clean(text).replace("；", ";").split(";") if part.strip()]


class ActFeed(RowFeed):
    """A sheet about projects: users are looked up once."""

    act = "project.edit"
    offered = True

    def prepare(self, work: Work) -> None:
        """Nothing has been looked up yet."""
        self.references = References()

    def author(self, work: Work, project: Project) -> User:
        """Who answers for a row: the importer; in a sample the officer in charge."""
        return work.author(project.owner)


class TriageFeed(ActFeed):
    """线索研判: when the lead came in and from whom, the decision, the answer."""

    key = "triages"
    label = N_("线索研判")
    fields = (
        PROJECT,
        Field("received_on", N_("收到日期"), "收到日期 收到线索的日期", happened, required=True),
        Field("introducer", N_("线索提供人"), "线索提供人 提供人", rules.line(200)),
        Field("decision", N_("研判结论"), "研判结论", rules.member_of(Decision)),
        Field("grounds", N_("研判依据"), "研判依据", NOTE),
        Field("on_day", N_("研判日期"), "研判日期", happened, identity=True),
        Field("answer", N_("答复"), "答复线索提供人 答复内容 答复", NOTE),
        Field("answered_on", N_("答复日期"), "答复日期", happened),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A decision, known by its project and day; a row without one registers the lead."""
        project = project_of(row, work)
        known = select(Triage.id).filter_by(project_id=project.id, on_day=row.get("on_day"))
        if project.lead is not None and (not row.get("decision") or db.session.scalars(known).first()):
            return Fate.UNCHANGED
        by = self.author(work, project)
        if project.lead is None:
            triage.register_lead(project, row, by=by)
        if row.get("decision"):
            found = triage.decide(project, row["decision"], row.get("grounds") or "", by=by, on_day=row.get("on_day"))
            if row.get("answer"):
                db.session.flush()
                triage.answer(found, row["answer"], by=by, on_day=row.get("answered_on"))
        return Fate.CREATED


class OfficialFeed(ActFeed):
    """A sheet of what offices and bodies do. Not offered on any page: their people do it themselves."""

    act = "user.edit"
    offered = False


class DispatchFeed(OfficialFeed):
    """交办 that wait for an answer."""

    key = "dispatches"
    label = N_("交办")
    fields = (
        PROJECT,
        Field("office", N_("交办给"), "交办给 部门", LINE, identity=True, required=True),
        Field("note", N_("交办要求"), "交办要求", NOTE),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A 交办, known by its project while it is open."""
        project, office = project_of(row, work), named(Office, "office", row["office"])
        if db.session.scalars(select(Dispatch.id).filter_by(project_id=project.id, answered_at=None)).first():
            return Fate.UNCHANGED
        dispatch.dispatch(project, office, row.get("note") or "", by=self.author(work, project))
        return Fate.CREATED


class AdmissionFeed(OfficialFeed):
    """准入联审, with its decision where there is one."""

    key = "admissions"
    label = N_("准入联审")
    fields = (
        PROJECT,
        Field("opened_on", N_("发起日期"), "发起日期", happened, identity=True, required=True),
        Field("due_on", N_("答复期限"), "答复期限", due, required=True),
        Field("question", N_("请重点研判"), "请重点研判", NOTE),
        Field("outcome", N_("决定"), "结论 决定", rules.member_of(Outcome)),
        Field("body", N_("决策机构"), "决策机构", LINE),
        Field("level", N_("决策层级"), "决策层级", LINE),
        Field("meeting", N_("会议名称"), "会议名称", LINE),
        Field("minutes_number", N_("纪要文号"), "纪要文号", LINE),
        Field("decided_on", N_("决定日期"), "决定日期", happened),
        Field("conditions", N_("附加条件"), "附加条件", NOTE),
        Field("decided_by", N_("记录人"), "记录人", LINE),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """An admission, known by its project and day; opinions follow in a sheet of their own."""
        project = project_of(row, work)
        known = select(Admission.id).filter_by(project_id=project.id, opened_on=row["opened_on"])
        if db.session.scalars(known).first():
            return Fate.UNCHANGED
        by = self.author(work, project)
        require_editable(by, project)
        found = Admission(by=by, opened_on=row["opened_on"], due_on=row["due_on"], question=row.get("question") or "")
        if row.get("outcome"):
            self.decide(found, row, work)
        project.admissions.insert(0, found)
        return Fate.CREATED

    def decide(self, found: Admission, row: dict[str, Any], work: Work) -> None:
        """Write down the decision as the sheet tells it."""
        found.level = named(AdmissionLevel, "level", row.get("level") or "")
        found.decided_by = self.references.user_named(work, row.get("decided_by") or "", "decided_by")
        found.conditions = row.get("conditions") or ""
        for name in ("outcome", "body", "meeting", "minutes_number", "decided_on"):
            setattr(found, name, row.get(name))


class OpinionFeed(OfficialFeed):
    """What offices have answered, or are asked."""

    key = "opinions"
    label = N_("联审意见")
    fields = (
        PROJECT,
        Field("office", N_("部门"), "部门", LINE, identity=True, required=True),
        Field("grade", N_("意见"), "意见", rules.member_of(Grade)),
        Field("scores", N_("评分"), "评分", scores),
        Field("vetoes", N_("否决项"), "否决项", veto_names),
        Field("comment", N_("具体意见"), "具体意见", NOTE),
        Field("answered_by", N_("答复人"), "答复人", LINE),
        Field("answered_on", N_("答复日期"), "答复日期", happened),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """An opinion in the project's latest admission, known by its office."""
        project, office = project_of(row, work), named(Office, "office", row["office"])
        latest = next(iter(project.admissions), None)
        if latest is None:
            raise FieldError("project", N_("这个项目还没有联审。"))
        if any(each.office_id == office.id for each in latest.opinions):
            return Fate.UNCHANGED
        found = Opinion(office=office, office_id=office.id)
        latest.opinions.append(found)
        if row.get("grade"):
            self.answer(found, row, work)
        return Fate.CREATED

    def answer(self, found: Opinion, row: dict[str, Any], work: Work) -> None:
        """Write down the answer as the sheet tells it."""
        for name, mark in (row.get("scores") or {}).items():
            criterion = named(Criterion, "scores", name)
            found.scores.append(OpinionScore(criterion=criterion, weight=criterion.weight, score=mark))
        admission.set_vetoes(found, [named(Veto, "vetoes", name).id for name in row.get("vetoes") or ()])
        who = self.references.user_named(work, row.get("answered_by") or "", "answered_by")
        found.grade, found.comment, found.answered_by = row["grade"], row.get("comment") or "", who
        found.answered_at = datetime.combine(row["answered_on"], time(10), SHANGHAI).astimezone(UTC)


class AgreementFeed(ActFeed):
    """协议."""

    key = "agreements"
    label = N_("协议")
    fields = (
        PROJECT,
        Field("kind", N_("类别"), "类别 协议类别", rules.member_of(AgreementKind), required=True),
        Field("title", N_("协议名称"), "协议名称", LINE, identity=True, required=True),
        Field("number", N_("协议编号"), "协议编号", rules.line(100)),
        Field("amount_wan", N_("协议投资额"), "协议投资额 投资额", rules.wan, takes_unit=True),
        Field("signatory", N_("我方签署人"), "我方签署人", LINE),
        Field("authority", N_("授权依据"), "授权依据", rules.line(300)),
        Field("counterpart", N_("企业方签署人"), "企业方签署人", LINE),
        Field("meeting", N_("决策会议"), "决策会议", LINE),
        Field("minutes_number", N_("纪要文号"), "纪要文号", rules.line(100)),
        Field("wording", N_("协议文本"), "协议文本", rules.prose(200_000)),
        Field("signed_on", N_("签署日期"), "签署日期", happened),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """An agreement, known by its project and title; one that was signed comes with its day."""
        project = project_of(row, work)
        if db.session.scalars(select(Agreement.id).filter_by(project_id=project.id, title=row["title"])).first():
            return Fate.UNCHANGED
        columns = ("number", "signatory", "authority", "counterpart", "meeting", "minutes_number")
        values = {name: row.get(name) or "" for name in columns}
        values |= {"kind": row["kind"], "title": row["title"], "amount_wan": row.get("amount_wan")}
        found = agreements.draft(project, values, row.get("wording") or "", by=self.author(work, project))
        found.signed_on = row.get("signed_on")
        return Fate.CREATED


AGREEMENT = Field("agreement", N_("协议名称"), "协议名称", LINE, identity=True, required=True)


def agreement_of(row: dict[str, Any], work: Work) -> Agreement:
    """The agreement of a row, whose project the importer may edit."""
    found = db.session.scalars(select(Agreement).filter_by(title=row["agreement"]).limit(2)).all()
    if len(found) != 1:
        raise FieldError("agreement", UNKNOWN_AGREEMENT)
    project = found[0].project
    require_editable(work.author(project.owner), project)
    return found[0]


class AgreementReviewFeed(ActFeed):
    """Reviews of agreements."""

    key = "agreement_reviews"
    label = N_("协议审查")
    fields = (
        AGREEMENT,
        Field("kind", N_("审查类型"), "审查类型", rules.member_of(AgreementReviewKind), identity=True, required=True),
        Field("reviewer", N_("审查机构"), "审查机构", LINE, required=True),
        Field("on_day", N_("审查日期"), "审查日期", happened, identity=True, required=True),
        Field("conclusion", N_("审查结论"), "审查结论 结论", rules.member_of(ReviewConclusion), required=True),
        Field("doc_number", N_("审查文号"), "审查文号", rules.line(100)),
        Field("comment", N_("审查意见"), "审查意见", NOTE),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A review, known by its agreement, kind and day."""
        agreement = agreement_of(row, work)
        same = {"agreement_id": agreement.id, "kind": row["kind"], "on_day": row["on_day"]}
        if db.session.scalars(select(AgreementReview.id).filter_by(**same)).first():
            return Fate.UNCHANGED
        columns = ("kind", "reviewer", "on_day", "conclusion")
        texts = {name: row.get(name) or "" for name in ("doc_number", "comment")}
        agreement.reviews.append(AgreementReview(**{name: row[name] for name in columns}, **texts))
        return Fate.CREATED


class PromiseFeed(ActFeed):
    """承诺 of either side."""

    key = "promises"
    label = N_("承诺")
    fields = (
        AGREEMENT,
        Field("side", N_("谁的承诺"), "谁的承诺 承诺方", rules.member_of(Side), required=True),
        Field("clause", N_("条款"), "条款", rules.line(50)),
        Field("body", N_("承诺内容"), "承诺内容 承诺", NOTE, identity=True, required=True),
        Field("owner", N_("跟踪人"), "跟踪人", LINE, required=True),
        Field("due_on", N_("兑现期限"), "兑现期限", due),
        Field("fulfilled_on", N_("兑现日期"), "兑现日期", happened),
        Field("evidence", N_("佐证"), "佐证", NOTE),
        Field("flag_reason", N_("待清理的理由"), "待清理的理由 待清理理由", NOTE),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A promise, known by its agreement and words."""
        agreement = agreement_of(row, work)
        if db.session.scalars(select(Promise.id).filter_by(agreement_id=agreement.id, body=row["body"])).first():
            return Fate.UNCHANGED
        by = work.author(agreement.project.owner)
        owner = self.references.user_named(work, row["owner"], "owner")
        values = {"side": row["side"], "clause": row.get("clause") or "", "body": row["body"], "owner": owner}
        found = agreements.promise(agreement, {**values, "due_on": row.get("due_on")}, by=by)
        if row.get("fulfilled_on"):
            agreements.fulfil(found, row["fulfilled_on"], row.get("evidence") or "", by=by)
        if row.get("flag_reason"):
            agreements.flag(found, row["flag_reason"], by=by)
        return Fate.CREATED


class MilestoneFeed(ActFeed):
    """里程碑."""

    key = "milestones"
    label = N_("里程碑")
    fields = (
        PROJECT,
        Field("kind", N_("里程碑"), "里程碑", rules.member_of(MilestoneKind), identity=True, required=True),
        Field("on_day", N_("日期（招商口径）"), "日期 招商日期 招商口径日期", happened, identity=True, required=True),
        Field("counted_on", N_("统计日期"), "统计日期 统计口径日期", happened),
        Field("amount_wan", N_("到资金额"), "到资金额", rules.wan, takes_unit=True),
        Field("evidence", N_("佐证"), "佐证", rules.line(500), required=True),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A milestone, known by its project and kind, of 到资 by its day too."""
        project = project_of(row, work)
        known = select(Milestone.id).filter_by(project_id=project.id, kind=row["kind"])
        if row["kind"] is MilestoneKind.FUNDED:
            known = known.filter_by(on_day=row["on_day"])
        if db.session.scalars(known).first():
            return Fate.UNCHANGED
        milestones.record(project, row, by=self.author(work, project))
        return Fate.CREATED


FEEDS = (
    TriageFeed,
    DispatchFeed,
    AdmissionFeed,
    OpinionFeed,
    AgreementFeed,
    AgreementReviewFeed,
    PromiseFeed,
    MilestoneFeed,
)
