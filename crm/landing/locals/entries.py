"""What is to know of what the city does with a company of its own."""

from crm import rules
from crm.chain.models import Segment
from crm.database import N_
from crm.landing.entries import CompanyLink, Noun, choice, day, link, prose
from crm.landing.locals.models import GrowthStep, Need, NeedKind, PartnerWish, Step, StepState

COMPANY = link("company", N_("企业"), CompanyLink(), words="企业名称 企业", required=True, identity=True)

GROWTH = Noun(
    "step",
    "growth-steps",
    N_("成长路径"),
    GrowthStep,
    (
        COMPANY,
        choice("step", N_("成长阶段"), Step, words="成长阶段 资质", required=True, identity=True),
        choice("state", N_("进度"), StepState, StepState.NURTURED, words="进度 培育状态"),
        day("on_day", N_("日期"), words="日期 认定日期"),
        prose("source", N_("来源"), words="来源"),
    ),
    title="step",
    parent="company",
)
NEED = Noun(
    "need",
    "needs",
    N_("企业诉求"),
    Need,
    (
        COMPANY,
        choice("kind", N_("诉求类别"), NeedKind, NeedKind.OTHER, words="诉求类别"),
        prose("body", N_("诉求内容"), words="诉求内容 诉求", required=True, identity=True),
        day("raised_on", N_("提出日期"), rules.happened, words="提出日期", required=True),
        prose("answer", N_("办理情况"), words="办理情况"),
        day("settled_on", N_("办结日期"), rules.happened, words="办结日期"),
    ),
    title="body",
    parent="company",
    refusals={
        "ck_company_needs_settled_on": N_("办结日期不能早于提出日期。"),
        "ck_company_needs_settled_answer": N_("办结时要写明办理情况。"),
    },
)
WISH = Noun(
    "wish",
    "partner-wishes",
    N_("想找的合作"),
    PartnerWish,
    (
        COMPANY,
        link("segment", N_("产业链环节"), Segment, words="产业链环节 环节"),
        prose("body", N_("合作需求"), words="合作需求 合作内容", required=True, identity=True),
        day("until", N_("有效期"), words="有效期"),
    ),
    title="body",
    parent="company",
)
NOUNS = (GROWTH, NEED, WISH)
