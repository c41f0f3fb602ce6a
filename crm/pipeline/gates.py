"""What must be known to enter a stage: one table of facts and conditions that enforces and explains.

A gate item (models.GateItem, data that an administrator edits) names a fact and a condition of this module, and perhaps
an amount from which it is asked. `missing` collects what a move would need; its items say what, for which stage and
where it is mended.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from crm.database import N_
from crm.pipeline.models import (
    Agreement,
    AgreementReviewKind,
    CapitalKind,
    Decision,
    GateItem,
    MilestoneKind,
    Project,
    Route,
    Stage,
)

Test = Callable[[Project], bool]


@dataclass(frozen=True)
class Fact:
    """Something to know of a project: its label, whether it is known, and where it is mended.

    `field` is a field of the edit form, or an anchor of the project's page (`#…`), or CONTACT. What cannot be passed
    (`can_pass`) stays asked whoever moves the project: the formal agreement and its reviews (security.md).
    """

    label: str
    is_known: Test
    field: str
    can_pass: bool = True


@dataclass(frozen=True)
class Condition:
    """Which projects a gate item asks: in words, and as a test of the project on the item's route."""

    label: str
    holds: Callable[[Project, Route], bool]


@dataclass(frozen=True)
class MissingItem:
    """What a project lacks for a stage; `field` and `can_pass` as those of the fact."""

    fact: str
    label: str
    stage_name: str
    condition: str
    field: str
    can_pass: bool = True


#: The field of a fact that no form holds: it comes from a logged contact.
CONTACT = "contact"


def has_effect(project: Project) -> bool:
    """Whether the main segment's 补/强/延 is said."""
    return any(link.is_main and link.effect is not None for link in project.segments)


def was_met(project: Project) -> bool:
    """Whether anybody has met the company, for this project or before it was opened."""
    return project.last_contact_on is not None or project.company.last_contact_on is not None


def is_pursued(project: Project) -> bool:
    """Whether the latest 研判 says to pursue the lead."""
    return project.lead is not None and project.lead.decision is Decision.PURSUE


def is_answered(project: Project) -> bool:
    """Whether whoever brought the lead was told what became of it; nobody has to be where nobody is named."""
    lead = project.lead
    return lead is None or not lead.has_introducer or lead.answered_on is not None


def is_admitted(project: Project) -> bool:
    """Whether the latest 准入联审 that was decided admits it."""
    decided = [admission for admission in project.admissions if not admission.is_open]
    return bool(decided) and decided[0].admits


def formal(project: Project) -> Agreement | None:
    """The formal agreement that counts: the latest signed one, else the latest that is not void."""
    found = [each for each in project.agreements if each.kind == "formal" and each.voided_on is None]
    return next((each for each in reversed(found) if each.is_signed), found[-1] if found else None)


def has_signed(project: Project) -> bool:
    """Whether its formal agreement is signed. Intents and frameworks never count."""
    agreement = formal(project)
    return agreement is not None and agreement.is_signed


def reviewed(kind: AgreementReviewKind) -> Fact:
    """The fact that the formal agreement has passed a review."""

    def is_known(project: Project) -> bool:
        agreement = formal(project)
        return agreement is not None and agreement.has_passed(kind)

    return Fact(REVIEW_LABELS[kind], is_known, "#agreements", can_pass=False)


def reached(kind: MilestoneKind) -> Fact:
    """The fact that a milestone is dated."""
    return Fact(MILESTONE_LABELS[kind], lambda p: any(each.kind is kind for each in p.milestones), "#milestones")


REVIEW_LABELS = {
    AgreementReviewKind.DUE_DILIGENCE: N_("正式协议通过尽职调查"),
    AgreementReviewKind.FAIR: N_("正式协议通过公平竞争审查"),
    AgreementReviewKind.LEGAL: N_("正式协议通过合法性审查"),
    AgreementReviewKind.FISCAL: N_("正式协议有财政意见"),
}
MILESTONE_LABELS = {
    MilestoneKind.REGISTERED: N_("注册日期和佐证"),
    MilestoneKind.LAND: N_("供地日期和佐证"),
    MilestoneKind.FILED: N_("备案日期和佐证"),
    MilestoneKind.EIA: N_("环评日期和佐证"),
    MilestoneKind.PERMIT: N_("施工许可日期和佐证"),
    MilestoneKind.LISTED: N_("入库日期和佐证"),
    MilestoneKind.FUNDED: N_("到资日期和佐证"),
    MilestoneKind.STARTED: N_("开工日期和佐证"),
    MilestoneKind.OPERATING: N_("投产日期和佐证"),
}
FACTS = {
    "segment": Fact(N_("产业链环节"), lambda p: p.main_segment is not None, "main_segment_id"),
    "summary": Fact(N_("项目简介"), lambda p: bool(p.summary), "summary"),
    "lead_source": Fact(N_("线索来源"), lambda p: bool(p.lead_source), "lead_source"),
    "contact": Fact(N_("至少一次与企业的接触记录"), was_met, CONTACT),
    "next_step": Fact(N_("下一步及期限"), lambda p: bool(p.next_step) and p.next_step_on is not None, "next_step"),
    "triage_note": Fact(N_("研判意见"), lambda p: bool(p.triage_note), "triage_note"),
    "pursued": Fact(N_("研判结论为“跟进”"), is_pursued, "#triage"),
    "answered": Fact(N_("已答复线索提供人"), is_answered, "#triage"),
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
    "reservation": Fact(N_("已预留用地或厂房"), lambda p: p.has_reservation, "#reservation"),
    "jobs": Fact(N_("就业人数"), lambda p: bool(p.jobs), "jobs"),
    "origin": Fact(N_("来源地"), lambda p: p.origin_code is not None, "origin_code"),
    "sponsor": Fact(N_("挂点领导"), lambda p: p.sponsor_id is not None, "sponsor_id"),
    "taskforce": Fact(N_("专班成员"), lambda p: bool(p.members), "member_ids"),
    "admitted": Fact(N_("准入联审通过"), is_admitted, "#admission"),
    "signed": Fact(N_("已签署的正式协议"), has_signed, "#agreements", can_pass=False),
    **{f"review_{kind.value}": reviewed(kind) for kind in AgreementReviewKind},
    **{f"milestone_{kind.value}": reached(kind) for kind in MilestoneKind},
    "local_company": Fact(N_("落地的本地企业"), lambda p: p.local_company_id is not None, "local_company_id"),
}

CONDITIONS = {
    "always": Condition(N_("所有项目"), lambda _project, _route: True),
    "takes_land": Condition(N_("用地的项目"), lambda p, route: bool(p.land_mu) or route.takes_land),
    "takes_premises": Condition(N_("租购厂房的项目"), lambda _, route: route.takes_premises),
    "makes_supply": Condition(N_("形成本地供给的项目"), lambda _, route: route.makes_supply),
    "foreign": Condition(N_("外资项目"), lambda p, _: p.capital_kind is CapitalKind.FOREIGN),
    "domestic": Condition(N_("内资项目"), lambda p, _: p.capital_kind is CapitalKind.DOMESTIC),
}


def asks(item: GateItem, project: Project, route: Route) -> bool:
    """Whether a gate item of a route is meant for a project (which may stand on another one still)."""
    is_large = item.at_least_wan is None or (project.investment_wan or Decimal(0)) >= item.at_least_wan
    return is_large and CONDITIONS[item.condition].holds(project, route)


def missing(project: Project, to: Stage) -> list[MissingItem]:
    """What the gates of every stage after the present one up to `to` still ask, each fact once, at its first stage.

    Empty for a move back: only going forward passes gates.
    """
    between = [stage for stage in project.route.stages if project.stage.ordinal < stage.ordinal <= to.ordinal]
    return missing_at(project, between)


def missing_at(project: Project, stages: Iterable[Stage]) -> list[MissingItem]:
    """What the gates of these stages ask and the project lacks."""
    found: dict[str, MissingItem] = {}
    for stage in stages:
        for item in stage.gate_items:
            if item.fact not in found and asks(item, project, stage.route) and not FACTS[item.fact].is_known(project):
                found[item.fact] = missing_item(item, stage)
    return list(found.values())


def missing_item(item: GateItem, stage: Stage) -> MissingItem:
    """What a project lacks that an item asks."""
    fact = FACTS[item.fact]
    return MissingItem(item.fact, fact.label, stage.name, CONDITIONS[item.condition].label, fact.field, fact.can_pass)


def missing_for_next(project: Project) -> list[MissingItem]:
    """What is missing to move on by one stage; empty at the end of the route."""
    following = project.next_stage
    return missing_at(project, [following]) if following else []
