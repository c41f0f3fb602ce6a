"""Rules of a project's and an instruction's fields, for forms and imports alike: text → value, or RuleError.

`FIELDS` names the rule of each column. Empty text is '' or None, as in crm/rules.py.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crm import rules
from crm.companies.rules import place, words
from crm.database import N_
from crm.interactions.rules import due, one_of
from crm.pipeline.models import CapitalKind, Effect, Secrecy, Status
from crm.rules import Rule

#: What offices write besides the words on our screens.
STATUS_WORDS = {
    "推进中": Status.ONGOING,
    "在推进": Status.ONGOING,
    "正常": Status.ONGOING,
    "暂停": Status.PAUSED,
    "搁置": Status.PAUSED,
    "已流失": Status.LOST,
    "终止": Status.ABORTED,
    "取消": Status.ABORTED,
    "已完成": Status.COMPLETED,
    "办结": Status.COMPLETED,
}
SECRECY_WORDS = {"保密": Secrecy.RESTRICTED, "内部资料": Secrecy.INTERNAL}
EFFECT_WORDS = {"补": Effect.FILL, "强": Effect.STRENGTHEN, "延": Effect.EXTEND}
CAPITAL_WORDS = {"内": CapitalKind.DOMESTIC, "外": CapitalKind.FOREIGN, "港澳台资": CapitalKind.FOREIGN}

status = one_of(Status, STATUS_WORDS, N_("看不懂这个状态，请写：%(words)s。"))
secrecy = one_of(Secrecy, SECRECY_WORDS, N_("看不懂这个密级，请写：%(words)s。"))
effect = one_of(Effect, EFFECT_WORDS, N_("请写：%(words)s。"))
capital_kind = one_of(CapitalKind, CAPITAL_WORDS, N_("请写：%(words)s。"))

#: Why somebody passes a gate, goes back, pauses, loses, aborts or reopens.
reason = rules.prose(1_000)
LARGEST_ENERGY = Decimal("999999999")
LARGEST_JOBS = 1_000_000


#: Columns of Project: the rule of each.
FIELDS: dict[str, Rule[Any]] = {
    "name": rules.line(200),
    "summary": words(10_000),
    "lead_source": rules.line(300),
    "origin_code": place,
    "capital_kind": capital_kind,
    "currency": rules.currency,
    "secrecy": secrecy,
    "investment_wan": rules.wan,
    "fixed_investment_wan": rules.wan,
    "land_mu": rules.mu,
    "floor_m2": rules.m2,
    "output_wan": rules.wan,
    "tax_wan": rules.wan,
    "energy_tce": rules.number(2, LARGEST_ENERGY),
    "jobs": rules.whole(0, LARGEST_JOBS),
    "park": rules.line(200),
    "triage_note": words(),
    "next_step": words(),
    "next_step_on": due,
}

#: Columns of Instruction.
INSTRUCTION_FIELDS: dict[str, Rule[Any]] = {"body": words(4_000), "due_on": due, "feedback": words(4_000)}


def together(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong between fields that are right by themselves: {field: sentence}.

    Stands as ck_projects_fixed_within_total.
    """
    total, fixed = values.get("investment_wan"), values.get("fixed_investment_wan")
    if total is not None and fixed is not None and fixed > total:
        return {"fixed_investment_wan": N_("固定资产投资不能大于投资总额。")}
    return {}
