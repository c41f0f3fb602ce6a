"""Rows of interactions."""

from typing import Any

from crm.database import db
from crm.interactions.models import Interaction
from crm.rules import today
from tests.matrix import Route
from tests.matrix.files import pdf


def visit_with(_world: Any, row: Any) -> dict[str, Any]:
    """A visit to the company that the route addresses."""
    return {
        "company_id": row.id,
        "kind": "visit",
        "happened_on": today().isoformat(),
        "summary": "参观车间，谈到二期扩产。",
        "next_step": "寄送供地方案",
    }


def correction(world: Any, row: Any) -> dict[str, Any]:
    """Another summary; the company and whose contact it was stay."""
    with world.app.app_context():
        stored = db.session.get(Interaction, row.id)
        kept = {"company_id": stored.company.id, "owner_id": stored.owner_id} if stored else {}
    return {"kind": "visit", "happened_on": today().isoformat(), "summary": "谈到三期。", **kept}


def mine(world: Any, _row: Any) -> dict[str, Any]:
    """A task that is handed to a colleague."""
    return {"owner_id": world.ids["colleague"]}


ROUTES = [
    Route("interactions.index", act="interaction.read"),
    Route("interactions.new", act="interaction.create"),
    Route("interactions.company_part", act="interaction.create"),
    Route("interactions.people_part", act="interaction.create"),
    Route("interactions.company_options", act="interaction.create", query={"q": "激光"}),
    Route(
        "interactions.create",
        "POST",
        act="interaction.create",
        row="company",
        form=visit_with,
        when={"archived": 409},
    ),
    Route("interactions.show", act="interaction.read", row="interaction"),
    Route("interactions.edit", act="interaction.edit", row="interaction"),
    Route("interactions.edit", "POST", act="interaction.edit", row="interaction", form=correction),
    Route("interactions.add_document", "POST", act="interaction.edit", row="interaction", form=pdf),
    Route("interactions.tasks", act="task.read"),
    Route("interactions.new_task", act="task.create"),
    Route("interactions.new_task", "POST", act="task.create", form={"title": "联系园区"}, ok=302),
    Route("interactions.show_task", act="task.read", row="task"),
    Route("interactions.postpone_task", "POST", act="task.edit", row="task", form={"due_on": today().isoformat()}),
    Route("interactions.edit_task", act="task.edit", row="task"),
    Route("interactions.edit_task", "POST", act="task.edit", row="task", form={"title": "联系园区"}),
    Route("interactions.complete_task", "POST", act="task.edit", row="task"),
    Route("interactions.reopen_task", "POST", act="task.edit", row="task"),
    Route("interactions.hand_over_task", "POST", act="task.edit", row="task", form=mine),
]
