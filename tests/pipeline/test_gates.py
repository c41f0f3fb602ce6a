"""The gates: every default item and condition, and what a move over several stages asks."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.companies.models import Company
from crm.database import db
from crm.pipeline import gates
from crm.pipeline.models import CapitalKind, Effect, GateItem, Project, ProjectSegment, Route
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


def serve(project: Project, effect: Effect | None = None) -> None:
    """Give a project a main segment."""
    project.segments.append(ProjectSegment(segment=factories.Segment(), is_main=True, effect=effect))


#: What makes each fact known.
KNOWN = {
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


@pytest.mark.parametrize("fact", gates.FACTS)
def test_a_fact_is_unknown_until_it_is_filled_in(fact: str) -> None:
    with db.session.no_autoflush:
        project = blank()
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
        ("large", {}, False),
        ("large", {"investment_wan": Decimal("9999.99")}, False),
        ("large", {"investment_wan": Decimal(10_000)}, True),
    ],
)
def test_conditions(condition: str, values: dict, holds: bool) -> None:
    project = blank(values.pop("slug", "greenfield"))
    for name, value in values.items():
        setattr(project, name, value)
    assert gates.CONDITIONS[condition].holds(project) is holds


#: Route → stage → what its gate asks of a project of which nothing is known.
ASKED = {
    "greenfield": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": {"triage_note", "owner", "investment"},
        "签约": {"effect", "fixed_investment", "output", "tax", "land", "energy", "park"},
        "注册": set(),
        "开工": {"local_company", "jobs"},
        "投产": {"local_company"},
    },
    "premises": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": {"triage_note", "owner", "investment"},
        "签约": {"effect", "fixed_investment", "output", "tax", "floor", "park"},
        "注册": set(),
        "装修": {"local_company", "jobs"},
        "投产": {"local_company"},
    },
    "expansion": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": {"triage_note", "owner", "investment"},
        "签约": {"effect", "fixed_investment", "output", "tax", "park"},
        "开工": {"local_company", "jobs"},
        "投产": {"local_company"},
    },
    "research": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "在谈": {"triage_note", "owner", "investment"},
        "签约": {"effect", "fixed_investment", "output", "tax", "park"},
        "注册": set(),
        "运营": {"local_company"},
    },
    "matchmaking": {
        "研判": {"segment", "summary", "lead_source", "contact", "next_step"},
        "对接": {"triage_note", "owner", "investment"},
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
