"""诉求 with who answers by when; planned days and yearly investment; documents; what happened, by kind."""

import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.database import db
from crm.errors import RuleError
from crm.handovers.services import preview
from crm.interactions.models import Task
from crm.notices.models import Notice
from crm.pipeline import demands, schedule
from crm.pipeline.models import Demand, DemandKind, DemandTask, InvestmentYear, Project, ProjectInteraction, Secrecy
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User(display_name="示例甲")


@pytest.fixture
def project(officer) -> Project:
    return factories.Project(owner=officer, company=factories.Company(owner=officer), stage_name="签约")


def text(response) -> str:
    return response.get_data(as_text=True)


def asked(project: Project, owner, **changes) -> dict:
    form = {"kind": "land", "body": "要 30 亩工业用地", "owner_id": owner.id, "due_on": "2099-01-05"}
    return {"project": project.id, **form, **changes}


def test_a_demand_is_asked_of_somebody_and_answered(project, officer, sign_in) -> None:
    other = factories.User(display_name="示例乙")
    client = sign_in(officer)
    assert client.get(f"/demands/new?project={project.id}").status_code == 200
    client.post("/demands", data=asked(project, other))
    demand = db.session.scalars(select(Demand)).one()
    assert (demand.company, demand.owner, demand.office_id) == (project.company, other, other.office_id)
    assert db.session.scalars(select(Notice.user_id)).all() == [other.id]
    asked_of = sign_in(other)
    assert "要 30 亩工业用地" in text(asked_of.get("/demands"))
    form = {"answer": "可供 35 亩，下周看地。", "version": demand.version}
    asked_of.post(f"/demands/{demand.id}/answer", data=form)
    assert demand.answered_on == today()
    assert set(db.session.scalars(select(Notice.user_id))) == {other.id, officer.id}
    page = text(client.get(f"/projects/{project.id}?kind=answer"))
    assert "可供 35 亩" in page
    assert client.post(f"/demands/{demand.id}/answer", data=form).status_code == 409


def test_lists_tell_open_late_and_answered_apart(project, officer, sign_in) -> None:
    for body, due, answer in [("未到期", 5, ""), ("已过期", -1, ""), ("答过了", -1, "好")]:
        row = Demand(
            company=project.company, body=body, raised_on=today() - timedelta(days=9), owner=officer,
            due_on=today() + timedelta(days=due), office_id=officer.office_id, created_by=officer, answer=answer,
            answered_on=today() if answer else None,
        )  # fmt: skip
        db.session.add(row)
    db.session.flush()
    client = sign_in(officer)
    shown = {state: text(client.get(f"/demands?state={state}")) for state in demands.STATES}
    assert [body for body in ("未到期", "已过期", "答过了") if body in shown["open"]] == ["未到期", "已过期"]
    assert [body for body in ("未到期", "已过期", "答过了") if body in shown["late"]] == ["已过期"]
    assert [body for body in ("未到期", "已过期", "答过了") if body in shown["answered"]] == ["答过了"]
    assert client.get("/demands?state=x").status_code == 400


def test_one_click_makes_a_row_of_each_line_of_a_visit(project, officer, sign_in) -> None:
    visit = factories.Interaction(owner=officer, company=project.company, demands="要 30 亩地\n- 110 千伏双回路\n")
    db.session.add(ProjectInteraction(project=project, interaction=visit))
    db.session.flush()
    client = sign_in(officer)
    assert "登记为诉求" in text(client.get(f"/interactions/{visit.id}"))
    for _twice in range(2):
        assert client.post(f"/interactions/{visit.id}/demands").status_code == 302
    made = db.session.scalars(select(Demand).order_by(Demand.id)).all()
    assert [(row.body, row.project, row.owner) for row in made] == [
        ("要 30 亩地", project, officer),
        ("110 千伏双回路", project, officer),
    ]
    assert made[0].raised_on == visit.happened_on
    assert made[0].due_on > today()


def test_a_restricted_project_asks_only_those_who_know(project, officer, sign_in) -> None:
    project.secrecy = Secrecy.RESTRICTED
    mate = factories.User(office=officer.office)
    with pytest.raises(RuleError):
        demands.raise_demand(
            project.company,
            {"kind": DemandKind.LAND, "body": "地", "due_on": date(2099, 1, 1)},
            mate,
            by=officer,
            project=project,
        )
    values = {"kind": DemandKind.LAND, "body": "机密诉求", "due_on": date(2099, 1, 1)}
    made = demands.raise_demand(project.company, values, officer, by=officer, project=project)
    manager = sign_in(factories.User(role=Role.MANAGER, office=officer.office))
    assert "机密诉求" not in text(manager.get("/demands?scope=all"))
    assert manager.get(f"/demands/{made.id}").status_code == 404


def test_planned_days_follow_the_route(project, officer, sign_in) -> None:
    registered, started, operating = project.later_stages
    client = sign_in(officer)
    form = {f"stage-{registered.id}": "2030-01-05", f"stage-{operating.id}": "2031-06-01"}
    client.post(f"/projects/{project.id}/stage-plans", data=form)
    db.session.refresh(project)
    assert {plan.stage_id: plan.planned_on for plan in project.stage_plans} == {
        registered.id: date(2030, 1, 5),
        operating.id: date(2031, 6, 1),
    }
    wrong = client.post(f"/projects/{project.id}/stage-plans", data=form | {f"stage-{started.id}": "2029-01-01"})
    assert wrong.status_code == 422
    client.post(f"/projects/{project.id}/stage-plans", data={f"stage-{operating.id}": "2031-06-01"})
    db.session.refresh(project)
    assert [plan.stage_id for plan in project.stage_plans] == [operating.id]


def test_investment_is_told_year_by_year_after_signing(project, officer, sign_in) -> None:
    client = sign_in(officer)
    url = f"/projects/{project.id}/investment-years"
    client.post(url, data={"year": "2025", "planned_wan": "1亿", "actual_wan": "4000", "as_of": "2026-01-31"})
    client.post(url, data={"year": "2026", "planned_wan": "2000"})
    assert client.post(url, data={"year": "2026", "actual_wan": "5"}).status_code == 422
    assert client.post(url, data={"year": "1999", "planned_wan": "5"}).status_code == 422
    db.session.refresh(project)
    assert schedule.paid_in(project.investment_years, 2025) == (Decimal(10000), Decimal(4000))
    assert "到位资金" in text(client.get(f"/projects/{project.id}"))
    [first, _second] = project.investment_years
    client.post(f"{url}/{first.id}/delete")
    assert db.session.scalars(select(InvestmentYear.year)).all() == [2026]
    lead = factories.Project(owner=officer)
    assert (
        client.post(f"/projects/{lead.id}/investment-years", data={"year": "2026", "planned_wan": "5"}).status_code
        == 422
    )


def test_a_document_of_a_project_is_read_by_those_who_know_of_it(project, officer, sign_in) -> None:
    file = (io.BytesIO(b"%PDF-1.4 x"), "方案.pdf")
    client = sign_in(officer)
    answer = client.post(f"/projects/{project.id}/documents", data={"file": file}, content_type="multipart/form-data")
    assert answer.status_code == 302
    page = text(client.get(f"/projects/{project.id}"))
    assert "方案" in page
    link = page.split('href="/documents/')[1].split('"')[0]
    with client.get(f"/documents/{link}") as sent:
        assert sent.data == b"%PDF-1.4 x"
    assert sign_in(factories.User()).get(f"/documents/{link}").status_code == 404
    project.secrecy = Secrecy.RESTRICTED
    db.session.flush()
    assert sign_in(factories.User(office=officer.office)).get(f"/documents/{link}").status_code == 404


def test_what_happened_is_filtered_by_kind(project, officer, sign_in) -> None:
    visit = factories.Interaction(owner=officer, company=project.company, summary="看了总装车间")
    db.session.add(ProjectInteraction(project=project, interaction=visit))
    db.session.flush()
    client = sign_in(officer)
    everything = text(client.get(f"/projects/{project.id}"))
    assert "看了总装车间" in everything
    assert "导入：签约" in everything
    contacts = text(client.get(f"/projects/{project.id}?kind=contact"))
    assert "看了总装车间" in contacts
    assert "导入：签约" not in contacts


def test_the_answer_ticks_off_the_tasks_that_were_set_for_it(project, officer, sign_in) -> None:
    values = {"kind": DemandKind.LAND, "body": "要 30 亩工业用地", "due_on": date(2099, 1, 1)}
    demand = demands.raise_demand(project.company, values, officer, by=officer, project=project)
    client = sign_in(officer)
    for title in ("问国土", "看地块", "问电价"):
        set_for = {"title": title, "company_id": project.company_id}
        answer = client.post(f"/tasks/new?demand={demand.id}", data=set_for)
        assert answer.location == f"/demands/{demand.id}"
    first, second, third = db.session.scalars(select(Task).order_by(Task.id))
    assert "要 30 亩工业用地" in text(client.get(f"/tasks/{first.id}"))
    client.post(f"/tasks/{third.id}/done")
    page = text(client.get(answer.location))
    assert page.count('name="task_ids"') == 2
    sent = {"answer": "可供 35 亩。", "version": demand.version, "task_ids": [first.id, third.id]}
    assert client.post(f"/demands/{demand.id}/answer", data=sent).status_code == 302
    assert [task.is_done for task in (first, second, third)] == [True, False, True]
    assert 'name="task_ids"' in text(client.get(answer.location))


def test_a_task_about_a_hidden_demand_is_hidden(project, officer, sign_in) -> None:
    """Promise 24: it carries what was asked; nor does a hand-over by somebody who does not know move it."""
    project.secrecy = Secrecy.RESTRICTED
    values = {"kind": DemandKind.LAND, "body": "机密诉求", "due_on": date(2099, 1, 1)}
    demand = demands.raise_demand(project.company, values, officer, by=officer, project=project)
    task = factories.Task(owner=officer, title="机密待办")
    db.session.add(DemandTask(demand=demand, task=task))
    db.session.flush()
    chief = factories.User(role=Role.MANAGER, office=officer.office)
    manager = sign_in(chief)
    assert manager.get(f"/tasks/{task.id}").status_code == 404
    assert manager.get(f"/tasks/new?demand={demand.id}").status_code == 404
    assert "tasks.owner_id" not in preview(officer, chief)
