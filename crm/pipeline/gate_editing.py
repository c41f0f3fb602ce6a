"""Changing stages and their gates, and what a change would mean for the projects that are under way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline import gates, queries
from crm.pipeline.models import GateItem, Project, Stage
from crm.pipeline.permissions import may_read

#: Projects are looked through so many at a time.
CHUNK = 500
#: So many of those that would lack something are named.
NAMED = 50


@dataclass(frozen=True)
class Effect:
    """What a change of a gate would mean: how many open projects have the gate before them, and which lack the fact.

    `named` are those of them that the reader may know of, at most NAMED; `count` are all.
    """

    before_gate: int
    count: int
    named: list[Project]

    @property
    def others(self) -> int:
        """How many are not named."""
        return self.count - len(self.named)


def effect_of(stage: Stage, wanted: GateItem, *, by: User) -> Effect:
    """Which open projects would newly lack something if `wanted` (not stored) stood in the stage's gate."""
    named: list[Project] = []
    before = count = 0
    for project in projects_before(stage):
        before += 1
        if not newly_lacks(project, stage, wanted):
            continue
        count += 1
        if len(named) < NAMED and may_read(by, project):
            named.append(project)
    return Effect(before, count, named)


def newly_lacks(project: Project, stage: Stage, wanted: GateItem) -> bool:
    """Whether a project would lack the fact because of `wanted` alone: no item asks it of the project today."""
    if gates.FACTS[wanted.fact].is_known(project) or not gates.asks(wanted, project, stage.route):
        return False
    asked = (item for item in stage.gate_items if item.fact == wanted.fact)
    return not any(gates.asks(item, project, stage.route) for item in asked)


def projects_before(stage: Stage) -> Iterator[Project]:
    """The open projects that have a stage of their route before them, the nearest to it first."""
    ahead = select(Stage.id).where(Stage.route_id == stage.route_id, Stage.ordinal < stage.ordinal)
    ids = db.session.scalars(
        select(Project.id)
        .join(Project.stage)
        .where(Project.stage_id.in_(ahead), *queries.is_open())
        .order_by(Stage.ordinal.desc(), Project.id)
    ).all()
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        query = queries.with_gates(select(Project).where(Project.id.in_(chunk)))
        place = {project_id: number for number, project_id in enumerate(chunk)}
        yield from sorted(db.session.scalars(query).unique(), key=lambda project: place[project.id])


def add_item(stage: Stage, values: Mapping[str, Any], *, by: User) -> GateItem:
    """Add an item behind the others; it counts from now on. `values`: fact, condition, at_least_wan.

    RuleError where the gate asks the same of the same projects already.
    """
    require(by, "chain.edit")
    require_new(stage, values)
    last = max((item.ordinal for item in stage.gate_items), default=-1)
    item = GateItem(**values, ordinal=last + 1)
    stage.gate_items.append(item)
    return item


def change_item(item: GateItem, values: Mapping[str, Any], *, by: User) -> None:
    """Change an item. RuleError as above."""
    require(by, "chain.edit")
    require_new(item.stage, values, but=item)
    for name, value in values.items():
        setattr(item, name, value)


def remove_item(item: GateItem, *, by: User) -> None:
    """Take an item away; what managers have passed because of it stays on record."""
    require(by, "chain.edit")
    item.stage.gate_items.remove(item)
    db.session.delete(item)


def require_new(stage: Stage, values: Mapping[str, Any], but: GateItem | None = None) -> None:
    """RuleError where the same stands there, or what is asked for is unknown."""
    if values["fact"] not in gates.FACTS or values["condition"] not in gates.CONDITIONS:
        raise RuleError(N_("请从列表中选择。"))
    same = (values["fact"], values["condition"])
    if any((item.fact, item.condition) == same for item in stage.gate_items if item is not but):
        raise RuleError(N_("这个关口已经有同样的要求，请修改原来的那条。"))
