"""What must be known to enter a stage: one table of facts and conditions that enforces and explains.

A gate item (models.GateItem, data) names a fact and a condition of this module. `missing` collects what a move would
need; its items say what, for which stage and where it is mended.
"""

from collections.abc import Callable
from dataclasses import dataclass

from crm.database import N_
from crm.pipeline.models import CapitalKind, Project, Stage

Test = Callable[[Project], bool]

#: From this total investment on, in 万元, a project counts as large.
LARGE_WAN = 10_000


@dataclass(frozen=True)
class Fact:
    """Something to know of a project: its label, whether it is known, and the field of the form that mends it."""

    label: str
    is_known: Test
    field: str


@dataclass(frozen=True)
class Condition:
    """Which projects a gate item asks: in words, and as a test."""

    label: str
    holds: Test


@dataclass(frozen=True)
class MissingItem:
    """What a project lacks for a stage. `field` is the field of the edit form, or CONTACT: log a contact."""

    fact: str
    label: str
    stage_name: str
    condition: str
    field: str


#: The field of a fact that no form holds: it comes from a logged contact.
CONTACT = "contact"


def on_route(*slugs: str) -> Test:
    """A test for the project's route."""
    return lambda project: project.route.slug in slugs


def has_effect(project: Project) -> bool:
    """Whether the main segment's 补/强/延 is said."""
    return any(link.is_main and link.effect is not None for link in project.segments)


def was_met(project: Project) -> bool:
    """Whether anybody has met the company, for this project or before it was opened."""
    return project.last_contact_on is not None or project.company.last_contact_on is not None


FACTS = {
    "segment": Fact(N_("产业链环节"), lambda p: p.main_segment is not None, "main_segment_id"),
    "summary": Fact(N_("项目简介"), lambda p: bool(p.summary), "summary"),
    "lead_source": Fact(N_("线索来源"), lambda p: bool(p.lead_source), "lead_source"),
    "contact": Fact(N_("至少一次与企业的接触记录"), was_met, CONTACT),
    "next_step": Fact(N_("下一步及期限"), lambda p: bool(p.next_step) and p.next_step_on is not None, "next_step"),
    "triage_note": Fact(N_("研判意见"), lambda p: bool(p.triage_note), "triage_note"),
    "owner": Fact(N_("负责人"), lambda p: p.owner_id is not None, "owner_id"),
    "investment": Fact(N_("投资总额"), lambda p: bool(p.investment_wan), "investment_wan"),
    "effect": Fact(N_("补链、强链或延链"), has_effect, "effect"),
    "fixed_investment": Fact(N_("固定资产投资"), lambda p: bool(p.fixed_investment_wan), "fixed_investment_wan"),
    "output": Fact(N_("达产产值"), lambda p: bool(p.output_wan), "output_wan"),
    "tax": Fact(N_("达产税收"), lambda p: bool(p.tax_wan), "tax_wan"),
    "land": Fact(N_("用地面积"), lambda p: bool(p.land_mu), "land_mu"),
    "floor": Fact(N_("建筑面积"), lambda p: bool(p.floor_m2), "floor_m2"),
    "energy": Fact(N_("能耗"), lambda p: p.energy_tce is not None, "energy_tce"),
    "park": Fact(N_("意向园区"), lambda p: bool(p.park) or p.has_reservation, "park"),
    "jobs": Fact(N_("就业人数"), lambda p: bool(p.jobs), "jobs"),
    "origin": Fact(N_("来源地"), lambda p: p.origin_code is not None, "origin_code"),
    "local_company": Fact(N_("落地的本地企业"), lambda p: p.local_company_id is not None, "local_company_id"),
}

CONDITIONS = {
    "always": Condition(N_("所有项目"), lambda _: True),
    "takes_land": Condition(N_("用地的项目"), lambda p: bool(p.land_mu) or p.route.slug == "greenfield"),
    "takes_premises": Condition(N_("租购厂房的项目"), on_route("premises")),
    "makes_supply": Condition(N_("形成本地供给的项目"), lambda p: p.route.makes_supply),
    "foreign": Condition(N_("外资项目"), lambda p: p.capital_kind is CapitalKind.FOREIGN),
    "large": Condition(N_("投资 1 亿元以上的项目"), lambda p: (p.investment_wan or 0) >= LARGE_WAN),
}


def missing(project: Project, to: Stage) -> list[MissingItem]:
    """What the gates of every stage after the present one up to `to` still ask, each fact once, at its first stage.

    Empty for a move back: only going forward passes gates.
    """
    found: dict[str, MissingItem] = {}
    for stage in project.route.stages:
        if project.stage.ordinal < stage.ordinal <= to.ordinal:
            for item in _missing_at(project, stage):
                found.setdefault(item.fact, item)
    return list(found.values())


def _missing_at(project: Project, stage: Stage) -> list[MissingItem]:
    """What one stage's gate asks and the project lacks."""
    lacking = []
    for item in stage.gate_items:
        fact, condition = FACTS[item.fact], CONDITIONS[item.condition]
        if condition.holds(project) and not fact.is_known(project):
            lacking.append(MissingItem(item.fact, fact.label, stage.name, condition.label, fact.field))
    return lacking


def missing_for_next(project: Project) -> list[MissingItem]:
    """What is missing to move on by one stage; empty at the end of the route."""
    return missing(project, project.next_stage) if project.next_stage else []
