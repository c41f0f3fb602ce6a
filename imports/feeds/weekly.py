"""Weekly lines and first claims: columns of a ledger of projects, and the demo's own sheets."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.accounts.models import User
from crm.accounts.queries import offices
from crm.companies.rules import words
from crm.database import N_, db
from crm.errors import RuleError
from crm.interactions import rules as interaction_rules
from crm.pipeline import claims
from crm.pipeline.coordination import raise_item
from crm.pipeline.models import Claim, Project, WeeklyLine
from crm.pipeline.models.claims import ClaimState, Evidence
from crm.pipeline.permissions import may_act
from crm.pipeline.weeks import Week
from imports.columns import Field
from imports.feeds import RowFeed
from imports.feeds.companies import LINE
from imports.feeds.followups import noon
from imports.feeds.landed import PROJECT, project_of
from imports.feeds.references import References
from imports.models import Fate, FindingKind
from imports.work import LOADER, Work

#: What a ledger says of a project's week.
LINE_FIELDS = (
    Field(
        "progress",
        N_("本周进展"),
        "本周进展 本周进展情况 进展情况 最新进展 工作进展 项目进展 推进情况",
        words(4_000),
    ),
    Field("standstill", N_("无进展原因"), "无进展原因 未推进原因", words(4_000)),
    Field(
        "need",
        N_("需协调事项"),
        "需协调事项 需协调解决的问题 需协调解决事项 需协调问题 需协调解决问题 需要协调的问题 存在问题"
        " 存在的问题 存在困难 存在的困难 存在困难和问题 存在问题和困难 困难和问题 存在困难及问题 需市级协调事项"
        " 需协调解决的事项",
        words(2_000),
    ),
)
#: A ledger of two weeks says what the last one brought.
LAST_LINE = Field(
    "last_progress",
    N_("上周进展"),
    "上周进展 上周进展情况 上周工作进展 上周工作 上周工作情况",
    words(4_000),
)
NOT_YOURS = N_("这个项目由他人负责，本周进展没有写入。")


def take_line(
    row: dict[str, Any], work: Work, place: int, project: Project, *, week: date | None = None, is_new: bool = False
) -> bool:
    """Write a row's texts into the project's line of the week; whether anything was new.

    Only for projects that the importer may edit or that this row has opened; empty cells never erase, and what says
    the same changes nothing.
    """
    progress, standstill = row.get("progress") or "", row.get("standstill") or ""
    if not progress and not standstill:
        return False
    if not is_new and work.user.name != LOADER and not may_act(work.user, "project.edit", project):
        work.say(place, FindingKind.HELD, "progress", NOT_YOURS)
        return False
    monday = Week.of(week or rules.today()).monday
    line = db.session.scalars(select(WeeklyLine).filter_by(project_id=project.id, week=monday)).one_or_none()
    by = work.author(project.owner)
    if line is None:
        line = WeeklyLine(project_id=project.id, week=monday, progress="", plan="", standstill="", by=by)
        db.session.add(line)
    before = (line.progress, line.standstill)
    line.progress, line.standstill = progress or line.progress, standstill or line.standstill
    line.plan = row.get("plan") or line.plan or ""
    changed = before != (line.progress, line.standstill)
    db.session.flush()
    return add_need(line, row, by) or changed


def take_last(row: dict[str, Any], work: Work, place: int, project: Project, *, is_new: bool = False) -> bool:
    """Write what the row says of the week before, as long as nothing is known of it; whether anything was new."""
    said, day = row.get("last_progress"), rules.today() - timedelta(days=7)
    known = select(WeeklyLine.id).filter_by(project_id=project.id, week=Week.of(day).monday)
    if not said or db.session.scalars(known).first() is not None:
        return False
    return take_line({"progress": said}, work, place, project, week=day, is_new=is_new)


def add_need(line: WeeklyLine, row: dict[str, Any], by: User) -> bool:
    """What the row asks becomes an item, once; without an office it waits to be handed out."""
    need = row.get("need") or ""
    if not need or any(item.body == need for item in line.items):
        return False
    office = next((each for each in db.session.scalars(offices()) if each.name == row.get("need_office")), None)
    item = raise_item(line, need, office, row.get("need_due_on"), by=by)
    if (raised := row.get("week_on")) and raised < rules.today():
        item.created_at = noon(raised)
    return True


class WeeklyFeed(RowFeed):
    """周进展."""

    key = "weekly"
    label = N_("周进展")
    act = "project.edit"
    offered = True
    fields = (
        PROJECT,
        Field("week_on", N_("所在周"), "所在周 周 填报日期 报送日期", interaction_rules.happened),
        *LINE_FIELDS,
        Field("plan", N_("下周计划"), "下周计划 下一步计划 下步计划", words(4_000)),
        Field("need_office", N_("答复部门"), "答复部门 协调部门", LINE),
        Field("need_due_on", N_("答复期限"), "答复期限", interaction_rules.due),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A line, known by its project and week."""
        project = project_of(row, work)
        changed = take_line(row, work, place, project, week=row.get("week_on"))
        return Fate.CREATED if changed else Fate.UNCHANGED


class ClaimFeed(RowFeed):
    """首谈. Not offered on any page: a sheet proves nothing."""

    key = "claims"
    label = N_("首谈")
    act = "user.edit"
    fields = (
        PROJECT,
        Field("wish", N_("企业书面意向"), "企业书面意向", words(2_000), required=True),
        Field("wish_on", N_("意向书日期"), "意向书日期", interaction_rules.happened, required=True),
        Field("accepted_by", N_("认定人"), "认定人", LINE),
        Field("accepted_on", N_("认定日期"), "认定日期", interaction_rules.happened),
    )

    def prepare(self, work: Work) -> None:
        """Nothing has been looked up yet."""
        self.references = References()

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A claim of the officer in charge, known by its project."""
        project = project_of(row, work)
        if claims.live_of(project.id) is not None:
            return Fate.UNCHANGED
        owner = project.owner
        if owner is None:
            raise RuleError(N_("没有负责人的项目不能报备首谈。"))
        claim = Claim(
            project=project, owner=owner, office=owner.office, state=claims.first_state(project),
            evidence=Evidence.WISH, wish=row["wish"], wish_on=row["wish_on"],
            kept_since=row.get("accepted_on") or rules.today(), created_at=noon(row["wish_on"]),
        )  # fmt: skip
        db.session.add(claim)
        if row.get("accepted_by") and claim.state is ClaimState.FILED:
            decider = self.references.user_named(work, row["accepted_by"], "accepted_by")
            day = row.get("accepted_on") or rules.today()
            claim.accept(by=decider, at=noon(day), on_day=day)
        return Fate.CREATED
