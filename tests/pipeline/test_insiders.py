"""The 知情人 list: dated entries that follow who is named, people of other houses, nothing is ever deleted."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm.database import db
from crm.errors import Forbidden, NotFound, RuleError
from crm.pipeline import secrecy, services
from crm.pipeline.models import Project, ProjectMember, Secrecy
from crm.pipeline.services import Relations
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User(display_name="示例林岚")


@pytest.fixture
def project(officer):
    return factories.Project(owner=officer, company=factories.Company(owner=officer))


def entries(project) -> list[tuple[str, date, date | None]]:
    rows = db.session.scalars(secrecy.insiders_of(project.id)).unique()
    return [(row.name, row.entered_on, row.left_on) for row in rows]


def edit(project, officer, **relations):
    values = {"name": project.name, "secrecy": relations.pop("secrecy", project.secrecy)}
    services.edit_project(project, values, Relations(owner=officer, **relations), by=officer)
    db.session.refresh(project)


def test_the_list_follows_who_is_named(officer, project):
    colleague = factories.User(display_name="示例吴桐")
    edit(project, officer, member_ids=[colleague.id])
    assert entries(project) == []  # not 受限: no list
    edit(project, officer, member_ids=[colleague.id], secrecy=Secrecy.RESTRICTED)
    assert entries(project) == [("示例林岚", today(), None), ("示例吴桐", today(), None)]
    edit(project, officer)
    assert entries(project) == [("示例林岚", today(), None), ("示例吴桐", today(), today())]
    edit(project, officer, member_ids=[colleague.id])  # in again is an entry of its own
    assert len(entries(project)) == 3
    edit(project, officer, secrecy=Secrecy.INTERNAL)
    assert all(left for _name, _entered, left in entries(project))


def test_the_form_that_makes_a_project_restricted_begins_its_list(officer, project, sign_in):
    client = sign_in(officer)
    form = {"name": project.name, "secrecy": "restricted", "capital_kind": "domestic", "owner_id": officer.id}
    assert client.post(f"/projects/{project.id}/edit", data={**form, "version": project.version}).status_code == 302
    assert entries(project) == [("示例林岚", today(), None)]
    opened = {**form, "name": "示例二期", "company_id": project.company_id, "route_id": project.route_id}
    assert client.post("/projects", data=opened).status_code == 302
    second = db.session.scalars(select(Project).where(Project.name == "示例二期")).one()
    assert entries(second) == [("示例林岚", today(), None)]


def test_people_of_other_houses_are_entered_by_hand(officer, project):
    with pytest.raises(NotFound):
        secrecy.enter(project, "示例律师", "示例律所", "起草", None, by=factories.User())
    with pytest.raises(Forbidden):
        secrecy.enter(project, "示例律师", "示例律所", "起草", None, by=factories.User(office=officer.office))
    row = secrecy.enter(project, "示例律师", "示例律所", "起草", today() - timedelta(days=9), by=officer)
    with pytest.raises(RuleError):
        secrecy.leave(project, row.id, today() - timedelta(days=10), by=officer)
    secrecy.leave(project, row.id, today(), by=officer)
    assert entries(project) == [("示例律师", today() - timedelta(days=9), today())]
    with pytest.raises(RuleError):
        secrecy.leave(project, row.id, today(), by=officer)


def test_the_page_is_for_those_who_may_know(officer, project, sign_in):
    project.secrecy = Secrecy.RESTRICTED
    db.session.flush()
    secrecy.sync(project, by=officer)
    named = factories.User()
    project.members.append(ProjectMember(user=named))
    db.session.flush()
    url = f"/projects/{project.id}/insiders"
    assert "示例林岚" in sign_in(named).get(url).get_data(as_text=True)
    assert sign_in(factories.User(office=officer.office)).get(url).status_code == 404
    client = sign_in(officer)
    assert client.post(url, data={"name": "示例律师", "unit": "示例律所"}).status_code == 302
    page = client.get(url).get_data(as_text=True)
    assert "示例律师" in page
    assert "国家秘密不得录入本系统" in page
