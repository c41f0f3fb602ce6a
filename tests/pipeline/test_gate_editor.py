"""Gates edited in the browser: effect shown before, at work at once, in history. Routes changed, projects archived."""

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import db
from crm.errors import RuleError
from crm.history.models import HistoryRow
from crm.pipeline import gates, routing
from crm.pipeline.models import GateItem, Phase, Project, Reason, ReasonKind, Secrecy, Stage
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def admin():
    return factories.User(role=Role.ADMIN)


def stage(slug: str, name: str) -> Stage:
    return next(stage for stage in factories.route(slug).stages if stage.name == name)


def text(response) -> str:
    return response.get_data(as_text=True)


def test_the_effect_is_shown_first_and_the_gate_works_at_once(admin, sign_in) -> None:
    lacking = factories.Project(name="示例缺挂点领导", investment_wan=Decimal(20_000))
    factories.Project(name="示例小项目", investment_wan=Decimal(9_000))
    hidden = factories.Project(name="示例保密项目", investment_wan=Decimal(20_000), secrecy=Secrecy.RESTRICTED)
    target, client = stage("greenfield", "研判"), sign_in(admin)
    form = {"fact": "sponsor", "condition": "always", "at_least_wan": "1亿"}
    shown = text(client.post(f"/stages/{target.id}/gate-items/new", data=form))
    assert "示例缺挂点领导" in shown
    assert "示例小项目" not in shown
    assert hidden.name not in shown
    assert "另有 1 个" in shown
    assert "sponsor" not in {item.fact for item in gates.missing_for_next(lacking)}
    answer = client.post(f"/stages/{target.id}/gate-items/new", data={**form, "confirmed": "1"})
    assert answer.status_code == 302
    db.session.expire_all()
    assert "sponsor" in {item.fact for item in gates.missing_for_next(lacking)}
    item = db.session.scalars(select(GateItem).filter_by(stage_id=target.id, fact="sponsor")).one()
    row = db.session.scalars(select(HistoryRow).filter_by(table_name="gate_items", row_id=item.id)).one()
    assert (row.actor_id, row.operation) == (admin.id, "insert")


def test_an_item_is_changed_and_taken_away(admin, sign_in) -> None:
    target, client = stage("greenfield", "研判"), sign_in(admin)
    item = next(each for each in target.gate_items if each.fact == "summary")
    form = {"fact": "summary", "condition": "foreign", "confirmed": "1", "version": item.version}
    assert client.post(f"/gate-items/{item.id}/edit", data=form).status_code == 302
    assert client.post(f"/gate-items/{item.id}/edit", data=form).status_code == 409
    project = factories.Project()
    db.session.expire_all()
    assert "summary" not in {each.fact for each in gates.missing_for_next(project)}
    assert client.post(f"/gate-items/{item.id}/deletion", data={"version": item.version}).status_code == 302
    assert db.session.get(GateItem, item.id) is None


def test_the_same_twice_is_refused(admin, sign_in) -> None:
    target = stage("greenfield", "研判")
    form = {"fact": "summary", "condition": "always"}
    assert sign_in(admin).post(f"/stages/{target.id}/gate-items/new", data=form).status_code == 422


def test_reasons_are_a_list_and_go_with_the_words(sign_in) -> None:
    project = factories.Project()
    reason = db.session.scalars(select(Reason).filter_by(kind=ReasonKind.PAUSE)).first()
    client = sign_in(project.owner)
    wrong = db.session.scalars(select(Reason.id).filter_by(kind=ReasonKind.LOSE)).first()
    form = {"to_status": "paused", "version": project.version}
    assert client.post(f"/projects/{project.id}/status-changes", data=form).status_code == 422
    url = f"/projects/{project.id}/status-changes"
    assert client.post(url, data={**form, "reason_id": wrong}).status_code == 422
    assert client.post(url, data={**form, "reason_id": reason.id, "reason": "三季度再议"}).status_code == 302
    db.session.refresh(project)
    assert project.status_reason == f"{reason.name}：三季度再议"
    assert project.status_changes[0].listed_reason is reason


@pytest.mark.parametrize(
    ("from_slug", "at", "to_slug", "lands"),
    [
        ("greenfield", "线索", "premises", "线索"),
        ("greenfield", "在谈", "premises", "在谈"),
        ("greenfield", "注册", "premises", "注册"),
        ("greenfield", "注册", "expansion", "签约"),
        ("greenfield", "开工", "research", "注册"),
        ("greenfield", "在谈", "matchmaking", "对接"),
        ("matchmaking", "对接", "greenfield", "在谈"),
        ("matchmaking", "签约合作", "greenfield", "在谈"),  # 签约 asks what the cooperation never showed
        ("matchmaking", "合作落地", "premises", "在谈"),
    ],
)
def test_a_change_of_route_keeps_the_phase_and_opens_no_gate(from_slug, at, to_slug, lands) -> None:
    known = {"land_mu": Decimal(20), "floor_m2": Decimal(8_000)}  # what premises and greenfield ask of one another
    project = factories.Project(route=factories.route(from_slug), stage_name=at, **known)
    found = routing.landing_stage(project, factories.route(to_slug))
    assert found.name == lands
    assert not project.stage.phase.is_before(found.phase)


def test_a_change_of_route_is_kept_with_its_reason(sign_in) -> None:
    project = factories.Project(stage_name="在谈")
    client, other = sign_in(project.owner), factories.route("premises")
    page = text(client.get(f"/projects/{project.id}/route-changes/new"))
    assert "租购厂房" in page
    form = {"route_id": other.id, "version": project.version}
    assert client.post(f"/projects/{project.id}/route-changes/new", data=form).status_code == 422
    answer = client.post(f"/projects/{project.id}/route-changes/new", data={**form, "reason": "改租厂房"})
    assert answer.status_code == 302
    db.session.expire_all()
    assert (project.route.slug, project.stage.name, project.stage.phase) == ("premises", "在谈", Phase.NEGOTIATING)
    assert re.search("拿地自建 · 在谈 → 租购厂房 · 在谈", text(client.get(f"/projects/{project.id}")))


def test_an_archived_project_is_off_the_lists_and_comes_back(sign_in) -> None:
    project = factories.Project(name="示例归档项目")
    manager = factories.User(role=Role.MANAGER, office=project.office)
    assert sign_in(project.owner).post(f"/projects/{project.id}/archive", data={"version": 1}).status_code == 302
    client = sign_in(manager)
    assert "示例归档项目" in text(client.get("/projects/archived"))
    assert "示例归档项目" not in text(client.get("/pipeline?view=table&status=all"))
    db.session.refresh(project)
    back = client.post(f"/projects/{project.id}/restore", data={"version": project.version})
    assert back.status_code == 302
    db.session.refresh(project)
    assert project.archived_at is None


def test_nothing_of_an_archived_company_is_restored() -> None:
    project: Project = factories.Project()
    manager = factories.User(role=Role.MANAGER, office=project.office)
    routing.archive(project, by=project.owner)
    project.company.archived_at = project.archived_at
    with pytest.raises(RuleError, match="企业"):
        routing.restore(project, by=manager)
