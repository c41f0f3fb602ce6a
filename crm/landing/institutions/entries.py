"""What is to know of institutions, their figures, platforms, projects and partners."""

from decimal import Decimal

from crm import rules
from crm.database import N_
from crm.landing.entries import (
    DEMO,
    SOURCE,
    CompanyLink,
    Entry,
    Noun,
    choice,
    day,
    line,
    link,
    owned_by,
    prose,
    wan,
    words,
    yes,
)
from crm.landing.institutions.models import (
    Figure,
    Institution,
    InstitutionKind,
    Partner,
    Platform,
    ResearchProject,
)

INSTITUTION = Noun(
    "institution",
    "institutions",
    N_("机构"),
    Institution,
    (
        line("name", N_("机构名称"), words="机构名称 机构", required=True, identity=True),
        choice("kind", N_("类型"), InstitutionKind, InstitutionKind.OTHER, words="类型 机构类型"),
        words(
            "themes", N_("服务的产业链"), words="服务的产业链 产业链 环节", hint=N_("产业链或环节的名称，用顿号分开")
        ),
        line("town", N_("镇街"), 100, words="镇街"),
        line("url", N_("网址"), 500, words="网址"),
        prose("summary", N_("简介"), words="简介 机构简介"),
        DEMO,
        SOURCE,
    ),
)
FIGURE = Noun(
    "figure",
    "figures",
    N_("数据"),
    Figure,
    (
        owned_by(INSTITUTION),
        line("label", N_("指标"), words="指标 指标名称", required=True, identity=True),
        line("qualifier", N_("约数"), 20, words="约数", hint=N_("超、近、余、不少于")),
        Entry("value", N_("数值"), rules.number(2, Decimal(10**12)), words="数值", required=True),
        line("unit", N_("单位"), 20, words="单位"),
        day("as_of", N_("截至日期"), words="截至日期", required=True, identity=True),
        prose("source", N_("来源"), words="来源"),
    ),
    title="label",
    parent="institution",
)
PLATFORM = Noun(
    "platform",
    "platforms",
    N_("开放平台"),
    Platform,
    (
        owned_by(INSTITUTION),
        line("name", N_("平台名称"), words="平台名称 平台 仪器设备", required=True, identity=True),
        prose("services", N_("服务内容"), words="服务内容"),
        yes("is_open", N_("向企业开放"), default=True, words="向企业开放 是否开放"),
        prose("how_to_use", N_("使用方式"), words="使用方式 预约方式"),
    ),
    parent="institution",
)
RESEARCH_PROJECT = Noun(
    "research_project",
    "research-projects",
    N_("产学研项目"),
    ResearchProject,
    (
        owned_by(INSTITUTION),
        line("name", N_("产学研项目"), words="产学研项目 项目名称", required=True, identity=True),
        link("company", N_("合作企业"), CompanyLink(), words="合作企业 企业名称"),
        day("started_on", N_("开始日期"), words="开始日期"),
        day("ends_on", N_("结束日期"), words="结束日期"),
        wan("amount_wan", N_("合同金额"), words="合同金额 金额"),
        prose("outcome", N_("成果"), words="成果"),
        prose("source", N_("来源"), words="来源"),
    ),
    parent="institution",
    refusals={"ck_research_projects_ends_on": N_("结束日期不能早于开始日期。")},
)
PARTNER = Noun(
    "partner",
    "partners",
    N_("合作企业"),
    Partner,
    (
        owned_by(INSTITUTION),
        link("company", N_("合作企业"), CompanyLink(), words="合作企业 企业名称", required=True, identity=True),
        line("role", N_("合作内容"), words="合作内容 合作方式"),
        prose("source", N_("来源"), words="来源"),
    ),
    title="role",
    parent="institution",
)
PARTS = (FIGURE, PLATFORM, RESEARCH_PROJECT, PARTNER)
