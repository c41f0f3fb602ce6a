"""Routes and stages edited in the browser: effect shown before, phases in order, nothing of the past lost."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import acting_as, db
from crm.errors import RuleError
from crm.history.models import HistoryRow
from crm.pipeline import gates, route_editing
from crm.pipeline.models import ChangeKind, Phase, Route, Stage, StagePlan, Status
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def admin():
    return factories.User(role=Role.ADMIN)


def stage(slug: str, name: str) -> Stage:
    return next(stage for stage in factories.route(slug).stages if stage.name == name)


def names(slug: str) -> list[str]:
    db.session.expire_all()
    route = factories.route(slug)
    assert [each.ordinal for each in route.stages] == list(range(len(route.stages)))
    return [each.name for each in route.stages]


def text(response) -> str:
    return response.get_data(as_text=True)


def form_of(target: Stage, **changed) -> dict:
    given = {
        "name": target.name,
        "phase": target.phase.value,
        "after": target.ordinal,
        "probability": str(target.probability * 100),
        "clock_days": target.clock_days or "",
        "stale_days": target.stale_days or "",
        "version": target.version,
    }
    return {**given, **changed}


def test_a_stage_is_changed_once_its_effect_was_shown(admin, sign_in) -> None:
    target, client = stage("premises", "在谈"), sign_in(admin)
    old = date(2026, 1, 5)
    where = {"route": factories.route("premises"), "stage_name": "在谈", "investment_wan": Decimal(2_000)}
    factories.Project(**where, stage_since=old)
    form = form_of(target, name="洽谈中", probability="35.5", clock_days="20", stale_days="")
    shown = text(client.post(f"/stages/{target.id}/edit", data=form))
    assert "1 个在办项目现在处于这个阶段" in shown
    assert "从 500 万元变为 710 万元" in shown
    assert "停滞的项目从 1 个变为 0 个" in shown
    assert "在谈" in names("premises")
    answer = client.post(f"/stages/{target.id}/edit", data={**form, "confirmed": "1"})
    assert answer.status_code == 302
    db.session.refresh(target)
    assert (target.name, target.probability, target.clock_days) == ("洽谈中", Decimal("0.355"), 20)
    assert client.post(f"/stages/{target.id}/edit", data={**form, "confirmed": "1"}).status_code == 409


def test_a_new_stage_stands_in_its_place_and_its_gate_works_at_once(admin, sign_in) -> None:
    before = factories.Project(stage_name="研判")
    factories.Project(stage_name="签约")
    route, client = factories.route(), sign_in(admin)
    form = {"name": "初步方案", "phase": "negotiating", "after": "2", "probability": "15"}
    shown = text(client.post(f"/routes/{route.id}/stages/new", data=form))
    assert "1 个在办项目还在它前面" in shown
    assert "1 个在办项目已经在它后面" in shown
    assert client.post(f"/routes/{route.id}/stages/new", data={**form, "confirmed": "1"}).status_code == 302
    assert names("greenfield")[1:4] == ["研判", "初步方案", "在谈"]
    added = stage("greenfield", "初步方案")
    item = {"fact": "sponsor", "condition": "always", "confirmed": "1"}
    assert client.post(f"/stages/{added.id}/gate-items/new", data=item).status_code == 302
    db.session.expire_all()
    assert [each.fact for each in gates.missing_for_next(before)] == ["sponsor"]
    row = db.session.scalars(select(HistoryRow).filter_by(table_name="stages", row_id=added.id)).first()
    assert row is not None
    assert (row.actor_id, row.operation) == (admin.id, "insert")


def test_stages_change_places_within_the_order_of_phases(admin, sign_in) -> None:
    factories.Project(stage_name="签约")
    target, client = stage("greenfield", "注册"), sign_in(admin)
    shown = text(client.post(f"/stages/{target.id}/edit", data=form_of(target, after="3")))
    assert "1 个还没有走到它的在办项目会直接排在它后面" in shown
    moved = form_of(target, after="3", confirmed="1")
    assert client.post(f"/stages/{target.id}/edit", data=moved).status_code == 302
    assert names("greenfield")[3:5] == ["注册", "签约"]
    db.session.refresh(target)
    refused = client.post(f"/stages/{target.id}/edit", data=form_of(target, after="1"))
    assert refused.status_code == 422
    assert "阶段类别要沿路径向前" in text(refused)
    same_name = client.post(f"/stages/{target.id}/edit", data=form_of(target, name="签约"))
    assert same_name.status_code == 422


def test_a_stage_with_projects_is_retired_with_a_target(admin, sign_in) -> None:
    since = date(2026, 3, 2)
    stands = factories.Project(stage_name="注册", stage_since=since)
    lost = factories.Project(stage_name="注册", stage_since=since)
    planned = factories.Project(stage_name="在谈")
    target, client = stage("greenfield", "注册"), sign_in(admin)
    with acting_as(admin.id):
        lost.status, lost.status_reason, lost.status_on = Status.LOST, "落户外地", since
        planned.stage_plans.append(StagePlan(stage_id=target.id, planned_on=date(2027, 1, 1)))
        db.session.flush()
    signed = stage("greenfield", "签约")
    form = {"target_id": signed.id, "version": target.version}
    shown = text(client.post(f"/stages/{target.id}/retirement", data=form))
    assert "1 个在办项目和 1 个其他项目移到新的阶段" in shown
    assert "1 个项目在这个阶段的计划日期会去掉" in shown
    assert client.post(f"/stages/{target.id}/retirement", data={**form, "confirmed": "1"}).status_code == 302
    assert names("greenfield")[3:5] == ["签约", "开工"]
    for project in (stands, lost):
        change = project.stage_changes[0]
        assert (project.stage, project.stage_since) == (signed, since)
        assert (change.kind, change.from_stage_id, change.to_stage) == (ChangeKind.STAGE_RETIRED, target.id, signed)
    assert planned.stage_plans == []
    assert client.get(f"/stages/{target.id}/edit").status_code == 404
    assert "阶段停用" in text(client.get(f"/projects/{stands.id}"))
    # Its name is free again.
    again = {"name": "注册", "phase": "signed", "after": "4", "probability": "75", "confirmed": "1"}
    assert client.post(f"/routes/{target.route_id}/stages/new", data=again).status_code == 302


def test_retiring_opens_no_gate_and_leaves_a_route(admin) -> None:
    factories.Project(stage_name="研判")
    with acting_as(admin.id), pytest.raises(RuleError, match="还不满足"):
        route_editing.retire_stage(stage("greenfield", "研判"), stage("greenfield", "在谈"), by=admin)
    with acting_as(admin.id), pytest.raises(RuleError, match="另一个阶段"):
        route_editing.retire_stage(stage("greenfield", "研判"), stage("premises", "在谈"), by=admin)
    route = factories.route("matchmaking")
    with acting_as(admin.id):
        for each in list(route.stages)[2:]:
            route_editing.retire_stage(each, route.stages[0], by=admin)
        with pytest.raises(RuleError, match="至少要有两个阶段"):
            route_editing.retire_stage(route.stages[1], route.stages[0], by=admin)


def test_a_route_begins_as_a_copy_and_is_switched_off(admin, sign_in) -> None:
    like, client = factories.route("greenfield"), sign_in(admin)
    form = {"name": "飞地合作", "makes_supply": "y", "is_active": "y", "like_id": like.id}
    assert client.post("/routes/new", data=form).status_code == 302
    assert client.post("/routes/new", data=form).status_code == 422
    route = db.session.scalars(select(Route).where(Route.name == "飞地合作")).one()
    assert route.slug == "fdhz"
    assert names("fdhz") == names("greenfield")
    assert [len(each.gate_items) for each in route.stages] == [len(each.gate_items) for each in like.stages]
    assert [each.phase for each in route.stages][-1] is Phase.OPERATING
    land = next(item for each in route.stages for item in each.gate_items if item.condition == "takes_land")
    assert not gates.asks(land, factories.Project(route=route), route)
    officer = sign_in(factories.User())
    assert "飞地合作" in text(officer.get("/projects/new"))
    off = {"name": "飞地合作", "takes_land": "y", "version": route.version}
    assert "不能再在这条路径上立项" in text(client.post(f"/routes/{route.id}/edit", data=off))
    assert client.post(f"/routes/{route.id}/edit", data={**off, "confirmed": "1"}).status_code == 302
    db.session.refresh(route)
    assert (route.is_active, route.takes_land, route.makes_supply) == (False, True, False)
    assert "飞地合作" not in text(officer.get("/projects/new"))
    assert "飞地合作" not in text(officer.get("/pipeline"))


def test_one_route_stays_in_use(admin) -> None:
    routes = list(db.session.scalars(select(Route)))
    values = {"makes_supply": True, "takes_land": False, "takes_premises": False, "is_active": False}
    with acting_as(admin.id):
        for route in routes[1:]:
            route_editing.change_route(route, {**values, "name": route.name}, by=admin)
        with pytest.raises(RuleError, match="至少要有一条"):
            route_editing.change_route(routes[0], {**values, "name": routes[0].name}, by=admin)


def test_a_retired_stage_is_put_back_with_its_gate(admin, sign_in) -> None:
    target, client = stage("greenfield", "注册"), sign_in(admin)
    facts = [item.fact for item in target.gate_items]
    moved, before = factories.Project(stage_name="注册"), factories.Project(stage_name="签约")
    with acting_as(admin.id):
        route_editing.retire_stage(target, stage("greenfield", "签约"), by=admin)
    path = f"/stages/{target.id}/restoration"
    assert path in text(client.get("/routes"))
    assert path not in text(sign_in(factories.User()).get("/routes"))
    assert re.search(r'<option selected value="4">“签约”之后', text(client.get(path)))
    form = {"after": "4", "version": target.version}
    shown = text(client.post(path, data=form))
    assert "2 个在办项目还在它前面" in shown
    assert f"关口恢复原有的 {len(facts)} 条要求" in shown
    out_of_order = client.post(path, data={**form, "after": "1", "confirmed": "1"})
    assert out_of_order.status_code == 422
    assert client.post(path, data={**form, "confirmed": "1"}).status_code == 302
    assert names("greenfield")[3:6] == ["签约", "注册", "开工"]
    assert moved.stage.name == "签约"
    assert {each.fact for each in gates.missing_at(before, [stage("greenfield", "注册")])} <= set(facts)
    assert client.get(path).status_code == 404


def test_a_retired_stage_whose_name_was_given_on_stays_retired(admin) -> None:
    target = stage("greenfield", "注册")
    with acting_as(admin.id):
        route_editing.retire_stage(target, stage("greenfield", "签约"), by=admin)
        values = {"name": "注册", "phase": Phase.SIGNED, "probability": Decimal("0.7")}
        route_editing.add_stage(target.route, {**values, "clock_days": None, "stale_days": None}, 4, by=admin)
        with pytest.raises(RuleError, match="同名的阶段"):
            route_editing.restore_stage(target, 4, by=admin)
