"""The gates: every default item and condition, and what a move over several stages asks."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from crm.companies.models import Company
from crm.database import db
from crm.pipeline import gates, triage
from crm.pipeline.models import (
    Admission,
    Agreement,
    AgreementKind,
    AgreementReview,
    AgreementReviewKind,
    CapitalKind,
    Decision,
    Effect,
    GateItem,
    Lead,
    Milestone,
    MilestoneKind,
    Outcome,
    ParkReservation,
    Project,
    ProjectMember,
    ProjectSegment,
    ReviewConclusion,
    Route,
)
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


def serve(project: Project, effect: Effect | None = None) -> None:
    """Give a project a main segment."""
    project.segments.append(ProjectSegment(segment=factories.Segment(), is_main=True, effect=effect))


def agree(project: Project, *reviews: AgreementReviewKind, signed: bool = False) -> None:
    """Give a project a formal agreement that has passed reviews."""
    found = next((each for each in project.agreements if each.kind is AgreementKind.FORMAL), None)
    if found is None:
        found = Agreement(kind=AgreementKind.FORMAL, title="示例投资协议", signatory="", authority="")
        project.agreements.append(found)
    for kind in reviews:
        conclusion = ReviewConclusion.PASSED
        found.reviews.append(
            AgreementReview(kind=kind, reviewer="示例科", on_day=date(2026, 3, 1), conclusion=conclusion)
        )
    if signed:
        found.signatory, found.authority, found.signed_on = "示例周局", "授权书", date(2026, 3, 9)


def admit(project: Project, outcome: Outcome = Outcome.ADMITTED) -> None:
    """Let a body decide on a project."""
    project.admissions.insert(0, Admission(outcome=outcome))


def reach(kind: MilestoneKind) -> Any:
    """Something that dates a milestone."""
    amount = Decimal(100) if kind is MilestoneKind.FUNDED else None
    return lambda p: p.milestones.append(
        Milestone(kind=kind, on_day=date(2026, 3, 9), evidence="示例文号", amount_wan=amount, by_id=p.owner_id)
    )


#: What makes each fact known.
KNOWN = {
    "pursued": lambda p: setattr(p, "lead", Lead(received_on=date(2026, 3, 1), decision=Decision.PURSUE)),
    "reservation": lambda p: p.reservations.append(ParkReservation()),
    "sponsor": lambda p: setattr(p, "sponsor_id", 1),
    "taskforce": lambda p: p.members.append(ProjectMember(user_id=1)),
    "admitted": admit,
    "signed": lambda p: agree(p, signed=True),
    **{f"review_{kind.value}": lambda p, kind=kind: agree(p, kind) for kind in AgreementReviewKind},
    **{f"milestone_{kind.value}": reach(kind) for kind in MilestoneKind},
    "segment": serve,
    "summary": lambda p: setattr(p, "summary", "二期厂房"),
    "lead_source": lambda p: setattr(p, "lead_source", "展会"),
    "contact": lambda p: setattr(p, "last_contact_on", date(2026, 3, 1)),
    "next_step": lambda p: (setattr(p, "next_step", "看地"), setattr(p, "next_step_on", date(2026, 3, 9))),
    "triage_note": lambda p: setattr(p, "triage_note", "建议跟进"),
    "owner": lambda p: setattr(p, "owner_id", 1),
    "investment": lambda p: setattr(p, "investment_wan", Decimal(5000)),
    "effect": lambda p: p.segments.append(
        ProjectSegment(segment=factories.Segment(), is_main=True, effect=Effect.FILL)
    ),
    "fixed_investment": lambda p: setattr(p, "fixed_investment_wan", Decimal(4000)),
    "output": lambda p: setattr(p, "output_wan", Decimal(9000)),
    "tax": lambda p: setattr(p, "tax_wan", Decimal(500)),
    "land": lambda p: setattr(p, "land_mu", Decimal(50)),
    "floor": lambda p: setattr(p, "floor_m2", Decimal(20000)),
    "energy": lambda p: setattr(p, "energy_tce", Decimal(0)),
    "park": lambda p: setattr(p, "park", "翠亨"),
    "jobs": lambda p: setattr(p, "jobs", 80),
    "origin": lambda p: setattr(p, "origin_code", "4403"),
    "local_company": lambda p: setattr(p, "local_company_id", 1),
}


def blank(slug: str = "greenfield") -> Project:
    """A project of which nothing is known, outside the session."""
    route = factories.route(slug)
    company = Company(name="示例企业")
    return Project(
        name="示例项目", company=company, route=route, stage=route.stages[0], capital_kind=CapitalKind.DOMESTIC
    )


def test_a_visit_before_the_project_was_opened_counts_as_contact() -> None:
    with db.session.no_autoflush:
        project = blank()
        project.company.last_contact_on = date(2026, 3, 1)
        assert gates.FACTS["contact"].is_known(project)


def test_whoever_brought_a_lead_is_answered_before_it_is_negotiated() -> None:
    answered = gates.FACTS["answered"].is_known
    project = blank()
    assert answered(project)
    project.lead = Lead(received_on=date(2026, 3, 1), introducer="示例商会")
    assert not answered(project)
    project.lead.answered_on = date(2026, 3, 2)
    assert answered(project)


@pytest.mark.parametrize(
    ("decision", "opens"), [(Decision.PURSUE, True), (Decision.HOLD, False), (Decision.DROP, False)]
)
def test_only_pursuing_opens_the_negotiation_and_the_latest_decision_counts(decision: Decision, opens: bool) -> None:
    project = factories.Project()
    triage.decide(project, Decision.PURSUE, "补链", by=project.owner)
    triage.decide(project, decision, "再看", by=project.owner)
    assert gates.FACTS["pursued"].is_known(project) is opens


@pytest.mark.parametrize(
    ("outcome", "opens"),
    [
        (None, False),
        (Outcome.ADMITTED, True),
        (Outcome.CONDITIONAL, True),
        (Outcome.DEFERRED, False),
        (Outcome.REFUSED, False),
    ],
)
def test_only_an_admission_that_passed_opens_signing(outcome: Outcome | None, opens: bool) -> None:
    project = blank()
    project.admissions.append(Admission(outcome=outcome))
    assert gates.FACTS["admitted"].is_known(project) is opens


def test_an_open_admission_leaves_the_decided_one_in_force() -> None:
    project = blank()
    admit(project)
    project.admissions.insert(0, Admission())
    assert gates.FACTS["admitted"].is_known(project)


@pytest.mark.parametrize("kind", AgreementKind)
def test_only_a_formal_agreement_counts_as_signed(kind: AgreementKind) -> None:
    project = blank()
    project.agreements.append(Agreement(kind=kind, title="示例", signed_on=date(2026, 3, 1)))
    assert gates.FACTS["signed"].is_known(project) is (kind is AgreementKind.FORMAL)


def test_a_void_agreement_opens_nothing() -> None:
    project = blank()
    agree(project, *AgreementReviewKind, signed=True)
    project.agreements[0].voided_on = date(2026, 3, 20)
    assert not any(gates.FACTS[fact].is_known(project) for fact in ("signed", "review_fair", "review_legal"))


def test_the_last_review_of_a_kind_counts() -> None:
    project = blank()
    agree(project, AgreementReviewKind.FAIR)
    assert gates.FACTS["review_fair"].is_known(project)
    project.agreements[0].reviews.append(
        AgreementReview(kind=AgreementReviewKind.FAIR, conclusion=ReviewConclusion.REFUSED)
    )
    assert not gates.FACTS["review_fair"].is_known(project)


def test_nobody_passes_the_agreement_and_its_reviews_and_nothing_else_is_so() -> None:
    fixed = {key for key, fact in gates.FACTS.items() if not fact.can_pass}
    assert fixed == {"signed"} | {f"review_{kind.value}" for kind in AgreementReviewKind}


@pytest.mark.parametrize("fact", gates.FACTS)
def test_a_fact_is_unknown_until_it_is_filled_in(fact: str) -> None:
    with db.session.no_autoflush:
        project = blank()
        if fact == "answered":
            return  # nobody has to be answered where nobody brought the lead: below
        assert not gates.FACTS[fact].is_known(project)
        KNOWN[fact](project)
        assert gates.FACTS[fact].is_known(project)


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("always", {}, True),
        ("takes_land", {"slug": "greenfield"}, True),
        ("takes_land", {"slug": "expansion"}, False),
        ("takes_land", {"slug": "expansion", "land_mu": Decimal(20)}, True),
        ("takes_land", {"slug": "premises", "land_mu": Decimal(0)}, False),
        ("takes_premises", {"slug": "premises"}, True),
        ("takes_premises", {"slug": "greenfield"}, False),
        ("makes_supply", {"slug": "research"}, True),
        ("makes_supply", {"slug": "matchmaking"}, False),
        ("foreign", {}, False),
        ("foreign", {"capital_kind": CapitalKind.FOREIGN}, True),
        ("domestic", {}, True),
        ("domestic", {"capital_kind": CapitalKind.FOREIGN}, False),
    ],
)
def test_conditions(condition: str, values: dict, holds: bool) -> None:
    project = blank(values.pop("slug", "greenfield"))
    for name, value in values.items():
        setattr(project, name, value)
    assert gates.CONDITIONS[condition].holds(project, project.route) is holds


@pytest.mark.parametrize(
    ("at_least", "investment", "asked"),
    [
        (None, None, True),
        (Decimal(10_000), None, False),
        (Decimal(10_000), Decimal("9999.99"), False),
        (Decimal(10_000), Decimal(10_000), True),
    ],
)
def test_an_amount_decides_whether_an_item_is_asked(
    at_least: Decimal | None, investment: Decimal | None, asked: bool
) -> None:
    project = blank()
    project.investment_wan = investment
    item = GateItem(fact="jobs", condition="always", at_least_wan=at_least)
    assert gates.asks(item, project, project.route) is asked


NEGOTIATE = {"pursued", "owner", "investment"}
SIGN = {"admitted", "signed", "review_due_diligence", "review_fair", "review_legal", "review_fiscal"}
#: Route → stage → what its gate asks of a project of which nothing is known.
ASKED = {
    "greenfield": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": NEGOTIATE,
        "签约": SIGN | {"effect", "fixed_investment", "output", "tax", "land", "energy", "park"},
        "注册": {"milestone_registered"},
        "开工": {"local_company", "jobs", "milestone_permit", "milestone_started"},
        "投产": {"local_company", "milestone_operating"},
    },
    "premises": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": NEGOTIATE,
        "签约": SIGN | {"effect", "fixed_investment", "output", "tax", "floor", "park"},
        "注册": {"milestone_registered"},
        "装修": {"local_company", "jobs", "milestone_started"},
        "投产": {"local_company", "milestone_operating"},
    },
    "expansion": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": NEGOTIATE,
        "签约": SIGN | {"effect", "fixed_investment", "output", "tax", "park"},
        "开工": {"local_company", "jobs", "milestone_started"},
        "投产": {"local_company", "milestone_operating"},
    },
    "research": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": NEGOTIATE,
        "签约": SIGN | {"effect", "fixed_investment", "output", "tax", "park"},
        "注册": {"milestone_registered"},
        "运营": {"local_company", "milestone_operating"},
    },
    "matchmaking": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "对接": NEGOTIATE,
        "签约合作": {"effect"},
        "合作落地": set(),
    },
}


@pytest.mark.parametrize(
    ("slug", "stage", "asked"), [(slug, stage, asked) for slug, rows in ASKED.items() for stage, asked in rows.items()]
)
def test_each_default_gate_asks_its_table(slug: str, stage: str, asked: set[str]) -> None:
    project = blank(slug)
    to = next(s for s in project.route.stages if s.name == stage)
    project.stage = project.route.stages[to.ordinal - 1]
    assert {item.fact for item in gates.missing(project, to)} == asked


def test_the_table_above_is_the_whole_of_the_defaults() -> None:
    stages = {(route.slug, stage.name) for route in db.session.scalars(select(Route)) for stage in route.stages[1:]}
    assert stages == {(slug, stage) for slug, rows in ASKED.items() for stage in rows}


SUPPLY = "makes_supply"
#: Stage (those of one phase ask the same on every route) → fact → condition of every default item.
ITEMS = {
    "lead": {},
    "triage": dict.fromkeys(("segment", "summary", "lead_source", "contact", "next_step"), "always"),
    "negotiating": dict.fromkeys(("pursued", "answered", "owner", "investment"), "always"),
    "signed": {
        "effect": "always",
        **dict.fromkeys(("fixed_investment", "output", "tax", "park"), SUPPLY),
        **dict.fromkeys(("land", "energy"), "takes_land"),
        "floor": "takes_premises",
        **dict.fromkeys(SIGN, SUPPLY),
    },
    "注册": {"milestone_registered": SUPPLY},
    "started": {
        **dict.fromkeys(("local_company", "jobs", "milestone_started"), SUPPLY),
        "milestone_permit": "takes_land",
    },
    "operating": {"local_company": SUPPLY, "milestone_operating": SUPPLY},
}
#: Phase → probability in per cent and days until stale, where a stage has no figures of its own below.
STAGES = {"lead": (5, 30), "triage": (10, 21), "negotiating": (25, 14), "signed": (60, 30), "started": (90, 60),
          "operating": (100, None)}  # fmt: skip
OWN_STAGES = {"注册": (75, 30), "装修": (90, 45), "对接": (25, 21), "签约合作": (60, 60)}


@pytest.mark.parametrize("slug", ASKED)
def test_each_default_item_has_its_condition_and_no_amount(slug: str) -> None:
    for stage in factories.route(slug).stages:
        asked = ITEMS.get(stage.name, ITEMS[stage.phase])
        found = {item.fact: (item.condition, item.at_least_wan) for item in stage.gate_items}
        assert found == {fact: (condition, None) for fact, condition in asked.items()}, stage.name


@pytest.mark.parametrize("slug", ASKED)
def test_each_default_stage_has_its_probability_and_limit(slug: str) -> None:
    for stage in factories.route(slug).stages:
        percent, days = OWN_STAGES.get(stage.name, STAGES[stage.phase])
        assert (stage.probability * 100, stage.stale_days) == (percent, days), stage.name


@pytest.mark.parametrize(
    ("slug", "stage", "more"),
    [
        ("premises", "签约", {"energy"}),
        ("expansion", "签约", {"energy"}),
        ("expansion", "开工", {"milestone_permit"}),
        ("research", "签约", {"energy"}),
        ("matchmaking", "签约合作", {"energy"}),
    ],
)
def test_land_asks_for_more_on_every_route(slug: str, stage: str, more: set[str]) -> None:
    project = blank(slug)
    project.land_mu = Decimal(30)
    to = next(s for s in project.route.stages if s.name == stage)
    project.stage = project.route.stages[to.ordinal - 1]
    assert {item.fact for item in gates.missing(project, to)} == ASKED[slug][stage] | more


def test_default_items_name_facts_and_conditions_that_exist() -> None:
    for item in db.session.scalars(select(GateItem)):
        assert item.fact in gates.FACTS
        assert item.condition in gates.CONDITIONS


def test_a_long_move_passes_every_gate_between_and_names_each_fact_once() -> None:
    project = blank()
    items = gates.missing(project, project.route.stages[-1])
    facts = [item.fact for item in items]
    assert set(facts) == set().union(*ASKED["greenfield"].values())
    assert len(facts) == len(set(facts))
    assert next(item for item in items if item.fact == "local_company").stage_name == "开工"


def test_nothing_is_asked_to_go_back_or_to_stay() -> None:
    project = blank()
    project.stage = project.route.stages[3]
    assert gates.missing(project, project.route.stages[0]) == []
    assert gates.missing(project, project.route.stages[3]) == []


def test_missing_items_say_where_they_are_mended() -> None:
    project = blank()
    items = {item.fact: item for item in gates.missing_for_next(project)}
    assert items["segment"].field == "main_segment_id"
    assert items["contact"].field == gates.CONTACT
    assert items["segment"].stage_name == "研判"
