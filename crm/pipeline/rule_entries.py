"""What is to know of the lists by which projects are judged: reasons, criteria, vetoes, levels."""

from decimal import Decimal

from crm.database import N_
from crm.landing.entries import Noun, choice, line, number, wan, whole, yes
from crm.pipeline.models import AdmissionLevel, Criterion, Reason, ReasonKind, Veto

ORDER = whole("ordinal", N_("排序"), 0, 9_999, words="排序", default=0)
IN_USE = yes("is_active", N_("在用"), words="在用", default=True, hint=N_("停用后不再可选，已有的记录保留"))
REASON = Noun(
    "reason",
    "reasons",
    N_("原因"),
    Reason,
    (
        line("name", N_("原因"), 100, words="原因", required=True, identity=True),
        choice("kind", N_("用于"), ReasonKind, words="用于", required=True, identity=True),
        ORDER,
        IN_USE,
    ),
)
CRITERION = Noun(
    "criterion",
    "admission-criteria",
    N_("评分指标"),
    Criterion,
    (
        line("name", N_("指标"), words="评分指标 指标", required=True, identity=True),
        number("weight", N_("满分"), 2, 100, words="满分 权重", required=True),
        line("note", N_("看什么"), 300, words="看什么 说明"),
        ORDER,
        IN_USE,
    ),
    refusals={"ck_admission_criteria_weight": N_("满分要大于 0。")},
)
VETO = Noun(
    "veto",
    "admission-vetoes",
    N_("否决项"),
    Veto,
    (
        line("name", N_("否决项"), words="否决项", required=True, identity=True),
        line("basis", N_("依据"), 300, words="依据"),
        ORDER,
        IN_USE,
    ),
)
LEVEL = Noun(
    "level",
    "admission-levels",
    N_("决策层级"),
    AdmissionLevel,
    (
        line("name", N_("层级"), words="决策层级 层级", required=True, identity=True),
        wan(
            "at_least_wan",
            N_("投资总额从"),
            words="投资总额从",
            required=True,
            hint=N_("达到这个数的项目由这一级决定；最低一级填 0"),
        ),
    ),
)
NOUNS = (REASON, CRITERION, VETO, LEVEL)
FULL_MARKS = Decimal(100)
