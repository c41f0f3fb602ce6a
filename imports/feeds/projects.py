"""Projects with the stages that they have gone through. An import opens projects; it never moves one that is there."""

import itertools
import re
from datetime import date
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.accounts.models import User
from crm.chain.models import Segment
from crm.companies.models import Company
from crm.database import N_, db
from crm.interactions.rules import happened
from crm.pipeline import rules as project_rules
from crm.pipeline.models import Project, Route, Stage, Status
from crm.pipeline.services import Relations, open_imported
from imports.columns import Field
from imports.feeds import FieldError
from imports.feeds.anchored import CompanyRowFeed
from imports.feeds.companies import CONTACT, LINE, NAME, USCC
from imports.feeds.money import in_currency, settle_currency
from imports.feeds.weekly import LAST_LINE, LINE_FIELDS, take_last, take_line
from imports.feeds.words import split
from imports.models import Fate
from imports.work import Work

COLUMN = project_rules.FIELDS
#: A sheet that names no route is about building on land of one's own.
DEFAULT_ROUTE = "greenfield"

UNKNOWN_ROUTE = N_("没有这条招商路径。")
UNKNOWN_STAGE = N_("“%(route)s”没有“%(stage)s”这个阶段，请填其中之一：%(stages)s。")
#: What ledgers say around the name of a stage (已签约, 正在洽谈, 在谈阶段), and other words for one.
STAGE_BEGINNING, STAGE_ENDING = re.compile("^(已经?|正在)(?=..)"), re.compile("(阶段|项目|中)$")
STAGE_WORDS = {"谈判": "洽谈", "对接洽谈": "洽谈", "开工建设": "开工", "建成投产": "投产", "竣工投产": "投产"}
STAGES_OUT_OF_ORDER = N_("阶段的先后或日期不对：应按路径的顺序，日期由早到晚。")
UNKNOWN_SEGMENT = N_("没有这个环节，或几条产业链都有。")
NEEDS_REASON = N_("状态不是“推进”时必须写原因。")


def stages(text: str) -> list[tuple[str, date | None]]:
    """A stage (在谈), or the stages gone through with their days (线索:2026-01-05；研判:30天前)."""
    found = []
    for part in split(text):
        name, _mark, day = part.replace("：", ":").partition(":")
        found.append((name.strip(), happened(day) if day else None))
    return found


class ProjectFeed(CompanyRowFeed):
    """招商项目."""

    key = "projects"
    label = N_("招商项目")
    offered = True
    fields = (
        Field(
            "project",
            N_("项目名称"),
            "项目名称 项目 招商项目 在谈项目 项目名",
            COLUMN["name"],
            identity=True,
            required=True,
        ),
        NAME,
        USCC,
        *CONTACT,
        Field("route", N_("招商路径"), "招商路径 路径 落地方式", LINE),
        Field(
            "stages", N_("阶段"), "阶段历程 阶段 项目阶段 当前阶段 招商阶段 进展阶段 目前阶段 所处阶段 推进阶段", stages
        ),
        Field("status", N_("项目状态"), "项目状态 状态", project_rules.status),
        Field("status_reason", N_("状态原因"), "状态原因 原因", project_rules.reason),
        Field("secrecy", N_("密级"), "密级 保密级别", COLUMN["secrecy"]),
        Field("capital_kind", N_("内外资"), "内外资 资本类型", COLUMN["capital_kind"]),
        Field("currency", N_("币种"), "币种", COLUMN["currency"]),
        Field(
            "investment_wan",
            N_("投资总额"),
            "投资总额 总投资 计划投资额 计划总投资 投资额 总投资额 计划投资 拟投资额 拟投资 投资规模 项目总投资"
            " 意向投资额 意向投资 预计总投资 预计投资额 预计投资 协议投资额 总投资规模",
            in_currency(COLUMN["investment_wan"]),
            takes_unit=True,
        ),
        Field(
            "fixed_investment_wan",
            N_("固定资产投资"),
            "固定资产投资 固投 固定资产投资额 固定资产 固投额",
            in_currency(COLUMN["fixed_investment_wan"]),
            takes_unit=True,
        ),
        Field(
            "land_mu",
            N_("用地"),
            "用地 用地面积 用地需求 拟用地 拟用地面积 需求用地 占地面积 占地 土地需求 项目用地",
            COLUMN["land_mu"],
            takes_unit=True,
        ),
        Field(
            "floor_m2",
            N_("建筑面积"),
            "建筑面积 厂房面积 厂房需求 拟租厂房 租赁面积 总建筑面积",
            COLUMN["floor_m2"],
            takes_unit=True,
        ),
        Field(
            "output_wan",
            N_("达产产值"),
            "达产产值 预计产值 年产值 预计年产值 达产后年产值",
            in_currency(COLUMN["output_wan"]),
            takes_unit=True,
        ),
        Field(
            "tax_wan",
            N_("达产税收"),
            "达产税收 预计税收 年税收 预计年税收 达产后年税收 年纳税额",
            in_currency(COLUMN["tax_wan"]),
            takes_unit=True,
        ),
        Field("energy_tce", N_("能耗"), "能耗 年综合能耗 综合能耗", COLUMN["energy_tce"]),
        Field("jobs", N_("就业人数"), "就业人数 就业 带动就业 用工人数 预计用工", COLUMN["jobs"]),
        Field(
            "officer", N_("负责人"), "负责人 项目负责人 招商专员 跟进人 责任人 招商负责人 跟踪人 对接人 经办人", LINE
        ),
        Field("members", N_("专班成员"), "专班成员 专班", split),
        Field("sponsor", N_("挂点领导"), "挂点领导 挂点市领导 联系领导 牵头领导 包联领导 联系市领导", LINE),
        Field("project_chain", N_("产业链"), "产业链 所属产业链", LINE),
        Field("project_segment", N_("产业链环节"), "产业链环节 环节 所属环节", LINE),
        Field("effect", N_("补强延"), "补强延 补链强链 补链类型", project_rules.effect),
        Field("origin_code", N_("来源地"), "来源地 项目来源地", COLUMN["origin_code"]),
        Field("lead_source", N_("线索来源"), "线索来源 信息来源 项目来源", COLUMN["lead_source"]),
        Field("triage_note", N_("研判意见"), "研判意见 研判结论", COLUMN["triage_note"]),
        Field(
            "next_step",
            N_("下一步"),
            "下一步 下一步计划 下步计划 下一步工作 下一步工作计划 下周计划 下步工作 下周工作计划 下周工作安排 下步打算"
            " 下一步打算 下一步工作打算 下一步工作安排",
            COLUMN["next_step"],
        ),
        Field("next_step_on", N_("下一步期限"), "下一步期限 完成时限", COLUMN["next_step_on"]),
        Field(
            "park",
            N_("意向园区"),
            "意向园区 落地园区 拟落户园区 园区 拟选址 选址 意向选址 意向落户 意向落地 拟落户地 落户意向",
            COLUMN["park"],
        ),
        Field(
            "summary",
            N_("项目简介"),
            "项目简介 项目内容 建设内容 简介 项目概况 建设内容及规模 项目基本情况",
            COLUMN["summary"],
        ),
        *LINE_FIELDS,
        LAST_LINE,
    )

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A project, known by its company and name; an old one stays as it is but for its line of this week."""
        company = self.company(work, place)
        row = settle_currency(row)
        name = row["project"]
        known = db.session.scalars(select(Project).filter_by(company_id=company.id, name=name)).first()
        if known is not None:
            is_told = [take_last(row, work, place, known), take_line(row, work, place, known)]
            return Fate.UPDATED if any(is_told) else Fate.UNCHANGED
        route = self.route(row)
        owner = self.references.user(work, row, "officer", assigned=True)
        author = work.author(owner)
        self.require_consistent(row)
        segment = self.segment(row)
        opened = open_imported(
            company,
            route,
            {key: value for key, value in row.items() if value is not None} | {"name": name},
            self.relations(work, row, owner, segment, company),
            self.history(row, route),
            by=author,
            status=self.status(row),
            is_demo=company.is_demo,
        )
        take_last(row, work, place, opened, is_new=True)
        take_line(row, work, place, opened, is_new=True)
        return Fate.CREATED

    def route(self, row: dict[str, Any]) -> Route:
        """The route that the row names."""
        wanted = Route.name == row["route"] if row.get("route") else Route.slug == DEFAULT_ROUTE
        found = db.session.scalars(select(Route).where(wanted)).one_or_none()
        if found is None:
            raise FieldError("route", UNKNOWN_ROUTE)
        return found

    def history(self, row: dict[str, Any], route: Route) -> list[tuple[Stage, date]]:
        """The stages gone through with their days; one without a day is entered today."""
        named = row.get("stages") or [(route.stages[0].name, None)]
        found = [(self.stage(route, name), day or rules.today()) for name, day in named]
        steps = [(stage.ordinal, day) for stage, day in found]
        if any(a[0] >= b[0] or a[1] > b[1] for a, b in itertools.pairwise(steps)):
            raise FieldError("stages", STAGES_OUT_OF_ORDER)
        return found

    def stage(self, route: Route, name: str) -> Stage:
        """The route's stage of that name, or the first of the phase that the word means."""
        said = STAGE_ENDING.sub("", STAGE_BEGINNING.sub("", name))
        wanted = {name, said, STAGE_WORDS.get(said)}
        for stage in route.stages:
            if not wanted.isdisjoint((stage.name, stage.phase.label)):
                return stage
        stages = "、".join(stage.name for stage in route.stages)
        raise FieldError("stages", UNKNOWN_STAGE, route=route.name, stage=name, stages=stages)

    def segment(self, row: dict[str, Any]) -> Segment | None:
        """The segment that the project would serve."""
        if not row.get("project_segment"):
            return None
        found = self.references.segment(row["project_segment"], row.get("project_chain"))
        if found is None:
            raise FieldError("project_segment", UNKNOWN_SEGMENT)
        return found

    def relations(
        self, work: Work, row: dict[str, Any], owner: User | None, segment: Segment | None, company: Company
    ) -> Relations:
        """Who and what the project points to; a local company's project makes that company grow."""
        members = [self.references.user_named(work, name, "members").id for name in row.get("members") or []]
        return Relations(
            owner=owner,
            sponsor=self.references.user(work, row, "sponsor"),
            member_ids=members,
            main_segment=segment,
            effect=row.get("effect"),
            local_company=company if company.local else None,
        )

    def status(self, row: dict[str, Any]) -> tuple[Status, str, date] | None:
        """A status besides 推进, with its reason."""
        if row.get("status") in (None, Status.ONGOING):
            return None
        if not row.get("status_reason"):
            raise FieldError("status_reason", NEEDS_REASON)
        return row["status"], row["status_reason"], rules.today()

    def require_consistent(self, row: dict[str, Any]) -> None:
        """Raise FieldError where fields that are right by themselves do not go together."""
        for key, message in project_rules.together(row).items():
            raise FieldError(key, message)
