"""Files as evidence of promises and milestones: uploaded with the act or later, in versions, read with the project."""

from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from crm.database import db
from crm.pipeline.models import Agreement, AgreementKind, Milestone, Project, ProjectDocument, Promise, Secrecy, Side
from crm.rules import today
from tests import factories

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"


@pytest.fixture
def project(session: Any) -> Project:
    """A project with a promise of the city."""
    officer = factories.User()
    found = factories.Project(owner=officer, company=factories.Company(owner=officer))
    promise = Promise(side=Side.CITY, body="协助办理供电", owner=officer, due_on=today())
    session.add(Agreement(project=found, kind=AgreementKind.INTENT, title="示例意向书", promises=[promise]))
    session.flush()
    return found


def file(name: str, content: bytes = PDF) -> dict[str, Any]:
    """A file as a form sends it."""
    return {"file": (BytesIO(content), name)}


def papers(project: Project) -> list[ProjectDocument]:
    """What the project has on file."""
    return list(db.session.scalars(select(ProjectDocument).filter_by(project_id=project.id).order_by("id")))


def test_a_milestone_is_proved_by_files_that_stay_when_it_was_a_mistake(project, sign_in) -> None:
    client = sign_in(project.owner)
    words = {"kind": "land", "on_day": today().isoformat(), "evidence": "示例用地批复"}
    url = f"/projects/{project.id}/milestones/new"
    assert client.post(url, data=words | file("假.pdf", b"MZ\0\0")).status_code == 422
    assert db.session.scalars(select(Milestone)).all() == []
    assert client.post(url, data=words | file("批复.pdf")).status_code == 302
    [milestone] = db.session.scalars(select(Milestone))
    later = words | {"version": str(milestone.version)}
    assert (
        client.post(f"/milestones/{milestone.id}/edit", data=later | file("红线图.pdf", PDF + b"2")).status_code == 302
    )
    assert [paper.milestone for paper in papers(project)] == [milestone, milestone]
    page = client.get(f"/projects/{project.id}").get_data(as_text=True)
    assert page.count('class="evidence-file"') == 2
    assert "佐证：供地" in page
    client.post(f"/milestones/{milestone.id}/deletion", data={"version": str(milestone.version)})
    db.session.expire_all()
    assert [(paper.document.title, paper.milestone) for paper in papers(project)] == [("批复", None), ("红线图", None)]


def test_a_promise_is_proved_by_a_file_when_kept_and_later(project, sign_in) -> None:
    client, [promise] = sign_in(project.owner), project.agreements[0].promises
    kept = {"on_day": today().isoformat(), "text": "供电通知", "version": str(promise.version)}
    assert client.post(f"/promises/{promise.id}/fulfilment", data=kept | file("通知.pdf")).status_code == 302
    url = f"/promises/{promise.id}/documents/new"
    assert client.post(url, data={}).status_code == 422
    assert client.post(url, data={"title": "现场照片说明"} | file("x.pdf")).status_code == 302
    [notice, photo] = papers(project)
    assert [paper.promise for paper in (notice, photo)] == [promise, promise]
    version = client.post(f"/documents/{notice.document_id}/versions", data=file("通知盖章版.pdf", PDF + b"2"))
    assert version.status_code == 302
    page = client.get(f"/agreements/{promise.agreement_id}").get_data(as_text=True)
    assert "现场照片说明" in page
    assert f"/documents/{notice.document_id}/versions/2" in page
    with client.get(f"/documents/{notice.document_id}/versions/2") as sent:
        assert sent.headers["Content-Disposition"].startswith("attachment")


def test_evidence_is_read_by_whoever_may_read_the_project_alone(project, sign_in) -> None:
    [promise] = project.agreements[0].promises
    sign_in(project.owner).post(f"/promises/{promise.id}/documents/new", data=file("通知.pdf"))
    [paper] = papers(project)
    url = f"/documents/{paper.document_id}/versions/1"
    colleague, stranger = factories.User(office=project.office), factories.User()
    with sign_in(colleague).get(url) as sent:
        assert sent.data == PDF
    assert sign_in(colleague).post(f"/promises/{promise.id}/documents/new", data=file("x.pdf")).status_code == 403
    assert sign_in(stranger).get(url).status_code == 404
    project.secrecy = Secrecy.RESTRICTED
    db.session.flush()
    assert sign_in(colleague).get(url).status_code == 404
