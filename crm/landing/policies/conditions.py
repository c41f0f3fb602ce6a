"""Conditions of policies: judged one by one over a case's facts, with the working; amounts by formula.

A case is what is known of a project: {fact: number, set of names, or None where nobody knows}. A verdict is True, False
or None (cannot be said yet).
"""

import ast
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from simpleeval import InvalidExpression, SimpleEval

from crm import rules
from crm.database import N_
from crm.errors import RuleError
from crm.landing.policies.models import Fact, Operator, PolicyCondition
from crm.landing.redlines.wording import refuse

Case = Mapping[Fact, Decimal | frozenset[str] | None]

#: Facts that are names; all others are numbers.
NAMED = frozenset({Fact.CHAIN, Fact.SEGMENT, Fact.ROUTE, Fact.STAGE})
FITTING = {True: (Operator.IS, Operator.AMONG), False: (Operator.AT_LEAST, Operator.AT_MOST)}
#: What a formula may name, in the words of documents.
VARIABLES = {
    "投资总额": Fact.INVESTMENT,
    "固定资产投资": Fact.FIXED_INVESTMENT,
    "达产产值": Fact.OUTPUT,
    "用地": Fact.LAND,
    "建筑面积": Fact.FLOOR,
    "就业人数": Fact.JOBS,
    "能耗": Fact.ENERGY,
    "投资强度": Fact.INTENSITY,
    "员工人数": Fact.EMPLOYEES,
}
FUNCTIONS = {"min": min, "max": max, "最小": min, "最大": max}
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
SIGNS = str.maketrans("×÷，－", "*/,-")
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
_number = rules.number(4, Decimal(10**12))


@dataclass(frozen=True)
class Verdict:
    """How one condition stands: `actual` is what the case has, None where nobody knows."""

    condition: PolicyCondition
    actual: Decimal | frozenset[str] | None
    holds: bool | None


def fact(text: str) -> Fact:
    """The fact of a cell: its label, with or without the unit. A red line is called by its name."""
    value = rules.narrow(text)
    for found in Fact:
        if value in (rules.narrow(found.label), rules.narrow(found.label).split("(")[0]):
            return found
    refuse(value)
    known = "、".join(found.label for found in Fact)
    raise RuleError(N_("条件只能用公开、客观的指标：%(known)s。"), known=known)


def require_sound(values: Mapping[str, Any]) -> None:
    """RuleError for a condition that crosses a red line or cannot be judged."""
    refuse(str(values.get("words") or ""), str(values.get("value") or ""))
    is_named = values["fact"] in NAMED
    if values["operator"] not in FITTING[is_named]:
        words = "、".join(each.label for each in FITTING[is_named])
        raise RuleError(N_("这个指标的比较方式只能是：%(words)s。"), words=words)
    if not is_named and _number(str(values["value"])) is None:
        raise RuleError(N_("请填数字，例如 1200 或 1200.5。"))


def judge(condition: PolicyCondition, case: Case) -> Verdict:
    """A condition's verdict in a case."""
    actual = case.get(condition.fact)
    if actual is None:
        return Verdict(condition, None, None)
    if isinstance(actual, frozenset):
        return Verdict(condition, actual, bool(actual & set(rules.split(condition.value))) if actual else None)
    limit = Decimal(condition.value)
    holds = actual >= limit if condition.operator is Operator.AT_LEAST else actual <= limit
    return Verdict(condition, actual, holds)


def judge_all(conditions: Sequence[PolicyCondition], case: Case) -> list[Verdict]:
    """The verdicts of all conditions, in their order."""
    return [judge(condition, case) for condition in conditions]


def as_python(formula: str) -> str:
    """A formula in the signs of documents (×, ÷, 2%, full-width brackets) as an expression."""
    text = rules.narrow(formula).translate(SIGNS)
    return AMOUNT.sub(r"(\1/100)", text)


def formula(text: str) -> str:
    """A rule for formulas: only numbers, + - × ÷ %, 最小, 最大 and the names of open facts."""
    value = rules.line(500)(text)
    if not value:
        return ""
    refuse(value)
    try:
        calculate(value, dict.fromkeys(Fact, Decimal(1)))
    except (InvalidExpression, SyntaxError, TypeError, ValueError, InvalidOperation, RecursionError, MemoryError):
        known = "、".join(VARIABLES)
        raise RuleError(
            N_("看不懂这个公式。可用的项目：%(known)s，以及数字、加减乘除、最小、最大。"), known=known
        ) from None
    except ArithmeticError:
        pass  # a sum of the right form that ones cannot show
    return value


def amount_wan(text: str, cap_wan: Decimal | None, case: Case) -> Decimal | None:
    """What a formula gives in a case, from 0 to the cap.

    None where a fact is missing, no formula is stated, or what it gives is beyond any amount.
    """
    if not text:
        return None
    try:
        found = max(calculate(text, case), Decimal(0))
        if cap_wan is not None:
            found = min(found, cap_wan)
        return found.quantize(Decimal("0.01")) if found <= rules.LARGEST_WAN else None
    except (InvalidExpression, ArithmeticError, TypeError):
        return None


def calculate(text: str, case: Case) -> Decimal:
    """The value of a formula, in Decimal throughout. Raises what simpleeval raises for anything but plain sums."""
    names = {name: value for name, key in VARIABLES.items() if isinstance(value := case.get(key), Decimal)}
    evaluator = SimpleEval(operators=OPERATORS, functions=FUNCTIONS, names=names)
    evaluator.nodes = {kind: evaluator.nodes[kind] for kind in (ast.Expr, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)}
    evaluator.nodes[ast.Constant] = lambda node: Decimal(repr(node.value))
    expression = as_python(text)
    tree = ast.parse(expression, mode="eval")  # one expression, where simpleeval would take the first of several
    return Decimal(evaluator.eval(expression, previously_parsed=tree.body))
