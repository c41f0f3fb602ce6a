"""What is to know of an expert."""

from crm.database import N_
from crm.landing.entries import DEMO, SOURCE, CompanyLink, Noun, day, line, link, owned_by, prose, words, yes
from crm.landing.experts.models import Expert, ExpertConflict

EXPERT = Noun(
    "expert",
    "experts",
    N_("专家"),
    Expert,
    (
        line("name", N_("专家姓名"), words="专家姓名 专家", required=True, identity=True),
        line("unit", N_("工作单位"), words="工作单位 单位", required=True, identity=True),
        line("title", N_("职称职务"), 100, words="职称职务 职称 职务"),
        line("group_name", N_("所属集团"), words="所属集团 集团"),
        words("fields", N_("专业领域"), words="专业领域 领域 专业"),
        yes("is_active", N_("在库"), default=True, words="在库"),
        day("joined_on", N_("入库日期"), words="入库日期"),
        prose("note", N_("备注"), words="备注"),
        DEMO,
        SOURCE,
    ),
)
CONFLICT = Noun(
    "conflict",
    "conflicts",
    N_("回避企业"),
    ExpertConflict,
    (
        owned_by(EXPERT),
        link("company", N_("回避企业"), CompanyLink(), words="回避企业 企业名称", required=True, identity=True),
        line("reason", N_("回避原因"), words="回避原因 原因"),
        day("declared_on", N_("申报日期"), words="申报日期"),
    ),
    title="reason",
    parent="expert",
)
