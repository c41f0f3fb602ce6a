"""Changing routes and their stages: nothing of the past is lost, and the phases of a route stay in their order."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, update

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies.naming import pinyin_key
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline import gates
from crm.pipeline.gate_editing import CHUNK
from crm.pipeline.models import ChangeKind, GateItem, Phase, Project, Route, Stage, StageChange, StagePlan
from crm.pipeline.queries import with_gates

#: What a copied stage and gate item have in common with their model.
STAGE_COLUMNS = ("ordinal", "name", "phase", "probability", "clock_days", "stale_days")
ITEM_COLUMNS = ("fact", "condition", "at_least_wan", "ordinal")
LONGEST_SLUG = 24


def add_route(values: Mapping[str, Any], like: Route, *, by: User) -> Route:
    """Add a route behind the others, with the stages and gates of another one to begin with.

    RuleError where a route has that name already.
    """
    require(by, "chain.edit")
    require_free_name(values["name"])
    last = db.session.scalar(select(func.max(Route.ordinal))) or 0
    route = Route(slug=free_slug(values["name"]), ordinal=last + 1, **values)
    db.session.add(route)
    for stage in like.stages:
        copied = Stage(**{name: getattr(stage, name) for name in STAGE_COLUMNS})
        for item in stage.gate_items:
            copied.gate_items.append(GateItem(**{name: getattr(item, name) for name in ITEM_COLUMNS}))
        route.stages.append(copied)
    db.session.flush()
    return route


def change_route(route: Route, values: Mapping[str, Any], *, by: User) -> None:
    """Change a route's name and what it says of its projects. RuleError for a name in use, or for the last in use."""
    require(by, "chain.edit")
    require_free_name(values["name"], but=route)
    others = select(Route.id).where(Route.is_active, Route.id != route.id).limit(1)
    if not values["is_active"] and db.session.scalar(others) is None:
        raise RuleError(N_("至少要有一条在用的路径。"))
    for name, value in values.items():
        setattr(route, name, value)
    db.session.flush()


def require_free_name(name: str, but: Route | None = None) -> None:
    """RuleError where another route is called so."""
    found = db.session.scalars(select(Route).where(Route.name == name)).one_or_none()
    if found is not None and found is not but:
        raise RuleError(N_("已经有同名的路径。"))


def free_slug(name: str) -> str:
    """What addresses call a new route: the initials of its name, numbered where they are taken."""
    letters = "".join(word[0] for word in pinyin_key(name).split() if word[0].isascii() and word[0].isalnum())
    base = letters[:LONGEST_SLUG] or "route"
    taken = set(db.session.scalars(select(Route.slug).where(Route.slug.startswith(base, autoescape=True))))
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (base, *numbered) if slug not in taken | {"all"})


def add_stage(route: Route, values: Mapping[str, Any], place: int, *, by: User) -> Stage:
    """Add a stage at a place (0: in front), its gate empty. RuleError for a name in use or phases out of order."""
    require(by, "chain.edit")
    require_possible(route, None, values, place)
    stage = Stage(ordinal=place, **values)
    others = list(route.stages)
    route.stages.append(stage)
    arrange([*others[:place], stage, *others[place:]])
    return stage


def change_stage(stage: Stage, values: Mapping[str, Any], place: int, *, by: User) -> None:
    """Change a stage's name, phase and figures, and its place among the others. RuleError as above."""
    require(by, "chain.edit")
    require_possible(stage.route, stage, values, place)
    others = [each for each in stage.route.stages if each is not stage]
    for name, value in values.items():
        setattr(stage, name, value)
    arrange([*others[:place], stage, *others[place:]])


def require_possible(route: Route, stage: Stage | None, values: Mapping[str, Any], place: int) -> None:
    """RuleError where another stage of the route has the name, or where phases would go back along the route.

    Figures compare routes by phase, so a project's phase must never fall by going forward.
    """
    others = [each for each in route.stages if each is not stage]
    if any(each.name == values["name"] for each in others):
        raise RuleError(N_("这条路径已经有同名的阶段。"))
    phases = [each.phase for each in others]
    phases.insert(place, Phase(values["phase"]))
    if any(later.is_before(earlier) for earlier, later in pairwise(phases)):
        raise RuleError(N_("阶段类别要沿路径向前（线索、研判、洽谈、签约、开工、投产），请换一个位置或类别。"))


def arrange(stages: Sequence[Stage]) -> None:
    """Number the stages of a route in this order."""
    for ordinal, stage in enumerate(stages):
        stage.ordinal = ordinal
    db.session.flush()
    db.session.expire(stages[0].route, ["stages"])


def retire_stage(stage: Stage, target: Stage, *, by: User) -> None:
    """Take a stage off its route; whoever stands there stands at the target from then on, since the same day.

    Each project gets a change of kind 阶段停用, planned days of the stage go, its gate is asked no more. RuleError as
    require_retirable.
    """
    require(by, "chain.edit")
    require_retirable(stage, target)
    kept = [each for each in stage.route.stages if each is not stage]
    moved = select(
        Project.id,
        literal(ChangeKind.STAGE_RETIRED.value),
        literal(stage.id),
        literal(target.id),
        literal(by.id),
        Project.stage_since,
    ).where(Project.stage_id == stage.id)
    columns = ("project_id", "kind", "from_stage_id", "to_stage_id", "by_id", "on_day")
    db.session.execute(insert(StageChange).from_select(columns, moved, include_defaults=False))
    db.session.execute(update(Project).where(Project.stage_id == stage.id).values(stage_id=target.id))
    db.session.execute(delete(StagePlan).where(StagePlan.stage_id == stage.id))
    stage.retired_at = datetime.now(UTC)
    arrange(kept)


def restore_stage(stage: Stage, place: int, *, by: User) -> None:
    """Put a retired stage back at a place, with the gate that it had; projects stay where they are.

    RuleError for a name that another stage has by now, or phases out of order.
    """
    require(by, "chain.edit")
    route = stage.route
    require_possible(route, stage, {"name": stage.name, "phase": stage.phase}, place)
    kept = list(route.stages)
    stage.retired_at = None
    arrange([*kept[:place], stage, *kept[place:]])
    db.session.expire(route, ["retired_stages"])


def place_of(stage: Stage) -> int:
    """Where a retired stage fits best: as near to its old place as the order of phases allows."""
    kept = stage.route.stages
    lowest = sum(each.phase.is_before(stage.phase) for each in kept)
    highest = len(kept) - sum(stage.phase.is_before(each.phase) for each in kept)
    return min(max(stage.ordinal, lowest), highest)


def require_retirable(stage: Stage, target: Stage) -> None:
    """RuleError where a route would keep fewer than two stages, or where a project would pass a gate unasked."""
    if target is stage or target.route_id != stage.route_id or target.retired_at is not None:
        raise RuleError(N_("请选择这条路径上的另一个阶段。"))
    if len(stage.route.stages) <= 2:
        raise RuleError(N_("一条路径至少要有两个阶段。"))
    lacking = lacking_for(stage, target)
    if lacking:
        raise RuleError(
            N_("%(count)d 个项目还不满足进入“%(target)s”的要求，请改为并入更早的阶段。"),
            count=lacking,
            target=target.name,
        )


def lacking_for(stage: Stage, target: Stage) -> int:
    """How many of the projects at a stage lack what the gates up to a later one ask; none for an earlier one."""
    if target.ordinal < stage.ordinal:
        return 0
    ids = db.session.scalars(select(Project.id).where(Project.stage_id == stage.id)).all()
    chunks = (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
    found = (with_gates(select(Project).where(Project.id.in_(chunk))) for chunk in chunks)
    return sum(
        bool(gates.missing(project, target)) for query in found for project in db.session.scalars(query).unique()
    )
