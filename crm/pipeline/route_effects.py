"""What a change of a route or a stage would mean, in sentences, before it is saved."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, literal, select

from crm.database import N_, db
from crm.pipeline.models import Project, Route, Stage, StagePlan, Status
from crm.pipeline.queries import ACTIVE_ON, is_open
from crm.rules import today

#: A message and what it names.
Note = tuple[str, Mapping[str, Any]]


def standing(route: Route) -> Mapping[int, int]:
    """How many open projects (推进 or 暂缓) stand at each stage of a route, by the stage's id."""
    query = select(Project.stage_id, func.count()).where(Project.route_id == route.id, *is_open())
    return dict(db.session.execute(query.group_by(Project.stage_id)).all())


def of_new_stage(route: Route, place: int) -> Sequence[Note]:
    """What a new stage at a place means."""
    count = standing(route)
    ids = [stage.id for stage in route.stages]
    before, behind = (sum(count.get(each, 0) for each in part) for part in (ids[:place], ids[place:]))
    return [
        (N_("%(count)d 个在办项目还在它前面，以后要经过它。"), {"count": before}),
        (N_("%(count)d 个在办项目已经在它后面，不受影响。"), {"count": behind}),
        (N_("它的关口还没有要求，保存以后可以马上增加。"), {}),
    ]


def of_restoration(stage: Stage, place: int) -> Sequence[Note]:
    """What putting a retired stage back at a place means: as of a new one, but it brings its gate along."""
    asked = (N_("关口恢复原有的 %(count)d 条要求，立即检查。"), {"count": len(stage.gate_items)})
    return [*of_new_stage(stage.route, place)[:-1], asked, (N_("停用时移走的项目留在现在的阶段。"), {})]


def of_stage(stage: Stage, values: Mapping[str, Any], place: int) -> Sequence[Note]:
    """What a change of a stage means for the projects that stand there, and of its place for those around it."""
    count = standing(stage.route).get(stage.id, 0)
    notes: list[Note] = [(N_("%(count)d 个在办项目现在处于这个阶段。"), {"count": count})]
    if values["phase"] != stage.phase:
        notes.append((N_("统计口径改变：它们不再计入原来的类别，过去各期的数字也按新的类别重算。"), {}))
    if values["probability"] != stage.probability:
        notes.append(expected(stage, values["probability"]))
    if values["stale_days"] != stage.stale_days:
        old, new = stale_at(stage, stage.stale_days), stale_at(stage, values["stale_days"])
        notes.append((N_("停滞的项目从 %(old)d 个变为 %(new)d 个。"), {"old": old, "new": new}))
    return [*notes, *of_place(stage, place)]


def expected(stage: Stage, probability: Decimal) -> Note:
    """How the investment that is expected of the projects at a stage changes, in 万元."""
    amount = select(func.sum(Project.investment_wan)).where(Project.stage_id == stage.id, *is_open())
    total = db.session.scalar(amount) or Decimal(0)
    sums = {"old": round(total * stage.probability), "new": round(total * probability)}
    return N_("按概率折算的投资从 %(old)d 万元变为 %(new)d 万元，缺口的预期供给也随之改变。"), sums


def stale_at(stage: Stage, limit: int | None) -> int:
    """How many projects at a stage would be stale with a limit in days; None: none ever is."""
    if limit is None:
        return 0
    here = (Project.stage_id == stage.id, Project.status == Status.ONGOING, Project.archived_at.is_(None))
    idle = literal(today()) - ACTIVE_ON
    return db.session.scalar(select(func.count()).select_from(Project).where(*here, idle > limit)) or 0


def of_place(stage: Stage, place: int) -> Sequence[Note]:
    """Who comes to stand before a stage that goes on the other side of its neighbours."""
    if place == stage.ordinal:
        return []
    count = standing(stage.route)
    low, high = sorted((stage.ordinal, place))
    between = [each for each in stage.route.stages[low : high + 1] if each is not stage]
    passed = sum(count.get(each.id, 0) for each in between)
    if place > stage.ordinal:
        return [(N_("%(count)d 个已经走过它的在办项目以后还要再经过它。"), {"count": passed})]
    return [(N_("%(count)d 个还没有走到它的在办项目会直接排在它后面，不再检查它的关口。"), {"count": passed})]


def of_retirement(stage: Stage, target: Stage) -> Sequence[Note]:
    """What taking a stage off its route means."""
    here = select(func.count()).select_from(Project).where(Project.stage_id == stage.id)
    count = standing(stage.route).get(stage.id, 0)
    plans = db.session.scalar(select(func.count()).select_from(StagePlan).where(StagePlan.stage_id == stage.id)) or 0
    moved = {"open": count, "others": (db.session.scalar(here) or 0) - count}
    return [
        (N_("%(open)d 个在办项目和 %(others)d 个其他项目移到新的阶段，各记一条“阶段停用”；停留天数照算。"), moved),
        (N_("关口的 %(count)d 条要求不再检查。"), {"count": len(stage.gate_items)}),
        (N_("%(count)d 个项目在这个阶段的计划日期会去掉。"), {"count": plans}),
        (N_("过去的阶段记录、放行记录和变更记录都保留。"), {}),
    ]


def of_route(route: Route, values: Mapping[str, Any]) -> Sequence[Note]:
    """What a change of a route means for the projects on it."""
    notes: list[Note] = [(N_("%(count)d 个在办项目在这条路径上。"), {"count": sum(standing(route).values())})]
    if values["makes_supply"] != route.makes_supply:
        notes.append((N_("它们是否计入缺口的预期供给随之改变，关口里“形成本地供给的项目”的要求也是。"), {}))
    if (values["takes_land"], values["takes_premises"]) != (route.takes_land, route.takes_premises):
        notes.append((N_("关口里“用地的项目”和“租购厂房的项目”的要求立即按新的设置检查。"), {}))
    if route.is_active and not values["is_active"]:
        notes.append((N_("不能再在这条路径上立项，也不能改到这条路径；在办项目照常推进。"), {}))
    return notes
