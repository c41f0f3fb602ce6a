"""Policies for a project, as information: which apply, which nearly and what is missing, with the working.

Only what is published, in force and reviewed is matched, and nothing that is paid to people. Conditions look at open,
objective facts alone; whose company it is, where it comes from and what it pays are no facts here.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _

from crm.database import db
from crm.formatters import money, plain
from crm.landing.policies.conditions import NAMED, VARIABLES, Case, Verdict, amount_wan, judge_all
from crm.landing.policies.models import Fact, Policy
from crm.landing.policies.queries import for_companies, in_force
from crm.pipeline.models import Project


@dataclass(frozen=True)
class Working:
    """One line of the working: what the policy asks, what the project has, and whether that is enough."""

    asked: str
    actual: str
    holds: bool | None


@dataclass(frozen=True)
class PolicyMatch:
    """A policy for a project. `amount` in 万元, None where the policy states no formula or a fact is missing."""

    policy: Policy
    working: list[Working]
    amount: Decimal | None
    sum: str

    @property
    def applies(self) -> bool:
        """Whether all that it asks is met."""
        return all(line.holds for line in self.working)

    @property
    def lacking(self) -> list[Working]:
        """What is not met, or not known."""
        return [line for line in self.working if not line.holds]

    @property
    def is_near(self) -> bool:
        """Whether at most one thing stands against it; the rest is met or only not known yet."""
        return not self.applies and sum(line.holds is False for line in self.working) <= 1


@dataclass(frozen=True)
class Matches:
    """All policies in force, for one project."""

    applying: list[PolicyMatch]
    near: list[PolicyMatch]
    others: list[PolicyMatch]


def matches_for(project: Project, day: date) -> Matches:
    """All that is offered on a day; fictitious policies for fictitious projects only."""
    offered = in_force(db.session.scalars(for_companies(is_demo=project.is_demo)).unique().all(), day)
    case = case_of(project)
    found = [match(policy, project, case) for policy in offered]
    return Matches(
        [each for each in found if each.applies],
        [each for each in found if each.is_near],
        [each for each in found if not each.applies and not each.is_near],
    )


def case_of(project: Project) -> Case:
    """What is known of a project, by fact. A number of 0 that nobody could mean (land, jobs) is not known."""
    segments = frozenset(link.segment.name for link in project.segments)
    return {
        Fact.INVESTMENT: project.investment_wan,
        Fact.FIXED_INVESTMENT: project.fixed_investment_wan,
        Fact.OUTPUT: project.output_wan,
        Fact.LAND: project.land_mu,
        Fact.FLOOR: project.floor_m2,
        Fact.JOBS: number(project.jobs),
        Fact.ENERGY: project.energy_tce,
        Fact.INTENSITY: project.intensity_wan_per_mu,
        Fact.EMPLOYEES: number(project.company.employees),
        Fact.CHAIN: frozenset(link.segment.chain.name for link in project.segments),
        Fact.SEGMENT: segments,
        Fact.ROUTE: frozenset({project.route.name}),
        Fact.STAGE: frozenset({project.stage.name, project.stage.phase.label}),
    }


def number(value: int | None) -> Decimal | None:
    """A whole number as all other facts are."""
    return None if value is None else Decimal(value)


def match(policy: Policy, project: Project, case: Case) -> PolicyMatch:
    """A policy held against a case."""
    working = [working_of(verdict) for verdict in judge_all(policy.conditions, case)]
    if policy.themes:
        working.insert(0, theme_working(policy, project))
    amount = amount_wan(policy.formula, policy.cap_wan, case)
    return PolicyMatch(policy, working, amount, sum_of(policy, case, amount))


def theme_working(policy: Policy, project: Project) -> Working:
    """Whether the project works in one of the chains or segments that the policy is for."""
    chains = {link.segment.chain_id for link in project.segments}
    segments = {link.segment_id for link in project.segments}
    fits = any(
        theme.segment_id in segments if theme.segment_id else theme.chain_id in chains for theme in policy.themes
    )
    asked = _("产业链是%(names)s", names="、".join(theme.name for theme in policy.themes))
    actual = "、".join(sorted({link.segment.chain.name for link in project.segments}))
    return Working(asked, actual or _("未填"), fits if project.segments else None)


def working_of(verdict: Verdict) -> Working:
    """A verdict in words."""
    condition = verdict.condition
    value = condition.value if condition.fact in NAMED else plain(Decimal(condition.value))
    asked = f"{_(condition.fact.label)} {_(condition.operator.label)} {value}"
    return Working(asked, shown(verdict.actual), verdict.holds)


def shown(actual: Decimal | frozenset[str] | None) -> str:
    """What the project has, in words."""
    if not actual and actual != 0:
        return str(_("未填"))
    return plain(round(actual, 2)) if isinstance(actual, Decimal) else "、".join(sorted(actual))


def sum_of(policy: Policy, case: Case, amount: Decimal | None) -> str:
    """How the amount comes about: the formula, its facts, the cap, the result."""
    if not policy.formula:
        return ""
    named = [(name, case.get(fact)) for name, fact in VARIABLES.items() if name in policy.formula]
    facts = "，".join(f"{name} {shown(value)}" for name, value in named)
    cap = _("，上限 %(cap)s", cap=money(policy.cap_wan)) if policy.cap_wan is not None else ""
    result = money(amount) if amount is not None else _("还不能计算")
    return f"{policy.formula}（{facts}{cap}）= {result}"
