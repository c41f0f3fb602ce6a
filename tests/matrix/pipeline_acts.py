"""Rows of triage, 交办, admission, agreements, promises, milestones, of routes with their gates, and of the archive."""

from datetime import timedelta
from typing import Any

from crm.pipeline.rule_entries import LEVEL, NOUNS
from crm.rules import today
from tests.factories import landing
from tests.matrix import Route
from tests.matrix.files import pdf
from tests.matrix.landing import READ, of_row

EDIT = "project.edit"
CHAIN = "chain.edit"
DAY = today().isoformat()


def form_page(name: str, row: str, form: Any, **more: Any) -> list[Route]:
    """A page with a form for one act: whoever may do it sees it and does it."""
    get_when = more.pop("get_when", {})
    return [
        Route(f"pipeline.{name}", act=more.get("act", EDIT), row=row, when=get_when),
        Route(f"pipeline.{name}", "POST", **{"act": EDIT, **more}, row=row, form=form),
    ]


def two_offices(world: Any, _row: Any) -> dict[str, Any]:
    """Offices to ask."""
    due = (today() + timedelta(days=14)).isoformat()
    return {"office_ids": [world.ids["office"], world.ids["bureau"]], "due_on": due}


def decision(world: Any, _row: Any) -> dict[str, Any]:
    """A decision by the lowest level; nobody has answered, so it has to wait."""
    given = {"body": "领导小组", "meeting": "第一次会议", "minutes_number": "纪要〔2026〕1号", "decided_on": DAY}
    return {**given, "outcome": "admitted", "level_id": world.ids["level"]}


AGREEMENT = {"kind": "intent", "title": "示例意向书", "signatory": "示例周局", "authority": "授权书"}
REVIEW = {"kind": "fair", "reviewer": "示例市监局", "on_day": DAY, "conclusion": "passed"}
PROMISE = {"side": "city", "body": "协助办理供电", "due_on": DAY}
MILESTONE = {"kind": "eia", "on_day": DAY, "evidence": "示例环评〔2026〕1号"}
SAID = {"text": "按公开政策执行"}
DONE = {"on_day": DAY, "text": "示例文号"}
ARCHIVED = {"archived": 422}


def promised(world: Any, _row: Any) -> dict[str, Any]:
    """A promise that somebody looks after."""
    return {**PROMISE, "owner_id": world.ids["colleague"]}


def catalogue() -> list[Route]:
    """The lists by which projects are judged: everybody reads, an administrator edits; what is in use stays."""
    found = []
    for noun in NOUNS:
        name, kind = noun.plural.replace("-", "_"), f"rule_{noun.key}"
        form = {**landing.form(noun), **({"at_least_wan": "77"} if noun is LEVEL else {})}
        found += [
            Route(f"{name}.index", act=READ),
            Route(f"{name}.sheet", act=READ),
            Route(f"{name}.show", act=READ, row=kind, args=of_row),
            Route(f"{name}.new", act=CHAIN),
            Route(f"{name}.new", "POST", act=CHAIN, form=form),
            Route(f"{name}.edit", act=CHAIN, row=kind, args=of_row),
            Route(f"{name}.edit", "POST", act=CHAIN, row=kind, args=of_row, form=form),
            Route(f"{name}.delete", "POST", act=CHAIN, row=kind, args=of_row),
        ]
    return found


STAGE = {"phase": "lead", "probability": "5", "confirmed": "1"}
ROUTE = {"name": "示例飞地合作", "confirmed": "1"}
GATE_ITEM = {"fact": "sponsor", "condition": "always", "confirmed": "1"}

ROUTES = [
    *form_page("lead", "project", {"received_on": DAY}, when=ARCHIVED),
    *form_page("new_triage", "project", {"decision": "hold", "grounds": "再看", "on_day": DAY}, when=ARCHIVED),
    *form_page("answer_triage", "triage", SAID),
    Route("pipeline.dispatch_list", act="figures.read"),
    *form_page(
        "new_dispatch",
        "project",
        lambda world, _row: {"office_id": world.ids["third_office"]},
        act="project.dispatch",
        when={"archived": 422, "member": 422},
    ),
    Route("pipeline.show_dispatch", act="dispatch.answer", row="dispatch"),
    Route("pipeline.accept_dispatch", "POST", act="dispatch.answer", row="dispatch", ok=422),
    Route("pipeline.return_dispatch", "POST", act="dispatch.answer", row="dispatch", form={"reason": "不属本科"}),
    *form_page("new_admission", "project", two_offices, when=ARCHIVED),
    Route("pipeline.show_admission", act="project.read", row="admission"),
    Route("pipeline.admission_page", act="project.read", row="admission"),
    Route("pipeline.admission_document", act="project.read", row="admission"),
    *form_page("decide_admission", "admission", decision, act="admission.decide", ok=422),
    Route("pipeline.opinions", act="opinion.read"),
    Route("pipeline.show_opinion", act="opinion.read", row="opinion"),
    Route("pipeline.answer_opinion", "POST", act="opinion.answer", row="opinion", form={"grade": "for"}),
    *form_page("new_agreement", "project", AGREEMENT, when=ARCHIVED),
    Route("pipeline.show_agreement", act="project.read", row="agreement"),
    *form_page("edit_agreement", "agreement", AGREEMENT),
    *form_page("new_version", "agreement", {"wording": "双方合作建设厂房"}),
    *form_page("new_review", "agreement", REVIEW),
    *form_page("sign_agreement", "agreement", {"on_day": DAY}),
    *form_page("void_agreement", "agreement", DONE),
    Route("pipeline.promises", act="project.read"),
    *form_page("new_promise", "agreement", promised),
    *form_page("edit_promise", "promise", promised),
    *form_page("fulfil_promise", "promise", DONE),
    *form_page("add_promise_document", "promise", pdf),
    *form_page("flag_promise", "promise", SAID),
    *form_page("clear_promise", "promise", SAID, ok=422),
    *form_page("answer_warning", "warning", SAID),
    *form_page("new_milestone", "project", MILESTONE, when=ARCHIVED),
    *form_page("edit_milestone", "milestone", MILESTONE),
    Route("pipeline.delete_milestone", "POST", act=EDIT, row="milestone"),
    *form_page(
        "change_route",
        "project",
        lambda world, _row: {"route_id": world.ids["other_route"], "reason": "改租厂房", "on_day": DAY},
        act="project.back",
        when=ARCHIVED,
    ),
    Route("pipeline.archived", act="project.read"),
    Route("pipeline.archive", "POST", act="project.archive", row="project"),
    Route("pipeline.restore", "POST", act="project.restore", row="project"),
    Route("pipeline.routes", act=READ),
    Route("pipeline.edit_stage", act=CHAIN, row="stage"),
    Route("pipeline.edit_stage", "POST", act=CHAIN, row="stage", form={**STAGE, "name": "线索库", "after": "0"}),
    Route("pipeline.new_route", act=CHAIN),
    Route("pipeline.new_route", "POST", act=CHAIN, form=lambda world, _row: {**ROUTE, "like_id": world.ids["route"]}),
    Route("pipeline.edit_route", act=CHAIN, row="route"),
    Route("pipeline.edit_route", "POST", act=CHAIN, row="route", form={**ROUTE, "is_active": "1"}),
    Route("pipeline.new_stage", act=CHAIN, row="route"),
    Route("pipeline.new_stage", "POST", act=CHAIN, row="route", form={**STAGE, "name": "初筛", "after": "1"}),
    Route("pipeline.retire_stage", act=CHAIN, row="stage"),
    Route(
        "pipeline.retire_stage",
        "POST",
        act=CHAIN,
        row="stage",
        form=lambda world, _row: {"target_id": world.ids["研判"], "confirmed": "1"},
        ok=422,  # the projects there lack what the next gate asks
    ),
    Route("pipeline.restore_stage", act=CHAIN, row="retired_stage"),
    Route("pipeline.restore_stage", "POST", act=CHAIN, row="retired_stage", form={"after": "7", "confirmed": "1"}),
    Route("pipeline.new_gate_item", act=CHAIN, row="stage"),
    Route("pipeline.new_gate_item", "POST", act=CHAIN, row="stage", form=GATE_ITEM),
    Route("pipeline.edit_gate_item", act=CHAIN, row="gate_item"),
    Route("pipeline.edit_gate_item", "POST", act=CHAIN, row="gate_item", form=GATE_ITEM),
    Route("pipeline.delete_gate_item", "POST", act=CHAIN, row="gate_item"),
    *catalogue(),
]
