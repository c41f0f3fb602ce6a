"""Instructions: who writes, reads, answers and closes them."""

from datetime import timedelta

import pytest

from crm.accounts.models import Role
from crm.database import db
from crm.errors import Forbidden, NotFound, RuleError
from crm.pipeline import instructions
from crm.pipeline.models import Instruction, InstructionState, ProjectMember, Secrecy
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def leader():
    return factories.User(role=Role.LEADER, display_name="示例周局")


@pytest.fixture
def officer(leader):
    return factories.User(office=factories.Office(parent=leader.office), display_name="示例林岚")


@pytest.fixture
def project(officer):
    return factories.Project(owner=officer, name="示例星火基地")


def text(response) -> str:
    return response.get_data(as_text=True)


def written(leader, officer, project=None, **values) -> Instruction:
    instruction = instructions.write(
        "盯紧分期供地。", officer, by=leader, on=project, due_on=values.get("due_on", today())
    )
    db.session.flush()
    db.session.refresh(instruction)
    return instruction


def test_from_writing_to_closing(leader, officer, project) -> None:
    instruction = written(leader, officer, project)
    assert instruction.state is InstructionState.WRITTEN
    with pytest.raises(RuleError):
        instructions.close(instruction, by=leader)
    instructions.receive(instruction, by=officer)
    assert instruction.state is InstructionState.RECEIVED
    instructions.answer(instruction, "方案已报。", by=officer)
    assert instruction.state is InstructionState.ANSWERED
    instructions.close(instruction, by=leader)
    db.session.flush()
    assert instruction.state is InstructionState.CLOSED
    with pytest.raises(RuleError):
        instructions.answer(instruction, "再补一句。", by=officer)


def test_who_answers_has_received(leader, officer) -> None:
    instruction = written(leader, officer)
    instructions.answer(instruction, "已办。", by=officer)
    assert instruction.received_at is not None


def test_one_writes_below_and_not_to_oneself_nor_to_administrators(leader, officer) -> None:
    for recipient in (leader, factories.User(), factories.User(role=Role.ADMIN, office=officer.office)):
        with pytest.raises(Forbidden):
            written(leader, recipient)
        assert recipient not in instructions.recipients(leader)
    with pytest.raises(Forbidden):
        written(officer, leader)
    assert officer in instructions.recipients(leader)


def test_the_author_does_not_answer_and_the_owner_does_not_close(leader) -> None:
    manager = factories.User(role=Role.MANAGER, office=leader.office)
    instruction = written(leader, manager)
    with pytest.raises(RuleError):
        instructions.receive(instruction, by=leader)
    instructions.answer(instruction, "已办。", by=manager)
    with pytest.raises(RuleError):
        instructions.close(instruction, by=manager)


def test_a_restricted_project_is_instructed_only_to_who_may_know(leader, officer, project) -> None:
    mate = factories.User(office=officer.office)
    project.secrecy = Secrecy.RESTRICTED
    project.members.append(ProjectMember(user=leader, user_id=leader.id))
    db.session.flush()
    assert instructions.recipients(leader, project) == [officer]
    with pytest.raises(RuleError, match="专班"):
        written(leader, mate, project)
    instruction = written(leader, officer, project)
    assert set(db.session.scalars(instructions.visible_to(officer))) == {instruction}
    assert not list(db.session.scalars(instructions.visible_to(mate)))
    with pytest.raises(NotFound):
        instructions.require_readable(mate, instruction)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("secrecy", [Secrecy.INTERNAL, Secrecy.RESTRICTED])
@pytest.mark.parametrize("place", ["office", "elsewhere"])
@pytest.mark.parametrize("project_place", ["office", "elsewhere"])
def test_query_and_question_agree_on_who_reads(leader, officer, role, secrecy, place, project_place) -> None:
    owner = officer if project_place == "office" else factories.User()
    project = factories.Project(owner=owner, secrecy=secrecy)
    instruction = Instruction(body="x", author=leader, owner=officer, office_id=officer.office_id, project=project)
    instruction.author_id, instruction.owner_id = leader.id, officer.id
    db.session.add(instruction)
    reader = factories.User(role=role, **({"office": officer.office} if place == "office" else {}))
    db.session.flush()
    for user in (reader, officer, leader):
        found = instruction in list(db.session.scalars(instructions.visible_to(user)))
        assert found == instructions.may_read(user, instruction)


def test_lists_by_scope_and_state(leader, officer, project) -> None:
    late = written(leader, officer, project, due_on=today() - timedelta(days=2))
    timely = written(leader, officer, project, due_on=today() + timedelta(days=2))
    done = written(leader, officer)
    instructions.answer(done, "已办。", by=officer)
    answered = list(db.session.scalars(instructions.answered_to(leader)))
    instructions.close(done, by=leader)
    db.session.flush()

    def ids(query) -> list[int]:
        return sorted(row.id for row in db.session.scalars(query).unique())

    assert answered == [done]
    assert ids(instructions.listed(officer, "to_me")) == [late.id, timely.id]
    assert ids(instructions.listed(leader, "by_me", late=True)) == [late.id]
    assert ids(instructions.listed(leader, "by_me", closed=True)) == [done.id]
    assert ids(instructions.listed(officer, "by_me")) == []
    assert [row.id for row in db.session.scalars(instructions.open_for(officer))] == [late.id, timely.id]
    assert ids(instructions.on(leader, project)) == [late.id, timely.id]
    assert ids(instructions.late_below(leader)) == [late.id]


def test_the_pages_go_from_the_leaders_word_to_closing(leader, officer, project, sign_in) -> None:
    chief, clerk = sign_in(leader), sign_in(officer)
    assert "示例星火基地" in text(chief.get(f"/instructions/new?project={project.id}"))
    data = {"body": "盯紧分期供地。", "owner_id": officer.id, "due_on": "明天", "project": project.id}
    created = chief.post("/instructions", data=data)
    url = created.location
    assert created.status_code == 302
    assert "盯紧分期供地" in text(clerk.get("/instructions"))
    assert "盯紧分期供地" in text(clerk.get(f"/projects/{project.id}"))
    assert clerk.post(f"{url}/receipts").status_code == 302
    page = text(clerk.get(url))
    version = page.split('name="version" value="')[1].split('"')[0]
    assert clerk.post(f"{url}/feedback", data={"feedback": "", "version": version}).status_code == 422
    assert clerk.post(f"{url}/feedback", data={"feedback": "方案已报。", "version": "1"}).status_code == 409
    assert clerk.post(f"{url}/feedback", data={"feedback": "方案已报。", "version": version}).status_code == 302
    assert clerk.post(f"{url}/closures").status_code == 403
    assert "方案已报" in text(chief.get("/leader"))
    assert chief.post(f"{url}/closures").status_code == 302
    assert "已办结" in text(chief.get(url))
    assert "盯紧分期供地" in text(chief.get("/instructions?scope=by_me&state=closed"))


def test_bad_subjects_and_lists_are_refused(leader, officer, sign_in) -> None:
    client = sign_in(leader)
    foreign = factories.Project()
    assert client.get(f"/instructions/new?project={foreign.id}").status_code == 404
    assert client.get("/instructions/new?project=x").status_code == 404
    assert client.get(f"/instructions/new?company={foreign.company_id}").status_code == 404
    assert client.get(f"/instructions/new?segment={2**63}").status_code == 404
    assert client.get("/instructions?scope=theirs").status_code == 400
    assert client.get("/instructions?state=odd").status_code == 400
    assert client.post("/instructions", data={"body": " ", "owner_id": officer.id}).status_code == 422
    assert client.post("/instructions", data={"body": "x", "owner_id": foreign.owner_id}).status_code == 422


def test_segments_can_be_instructed_on(leader, officer, sign_in) -> None:
    segment = factories.Segment(name="激光晶体")
    data = {"body": "补上这个环节。", "owner_id": officer.id, "segment": segment.id, "next": "/leader"}
    assert sign_in(leader).post("/instructions", data=data).location == "/leader"
    assert "激光晶体" in text(sign_in(officer).get("/instructions"))
