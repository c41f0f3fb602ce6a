"""Promises 24 and 22: on any page of any route a 受限 project's name 0 times for whoever is not named on it, and a
telephone number 0 times for anybody, since nothing but a reveal tells one.

In the arranged world every 受限 project that the asker is not named on carries a canary in its name, its texts and in
what hangs on it; then every GET route is asked by every role for every row.
"""

import io
import secrets
import zipfile
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select

from crm.companies import personal
from crm.companies.models import Contact
from crm.companies.naming import pinyin_key
from crm.database import SYSTEM, acting_as, db
from crm.files.models import Document, DocumentVersion, StoredFile, Upload
from crm.interactions.models import InteractionKind
from crm.pipeline import secrecy, services
from crm.pipeline.models import (
    Agreement,
    AgreementKind,
    Claim,
    CoordinationItem,
    Instruction,
    Milestone,
    MilestoneKind,
    Project,
    ProjectDocument,
    ProjectInteraction,
    ProjectMember,
    Promise,
    Side,
    WeeklyLine,
)
from crm.pipeline.models.claims import ClaimState, Evidence
from crm.pipeline.weeks import Week
from crm.rules import today
from crm.tokens import index_text
from tests import factories
from tests.matrix import routes
from tests.matrix.test_matrix import address
from tests.matrix.world import ROLES, World

CANARY = "示例金丝雀"
NUMBER = "13987654321"
#: Words by which a search finds the canary without their being its name, and what makes lists long.
ASKED = {"q": "sljsq", "text": "sljsq", "scope": "all", "view": "table", "route": "all", "status": "all"}
#: Rows of one's own show what hangs on them; pages of the others are refused, which the table tests.
LOOKED_AT = ("none", "any", "own", "restricted")


@pytest.fixture
def marked(world: World, connection: Connection) -> Iterator[World]:
    """The world with canaries, within a transaction that is rolled back."""
    with connection.begin() as transaction:
        with world.app.app_context(), acting_as(SYSTEM):
            for project_id in {world.rows["project", role, "restricted"].id for role in ROLES}:
                mark(db.session.get_one(Project, project_id))
            for contact in db.session.scalars(select(Contact)):
                personal.seal_phone(contact, NUMBER)
            db.session.commit()
        yield world
        transaction.rollback()


def mark(project: Project) -> None:
    """The canary in the project and in each row that hangs on it."""
    officer = project.owner
    assert officer is not None
    project.name = project.summary = project.next_step = project.triage_note = CANARY
    project.search, project.pinyin_key = index_text(CANARY), pinyin_key(CANARY)
    project.last_contact_on = today().replace(year=2020)
    line = WeeklyLine(project=project, week=Week.of(today()).monday, progress=CANARY, plan=CANARY, by=officer)
    line.items.append(CoordinationItem(project=project, body=CANARY, owner=officer))
    contact = factories.Interaction(
        owner=officer, company=project.company, kind=InteractionKind.VISIT, summary=CANARY, happened_on=today()
    )
    claim = Claim(
        project=project, owner=officer, office_id=officer.office_id, state=ClaimState.FILED, evidence=Evidence.WISH,
        wish=CANARY, wish_on=today(), kept_since=today(),
    )  # fmt: skip
    task = factories.Task(owner=officer, title=CANARY)
    instruction = Instruction(
        body=CANARY, author=officer, owner=officer, office_id=officer.office_id, project_id=project.id
    )
    db.session.add_all([line, claim, instruction])
    db.session.flush()
    prove(project)
    services.link_interaction(project, contact)
    services.link_task(project, task)
    secrecy.sync(project, by=officer)
    secrecy.enter(project, CANARY, CANARY, CANARY, None, by=officer)


def prove(project: Project) -> None:
    """The canary in the evidence of a milestone and of a promise."""
    officer = project.owner
    assert officer is not None
    milestone = Milestone(project=project, kind=MilestoneKind.LAND, on_day=today(), evidence=CANARY, by=officer)
    promise = Promise(side=Side.CITY, body=CANARY, owner=officer, due_on=today())
    agreement = Agreement(project=project, kind=AgreementKind.INTENT, title=CANARY, promises=[promise])
    db.session.add_all([milestone, agreement])
    stored = StoredFile(sha256=secrets.token_hex(32), size=9, media_type="application/pdf")
    for proved in ({"milestone": milestone}, {"promise": promise}):
        upload = Upload(file=stored, name=f"{CANARY}.pdf", owner_id=officer.id, office_id=officer.office_id)
        version = DocumentVersion(ordinal=1, upload=upload)
        document = Document(title=CANARY, search=index_text(CANARY), versions=[version])
        db.session.add(ProjectDocument(project=project, document=document, **proved))


@pytest.mark.long
def test_no_page_names_a_restricted_project_or_tells_a_number(
    marked: World, capsys: pytest.CaptureFixture[str]
) -> None:
    leaks, told, masked = [], [], 0
    for path, role, query in [*routed(marked), *hanging(marked)]:
        answer = marked.client(role).get(path, query_string=query)
        text = content(answer.data)
        if CANARY in text:
            leaks.append(f"{role}: {path} {query}")
        if NUMBER in text or NUMBER in str(answer.headers):
            told.append(f"{role}: {path} {query}")
        masked += "139****4321" in text
    assert not leaks
    assert not told
    assert masked, "no page shows even the mask: the number was not there to be told"
    assert NUMBER not in capsys.readouterr().err


def routed(world: World) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Every GET route for a row of one's own and for the hidden project; pages without a row for every role."""
    for route in [route for route in routes() if route.method == "GET"]:
        for role in ROLES if route.row is None else ("officer",):
            for placement, row in world.placements(route.row, role).items():
                if placement in LOOKED_AT:
                    with world.app.test_request_context():
                        path = address(world.app, route, world, row)
                    yield path, role, {}
                    if route.row is None and role in ("officer", "admin"):
                        yield path, role, ASKED


def hanging(world: World) -> Iterator[tuple[str, str, dict[str, str]]]:
    """The pages of what hangs on a hidden project: its company, contact, task, claim, item, instruction, history."""
    with world.app.app_context():
        project = db.session.get_one(Project, world.rows["project", "officer", "restricted"].id)
        paths = [f"/companies/{project.company_id}", f"/history/projects/{project.id}"]
        models = (Claim, CoordinationItem, Instruction, Agreement)
        pages = ("/claims/%d", "/coordination/%d", "/instructions/%d", "/agreements/%d")
        for model, path in zip(models, pages, strict=True):
            query = select(model.id).where(model.project_id == project.id)  # type: ignore[attr-defined]
            paths += [path % row_id for row_id in db.session.scalars(query)]
        papers = select(ProjectDocument.document_id).filter_by(project_id=project.id)
        paths += [f"/documents/{row_id}" for row_id in db.session.scalars(papers)]
        contacts = select(ProjectInteraction.interaction_id).filter_by(project_id=project.id)
        paths += [f"/interactions/{row_id}" for row_id in db.session.scalars(contacts)]
    for path in paths:
        for role in ROLES:
            yield path, role, {}
    for role in ROLES:
        yield "/reports/projects", role, {"report": "forecast", "measure": "in_hand"}


def test_whoever_is_named_finds_it(marked: World) -> None:
    """The canary is there: the test above would find it."""
    project_id = marked.rows["project", "officer", "restricted"].id
    with marked.app.app_context(), acting_as(SYSTEM):
        member = ProjectMember(project_id=project_id, user_id=marked.users["officer"])
        db.session.add(member)
        db.session.commit()
    client = marked.client("officer")
    for path in (f"/projects/{project_id}", "/search?q=sljsq", "/weekly?scope=all"):
        assert CANARY in client.get(path).get_data(as_text=True), path


def content(data: bytes) -> str:
    """The text of an answer: of an office document the text of its parts."""
    if not data.startswith(b"PK"):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        return "".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
