"""Projects on the pages of companies, contacts and tasks."""

from datetime import date, timedelta

import pytest

from crm.companies import extensions as companies
from crm.companies.models import Company
from crm.database import db
from crm.errors import BadRequest
from crm.interactions import queries as interactions
from crm.interactions.models import Interaction
from crm.pipeline import elsewhere, queries, services
from crm.pipeline.models import Agreement, AgreementKind, ProjectMember, Promise, Secrecy, Side
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User()


@pytest.fixture
def project(officer):
    return factories.Project(owner=officer, company=factories.Company(owner=officer))


def seen(query, rows) -> set[int]:
    return set(db.session.scalars(query.with_only_columns(rows.id)))


def test_registering_twice_changes_nothing() -> None:
    before = len(companies.sections)
    elsewhere.register()
    assert len(companies.sections) == before


def test_a_company_page_shows_its_projects(project, officer, sign_in) -> None:
    page = sign_in(officer).get(f"/companies/{project.company_id}").get_data(as_text=True)
    assert f"/projects/{project.id}" in page
    assert f"/projects/new?company={project.company_id}" in page


def test_a_company_page_tells_what_was_promised_and_a_hidden_project_s_promises_stay_hidden(project, officer, sign_in):
    """Promise 24: who is not named on a 受限 project reads nothing of it. The brief leaves out what is empty."""
    agreement = Agreement(project=project, kind=AgreementKind.FRAMEWORK, title="示例框架协议")
    late = today() - timedelta(days=5)
    for body, kept, due_on in (("双回路供电", None, late), ("协助注册", today(), None)):
        row = Promise(agreement=agreement, side=Side.CITY, body=body, owner=officer, due_on=due_on, fulfilled_on=kept)
        row.evidence = "执照" if kept else ""
        db.session.add(row)
    db.session.commit()
    for path in (f"/companies/{project.company_id}", f"/companies/{project.company_id}/brief"):
        page = sign_in(officer).get(path).text
        assert "双回路供电" in page
        assert "逾期 5 天" in page
        assert "协助注册" not in page
    assert "还没有登记诉求" not in page
    project.secrecy = Secrecy.RESTRICTED
    db.session.commit()
    colleague = factories.User(office=officer.office)
    page = sign_in(colleague).get(f"/companies/{project.company_id}").text
    assert "双回路供电" not in page
    assert "另有 1 个受限或其他部门的项目" in page


def test_companies_narrow_by_phase(project, officer) -> None:
    found = db.session.scalars(queries.select(Company).where(elsewhere.in_phase("lead", officer))).all()
    assert found == [project.company]
    assert not db.session.scalars(queries.select(Company).where(elsewhere.in_phase("signed", officer))).all()
    with pytest.raises(BadRequest):
        elsewhere.in_phase("x", officer)


def test_a_contact_may_be_about_an_open_project_of_its_company(project, officer, app) -> None:
    closed = factories.Project(owner=officer, company=project.company)
    services.change_status(closed, services.Status.LOST, by=officer, reason="落户外地")
    factories.Project(company=project.company)
    assert [choice.id for choice in elsewhere.open_projects(project.company, officer)] == [project.id]
    contact = factories.Interaction(company=project.company, owner=officer)
    elsewhere.attach(contact, [project.id], officer)
    with app.test_request_context():
        [link] = elsewhere.linked_projects([contact], officer)[contact.id]
    assert (link.id, link.text, link.url) == (project.id, project.name, f"/projects/{project.id}")


def test_contacts_and_tasks_of_a_restricted_project_are_hidden_from_the_rest(project, officer) -> None:
    mate = factories.User(office=officer.office)
    member = factories.User(office=officer.office)
    contact = factories.Interaction(company=project.company, owner=officer)
    elsewhere.attach(contact, [project.id], officer)
    step = factories.Task(owner=officer, company_id=project.company_id, interaction_id=contact.id)
    task = factories.Task(owner=officer)
    services.link_task(project, task)
    assert contact.id in seen(interactions.visible_to(mate), Interaction)
    project.secrecy = Secrecy.RESTRICTED
    project.members.append(ProjectMember(user=member, user_id=member.id))
    db.session.flush()
    assert contact.id not in seen(interactions.visible_to(mate), Interaction)
    assert not {step.id, task.id} & seen(interactions.tasks_visible_to(mate), services.Task)
    for user in (officer, member):
        assert contact.id in seen(interactions.visible_to(user), Interaction)
        assert {step.id, task.id} <= seen(interactions.tasks_visible_to(user), services.Task)
    assert [t.id for t in db.session.scalars(queries.tasks_of(officer, project.id))] == [step.id, task.id]
    assert list(db.session.scalars(queries.interactions_of(officer, project.id)).unique()) == [contact]


def test_the_next_step_of_a_contact_becomes_the_projects(project, officer) -> None:
    contact = factories.Interaction(company=project.company, owner=officer)
    elsewhere.attach(contact, [project.id], officer)
    elsewhere.take_next_step(contact)
    assert project.next_step == ""
    factories.Task(owner=officer, interaction_id=contact.id, title="寄送供地方案", due_on=date(2026, 12, 1))
    elsewhere.take_next_step(contact)
    assert (project.next_step, project.next_step_on) == ("寄送供地方案", date(2026, 12, 1))


def test_who_may_not_edit_the_project_does_not_change_its_next_step(project, officer) -> None:
    mate = factories.User(office=officer.office)
    contact = factories.Interaction(company=project.company, owner=mate)
    elsewhere.attach(contact, [project.id], officer)
    factories.Task(owner=mate, interaction_id=contact.id, title="寄送", due_on=date(2026, 12, 1))
    elsewhere.take_next_step(contact)
    assert project.next_step == ""


def test_a_logged_visit_opens_the_gate_of_triage(project, officer, sign_in) -> None:
    """The officer's own way: a visit with its next step, then the rest on the form."""
    form = {
        "company_id": project.company_id,
        "kind": "visit",
        "happened_on": "2026-11-02",
        "summary": "参观车间，谈到二期扩产。",
        "next_step": "寄送供地方案",
        "next_step_on": "2026-12-01",
        "owner_id": officer.id,
        "projects": project.id,
    }
    response = sign_in(officer).post("/interactions", data=form)
    assert response.status_code == 302, response.get_data(as_text=True)
    db.session.refresh(project)
    assert project.last_contact_on == date(2026, 11, 2)
    assert project.next_step == "寄送供地方案"
