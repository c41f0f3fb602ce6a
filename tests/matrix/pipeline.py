"""Rows of pipeline and of the leader's page."""

from typing import Any

from crm.database import db
from crm.pipeline.models import Project
from tests.matrix import Route


def new_project(world: Any, row: Any) -> dict[str, Any]:
    """A project for the company that the route addresses."""
    return {"company_id": row.id, "route_id": world.ids["route"], "name": "示例二期厂房"}


def edited(world: Any, row: Any) -> dict[str, Any]:
    """Another name; who is in charge stays."""
    with world.app.app_context():
        stored = db.session.get(Project, row.id)
        owner = stored.owner_id if stored else None
    return {"name": "示例三期厂房", "secrecy": "internal", "capital_kind": "domestic", "owner_id": owner or ""}


def to_colleague(world: Any, _row: Any) -> dict[str, Any]:
    """An instruction to somebody below."""
    return {"body": "请尽快走访。", "owner_id": world.ids["colleague"]}


def park_of(_world: Any, row: Any) -> dict[str, Any]:
    """The cell of a project's park."""
    return {"project_id": row.id, "field": "park"}


def pasted(_world: Any, row: Any) -> dict[str, Any]:
    """One cell, as a spreadsheet gives it."""
    return {"cell": f"{row.id}:{row.version}:park:示例园"}


def set_for(_world: Any, row: Any) -> dict[str, Any]:
    """A value for a selection of one."""
    return {"row": f"{row.id}:{row.version}", "park": "示例园"}


def asked(world: Any, row: Any) -> dict[str, Any]:
    """A demand about a project, for its company, to be answered by a colleague."""
    return {
        "project": row.id,
        "kind": "land",
        "body": "要 30 亩",
        "owner_id": world.ids["colleague"],
        "due_on": "2099-01-01",
    }


def asked_again(world: Any, _row: Any) -> dict[str, Any]:
    """A demand with another day."""
    return {"kind": "land", "body": "要 30 亩", "owner_id": world.ids["colleague"], "due_on": "2099-02-01"}


#: What names its project in the form.
OF_PROJECT: dict[str, Any] = {"args": {}}

ROUTES = [
    Route("leader.overview", act="instruction.write"),
    Route("pipeline.board", act="figures.read"),
    Route("pipeline.cards", act="figures.read", query=lambda world, _row: {"column": "lead"}),
    Route("pipeline.card", act="project.read", row="project"),
    Route("pipeline.cell", act="project.edit", row="project", args=park_of),
    Route(
        "pipeline.save_cell",
        "POST",
        act="project.edit",
        row="project",
        args=park_of,
        form={"park": "示例园"},
        ok=200,
        when={"archived": 422},
    ),
    Route("pipeline.row", act="project.read", row="project"),
    Route(
        "pipeline.paste", "POST", act="project.bulk", row="project", form=pasted, when={"archived": 422}, **OF_PROJECT
    ),
    Route(
        "pipeline.preview_bulk",
        "POST",
        act="project.bulk",
        row="project",
        form=lambda _world, row: {"ids": row.id, "park": "示例园"},
        ok=200,
        **OF_PROJECT,
    ),
    Route(
        "pipeline.create_bulk_edit",
        "POST",
        act="project.bulk",
        row="project",
        form=set_for,
        when={"archived": 422},
        **OF_PROJECT,
    ),
    Route("pipeline.undo_bulk_edit", "POST", act="project.bulk", row="bulk_edit"),
    Route("pipeline.export", "POST", act="project.export", form={"reason": "周例会"}, ok=200),
    Route("pipeline.list_demands", act="demand.read"),
    Route(
        "pipeline.new_demand",
        act="demand.create",
        row="project",
        visible="project.read",
        query=lambda _world, row: {"project": row.id},
    ),
    Route(
        "pipeline.create_demand",
        "POST",
        act="demand.create",
        row="project",
        visible="project.read",
        form=asked,
        when={"member": 422},
    ),
    Route("pipeline.show_demand", act="demand.read", row="demand"),
    Route("pipeline.answer_demand", "POST", act="demand.edit", row="demand", form={"answer": "已办。"}),
    Route("pipeline.edit_demand", act="demand.edit", row="demand"),
    Route("pipeline.edit_demand", "POST", act="demand.edit", row="demand", form=asked_again),
    Route("pipeline.take_demands", "POST", act="demand.create", row="interaction", visible="interaction.read"),
    Route("pipeline.edit_schedule", act="project.edit", row="project"),
    Route("pipeline.set_stage_plans", "POST", act="project.edit", row="project"),
    # No project of the world is signed, so whoever may edit it is told so.
    Route(
        "pipeline.set_investment_year",
        "POST",
        act="project.edit",
        row="project",
        form={"year": "2026", "planned_wan": "5"},
        ok=422,
    ),
    Route(
        "pipeline.delete_investment_year",
        "POST",
        act="project.edit",
        row="project",
        args=lambda _world, row: {"project_id": row.id, "year_id": 1},
        ok=404,
    ),
    Route("pipeline.add_project_document", "POST", act="project.edit", row="project", ok=422),
    Route("pipeline.views", act="saved_view.create"),
    Route("pipeline.create_view", "POST", act="saved_view.create", form={"name": "我的"}),
    Route("pipeline.edit_view", act="saved_view.edit", row="saved_view"),
    Route("pipeline.edit_view", "POST", act="saved_view.edit", row="saved_view", form={"name": "我的"}),
    Route("pipeline.delete_view", "POST", act="saved_view.edit", row="saved_view"),
    Route("pipeline.show", act="project.read", row="project"),
    Route("pipeline.new", act="project.create"),
    Route("pipeline.create", "POST", act="project.create", row="company", form=new_project, when={"archived": 422}),
    Route("pipeline.edit", act="project.edit", row="project"),
    Route("pipeline.edit", "POST", act="project.edit", row="project", form=edited, when={"archived": 422}),
    # No project of the world knows what 研判 asks: whoever may move it is told what is missing.
    Route(
        "pipeline.create_stage_change",
        "POST",
        act="project.forward",
        row="project",
        form=lambda world, _row: {"to_stage_id": world.ids["研判"]},
        ok=422,
    ),
    Route(
        "pipeline.create_status_change",
        "POST",
        act="project.back",
        row="project",
        form={"to_status": "paused", "reason": "企业推迟"},
        when={"archived": 422},
    ),
    Route("courting.ask", act="company.card"),
    Route("courting.answer", "POST", act="company.card", form={"names": "示例光电有限公司"}, ok=200),
    Route("clocks.index", act="project.read"),
    Route("secrecy.show", act="project.read", row="project"),
    Route(
        "secrecy.enter",
        "POST",
        act="project.edit",
        row="project",
        form={"name": "示例外部律师", "unit": "示例律所", "entered_on": "2026-01-05"},
        when={"archived": 422},
    ),
    # No project of the world has a list yet.
    Route(
        "secrecy.leave",
        "POST",
        act="project.edit",
        row="project",
        args=lambda _world, row: {"project_id": row.id, "insider_id": 2**62},
        ok=404,
    ),
    Route("claims.index", act="claim.read"),
    Route("claims.new", act="claim.file", row="project"),
    Route(
        "claims.create",
        "POST",
        act="claim.file",
        row="project",
        form={"wish": "愿意落户。", "wish_on": "2026-01-05"},
        when={"archived": 422},
    ),
    Route("claims.show", act="claim.read", row="claim"),
    # Nobody of the world manages a coordinating office.
    Route("claims.decide", "POST", act="claim.accept", row="claim", when={"own": 403, "office": 403, "other": 403}),
    Route(
        "claims.end",
        "POST",
        act="claim.end",
        row="claim",
        form={"reason": "企业放弃"},
        when={"office": 403, "other": 403},
    ),
    Route(
        "claims.ask",
        "POST",
        act="claim.ask",
        row="claim",
        form={"kind": "join", "reason": "我们也在谈。"},
        when={"own": 403},
    ),
    # Nobody of the world manages an office above both.
    Route(
        "claims.rule", "POST", act="claim.decide", row="claim_request", when={"own": 403, "office": 403, "other": 403}
    ),
    # Nothing was decided yet, so a manager of the asking office has nothing to take over.
    Route(
        "claims.receive",
        "POST",
        act="claim.decide",
        row="claim_request",
        when={"own": 422, "office": 422, "other": 403},
    ),
    Route("claims.withdraw", "POST", act="claim.ask", row="claim_request", when={"office": 403, "other": 403}),
    Route("weekly.index", act="project.read"),
    Route("weekly.changes", act="project.read"),
    Route("weekly.edit_line", act="project.edit", row="project"),
    Route(
        "weekly.save_line",
        "POST",
        act="project.edit",
        row="project",
        form={"progress": "已看地。"},
        when={"archived": 422},
    ),
    Route("weekly.items", act="project.read"),
    Route("weekly.show_item", act="coordination.read", guard="project.read", row="coordination"),
    Route(
        "weekly.answer_item", "POST", act="coordination.answer", row="coordination", form={"answer": "双回路已具备。"}
    ),
    Route(
        "weekly.assign_item",
        "POST",
        act="project.edit",
        row="coordination",
        visible="coordination.read",
        form=lambda world, _row: {"office_id": world.ids["office"]},
    ),
    Route("pipeline.instructions", act="instruction.read"),
    Route("pipeline.new_instruction", act="instruction.write"),
    Route("pipeline.create_instruction", "POST", act="instruction.write", form=to_colleague),
    Route("pipeline.show_instruction", act="instruction.read", row="instruction"),
    Route("pipeline.receive_instruction", "POST", act="instruction.answer", row="instruction"),
    Route(
        "pipeline.answer_instruction",
        "POST",
        act="instruction.answer",
        row="instruction",
        form={"feedback": "已走访。"},
    ),
    # Nothing was answered yet, so whoever may close it is told so.
    Route("pipeline.close_instruction", "POST", act="instruction.write", row="instruction", ok=422),
]
