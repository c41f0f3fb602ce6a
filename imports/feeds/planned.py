"""诉求 of projects, the planned days of their stages and their investment year by year, as sheets."""

from typing import Any

from sqlalchemy import select

from crm import rules
from crm.database import N_, db
from crm.errors import RuleError
from crm.interactions.rules import due, happened
from crm.pipeline import demands, schedule
from crm.pipeline.models import Demand, DemandKind, InvestmentYear
from imports.columns import Field
from imports.feeds import FieldError
from imports.feeds.companies import LINE
from imports.feeds.landed import PROJECT, project_of
from imports.feeds.pipeline_acts import NOTE, ActFeed
from imports.models import Fate
from imports.work import Work

#: Years as people say them, counted from this one.
SPOKEN_YEARS = {"去年": -1, "今年": 0, "明年": 1, "后年": 2}


def year(text: str) -> int | None:
    """A year: 2026, 2026年, or 去年, 今年, 明年, 后年."""
    said = rules.clean(text)
    if said in SPOKEN_YEARS:
        return rules.today().year + SPOKEN_YEARS[said]
    digits = said.removesuffix("年")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) == 4 and 2000 <= int(digits) <= 2100):
        raise RuleError(N_("年份请写成 2026 这样。"))
    return int(digits)


class DemandFeed(ActFeed):
    """诉求 raised about a project, with the answer where there is one."""

    key = "demands"
    label = N_("诉求")
    fields = (
        PROJECT,
        Field("kind", N_("类别"), "诉求类别 类别", rules.member_of(DemandKind)),
        Field("body", N_("诉求"), "诉求内容 诉求 企业诉求", NOTE, identity=True, required=True),
        Field("raised_on", N_("提出日期"), "提出日期", happened, required=True),
        Field("owner", N_("答复人"), "答复人", LINE, required=True),
        Field("due_on", N_("答复期限"), "答复期限", due, required=True),
        Field("answer", N_("答复"), "答复内容 答复", NOTE),
        Field("answered_on", N_("答复日期"), "答复日期", happened),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A demand, known by its project and words."""
        project = project_of(row, work)
        if db.session.scalars(select(Demand.id).filter_by(project_id=project.id, body=row["body"])).first():
            return Fate.UNCHANGED
        by = self.author(work, project)
        owner = self.references.user_named(work, row["owner"], "owner")
        values = {name: row[name] for name in ("body", "raised_on", "due_on")}
        values["kind"] = row.get("kind") or DemandKind.OTHER
        found = demands.raise_demand(project.company, values, owner, by=by, project=project)
        if row.get("answer"):
            demands.answer(found, row["answer"], by=owner, on_day=row.get("answered_on"))
        return Fate.CREATED


class StagePlanFeed(ActFeed):
    """The day on which a project is to enter a stage."""

    key = "stage_plans"
    label = N_("阶段计划")
    fields = (
        PROJECT,
        Field("stage", N_("阶段"), "阶段 计划阶段", LINE, identity=True, required=True),
        Field("planned_on", N_("计划日期"), "计划日期 计划进入日期", due, required=True),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A plan, known by its project and stage; stages that the project has passed are not planned any more."""
        project = project_of(row, work)
        stage = next((each for each in project.later_stages if each.name == row["stage"]), None)
        if stage is None:
            raise FieldError("stage", N_("项目前面没有这个阶段。"))
        plans = {plan.stage_id: plan.planned_on for plan in project.stage_plans}
        if plans.get(stage.id) == row["planned_on"]:
            return Fate.UNCHANGED
        schedule.set_plans(project, plans | {stage.id: row["planned_on"]}, by=self.author(work, project))
        return Fate.CREATED


class InvestmentYearFeed(ActFeed):
    """Planned and actual investment of a signed project in a year."""

    key = "investment_years"
    label = N_("年度投资")
    fields = (
        PROJECT,
        Field("year", N_("年份"), "年份 年度", year, identity=True, required=True),
        Field("planned_wan", N_("计划投资"), "计划投资 年度计划投资", rules.wan, takes_unit=True),
        Field("actual_wan", N_("到位资金"), "到位资金 实际到位 已完成投资", rules.wan, takes_unit=True),
        Field("as_of", N_("截至日期"), "截至日期", happened),
        Field("note", N_("备注"), "备注 说明", rules.line(300)),
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A year's figures, known by their project and year; what is there already stays."""
        project = project_of(row, work)
        if db.session.scalars(select(InvestmentYear.id).filter_by(project_id=project.id, year=row["year"])).first():
            return Fate.UNCHANGED
        columns = ("year", "planned_wan", "actual_wan", "as_of")
        values = {name: row.get(name) for name in columns} | {"note": row.get("note") or ""}
        schedule.set_year(project, values, by=self.author(work, project))
        return Fate.CREATED


FEEDS = (DemandFeed, StagePlanFeed, InvestmentYearFeed)
