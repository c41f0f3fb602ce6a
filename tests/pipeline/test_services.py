"""Opening, editing and moving projects: what is written, and what is refused."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.companies.models import LocalCompany
from crm.database import acting_as, db
from crm.errors import Forbidden, NotFound, RuleError
from crm.history.models import HistoryRow
from crm.pipeline import services
from crm.pipeline.models import ChangeKind, Effect, GateClosed, Project, ReasonMissing, Secrecy, Stage, Status
from crm.pipeline.services import Relations
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")

#: What opens the gate of 研判, besides a contact.
TRIAGED = {
    "summary": "二期厂房",
    "lead_source": "展会",
    "next_step": "看地",
    "next_step_on": date(2026, 12, 1),
}


@pytest.fixture
def officer():
    return factories.User()


@pytest.fixture
def manager(officer):
    return factories.User(role=Role.MANAGER, office=officer.office)


@pytest.fixture
def project(officer) -> Project:
    return factories.Project(owner=officer, stage_since=today() - timedelta(days=10))


def stage(project: Project, name: str) -> Stage:
    return next(stage for stage in project.route.stages if stage.name == name)


def complete_lead(project: Project) -> None:
    """Let the project know all that 研判 asks."""
    relations = Relations(main_segment=factories.Segment(), owner=project.owner)
    services.edit_project(project, TRIAGED, relations, by=project.owner)
    contact = factories.Interaction(company=project.company, owner=project.owner)
    services.link_interaction(project, contact)
    db.session.refresh(project)


def test_opening_writes_the_project_with_its_first_change(officer) -> None:
    company = factories.Company(owner=officer)
    segment = factories.Segment()
    project = services.open_project(
        company,
        factories.route(),
        {"name": "示例星火基地", "investment_wan": Decimal(6200), "owner_id": 99, "stage_id": 7},
        Relations(main_segment=segment, effect=Effect.FILL),
        by=officer,
    )
    assert (project.stage.name, project.owner, project.office, project.status) == (
        "线索",
        officer,
        officer.office,
        Status.ONGOING,
    )
    [change] = project.stage_changes
    assert (change.kind, change.from_stage, change.to_stage, change.by) == (
        ChangeKind.OPENING,
        None,
        project.stage,
        officer,
    )
    assert project.main_segment == segment
    assert project.pinyin_key == "shi li xing huo ji di"


def test_opening_asks_for_the_right_and_a_living_company(officer) -> None:
    stranger = factories.User()
    with pytest.raises(Forbidden):
        services.open_project(factories.Company(owner=officer), factories.route(), {"name": "甲"}, by=stranger)
    with pytest.raises(Forbidden):
        services.open_project(
            factories.Company(owner=officer), factories.route(), {"name": "甲"}, Relations(owner=stranger), by=officer
        )
    archived = factories.Company(owner=officer, archived_at="2026-01-01T00:00:00Z")
    with pytest.raises(RuleError):
        services.open_project(archived, factories.route(), {"name": "甲"}, by=officer)


def test_an_imported_past_keeps_its_days_and_says_that_no_gate_was_asked(officer) -> None:
    route = factories.route()
    days = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    project = services.open_imported(
        factories.Company(),
        route,
        {"name": "示例赤霄"},
        Relations(owner=officer),
        list(zip(route.stages[:3], days, strict=True)),
        by=officer,
        status=(Status.PAUSED, "董事会推迟", date(2026, 3, 9)),
    )
    assert (project.stage, project.stage_since) == (route.stages[2], days[2])
    assert {change.kind for change in project.stage_changes} == {ChangeKind.IMPORTED}
    assert (project.status, project.status_reason, project.status_on) == (
        Status.PAUSED,
        "董事会推迟",
        date(2026, 3, 9),
    )


def test_a_closed_gate_names_what_is_missing_and_writes_nothing(project, officer) -> None:
    with pytest.raises(GateClosed) as refused:
        services.move(project, stage(project, "研判"), by=officer, reason="快点")
    assert refused.value.details == {"stage": "研判", "count": 5}
    assert project.stage.name == "线索"
    assert len(project.stage_changes) == 1


def test_a_complete_lead_moves_on_and_the_log_tells_who_and_when(project, officer) -> None:
    complete_lead(project)
    change = services.move(project, stage(project, "研判"), by=officer)
    db.session.flush()
    assert (change.kind, change.from_stage.name, change.by, change.on_day) == (
        ChangeKind.FORWARD,
        "线索",
        officer,
        today(),
    )
    assert (project.stage.name, project.stage_since, change.passed_items) == ("研判", today(), [])


def test_a_managers_pass_keeps_what_was_missing_for_ever(project, manager) -> None:
    with pytest.raises(GateClosed):
        services.move(project, stage(project, "在谈"), by=manager)
    change = services.move(project, stage(project, "在谈"), by=manager, reason="市领导已定")
    db.session.flush()
    db.session.refresh(change)
    assert change.reason == "市领导已定"
    assert {item["fact"] for item in change.passed_items} == {
        "segment",
        "summary",
        "lead_source",
        "contact",
        "next_step",
        "pursued",
        "investment",
    }
    assert {item["stage"] for item in change.passed_items} == {"研判", "在谈"}


def test_an_administrator_moves_but_passes_no_gate(project) -> None:
    admin = factories.User(role=Role.ADMIN)
    with pytest.raises(GateClosed):
        services.move(project, stage(project, "研判"), by=admin, reason="我说了算")


def test_going_back_asks_a_reason(project, officer) -> None:
    project.stage = stage(project, "在谈")
    with pytest.raises(ReasonMissing):
        services.move(project, stage(project, "研判"), by=officer, reason="  ")
    change = services.move(project, stage(project, "研判"), by=officer, reason="企业换了负责人")
    db.session.flush()
    assert (change.kind, project.stage.name) == (ChangeKind.BACK, "研判")


def test_a_move_is_neither_before_the_last_one_nor_on_another_route(project, officer) -> None:
    complete_lead(project)
    with pytest.raises(RuleError, match="日期不能早于"):
        services.move(project, stage(project, "研判"), by=officer, on_day=project.stage_since - timedelta(days=1))
    other = factories.route("premises").stages[1]
    with pytest.raises(RuleError, match="路径"):
        services.move(project, other, by=officer, reason="换路径")


@pytest.mark.parametrize("status", [Status.PAUSED, Status.LOST, Status.ABORTED])
def test_stopping_and_reopening_ask_reasons_and_hold_the_stage(project, officer, status) -> None:
    with pytest.raises(ReasonMissing):
        services.change_status(project, status, by=officer, reason=" ")
    services.change_status(project, status, by=officer, reason="董事会推迟")
    with pytest.raises(RuleError, match="推进中"):
        services.move(project, stage(project, "研判"), by=officer)
    services.change_status(project, Status.ONGOING, by=officer, reason="重新启动")
    db.session.flush()
    assert [(c.from_status, c.to_status) for c in project.status_changes] == [
        (status, Status.ONGOING),
        (Status.ONGOING, status),
    ]


def test_only_a_project_at_the_end_of_its_route_is_complete(project, officer) -> None:
    with pytest.raises(RuleError):
        services.change_status(project, Status.COMPLETED, by=officer, reason="投产")
    project.stage = project.route.stages[-1]
    services.change_status(project, Status.COMPLETED, by=officer, reason="投产")
    assert project.status is Status.COMPLETED


def test_acts_ask_for_rights(project) -> None:
    colleague = factories.User(office=project.office)
    leader = factories.User(role=Role.LEADER, office=project.office)
    stranger = factories.User()
    to = stage(project, "研判")
    for user, error in ((colleague, Forbidden), (leader, Forbidden), (stranger, NotFound)):
        with pytest.raises(error):
            services.move(project, to, by=user)
        with pytest.raises(error):
            services.change_status(project, Status.PAUSED, by=user, reason="x")
        with pytest.raises(error):
            services.edit_project(project, {"name": "乙"}, Relations(), by=user)


def test_editing_sets_only_what_a_form_may_set(project, officer) -> None:
    before = (project.stage, project.owner, project.status)
    services.edit_project(
        project,
        {"name": "示例新名", "stage_id": 99, "status": "lost", "version": 7, "is_demo": True},
        Relations(),
        by=officer,
    )
    db.session.refresh(project)
    assert (project.stage, project.owner, project.status, project.is_demo) == (*before, False)
    assert project.name == "示例新名"


def test_changing_segments_alone_raises_the_version(session, officer) -> None:
    project = factories.Project(owner=officer)
    session.refresh(project)
    before = project.version
    services.edit_project(project, {}, Relations(main_segment=factories.Segment()), by=officer)
    session.refresh(project)
    assert project.version > before


def test_the_main_segment_changes_and_others_come_and_go(project, officer) -> None:
    first, second, third = factories.Segment(), factories.Segment(), factories.Segment()
    services.edit_project(
        project, {}, Relations(main_segment=first, effect=Effect.FILL, other_segments=[second]), by=officer
    )
    services.edit_project(
        project, {}, Relations(main_segment=second, effect=Effect.EXTEND, other_segments=[third]), by=officer
    )
    db.session.refresh(project, ["segments"])
    assert {(link.segment, link.is_main, link.effect) for link in project.segments} == {
        (second, True, Effect.EXTEND),
        (third, False, None),
    }


def test_a_project_stays_within_the_offices_of_who_gives_it(project, officer, manager) -> None:
    mate = factories.User(office=officer.office)
    stranger = factories.User()
    services.edit_project(project, {}, Relations(owner=mate), by=manager)
    assert project.owner == mate
    with pytest.raises(Forbidden):
        services.edit_project(project, {}, Relations(owner=stranger), by=manager)
    services.edit_project(project, {}, Relations(owner=stranger), by=factories.User(role=Role.ADMIN))
    assert (project.owner, project.office) == (stranger, stranger.office)


def test_who_makes_a_project_restricted_stays_named_on_it(project, manager) -> None:
    services.edit_project(project, {"secrecy": Secrecy.RESTRICTED}, Relations(), by=manager)
    db.session.flush()
    assert project.names(manager)
    assert not project.names(factories.User(office=project.office))


def test_members_keep_their_day_of_knowing(project, officer) -> None:
    first, second = factories.User(), factories.User()
    services.edit_project(project, {}, Relations(member_ids=[first.id]), by=officer)
    [member] = project.members
    services.edit_project(project, {}, Relations(member_ids=[first.id, second.id]), by=officer)
    assert member in project.members
    services.edit_project(project, {}, Relations(member_ids=[second.id]), by=officer)
    assert [m.user for m in project.members] == [second]
    with pytest.raises(NotFound):
        services.edit_project(project, {}, Relations(member_ids=[2**40]), by=officer)


def test_the_company_that_came_of_it_must_be_local(project, officer) -> None:
    company = factories.Company()
    with pytest.raises(RuleError, match="本地企业"):
        services.edit_project(project, {}, Relations(local_company=company), by=officer)
    db.session.add(LocalCompany(company=company))
    db.session.flush()
    db.session.refresh(company)
    services.edit_project(project, {}, Relations(local_company=company), by=officer)
    assert project.local_company == company


def test_contacts_are_linked_once_and_unlinked(project, officer) -> None:
    contact = factories.Interaction(company=project.company, owner=officer, happened_on=date(2026, 4, 1))
    services.set_linked_projects(contact, [project.id], officer)
    services.set_linked_projects(contact, [project.id], officer)
    db.session.refresh(project)
    assert project.last_contact_on == date(2026, 4, 1)
    services.set_linked_projects(contact, [], officer)
    db.session.refresh(project)
    assert project.last_contact_on is None
    with pytest.raises(NotFound):
        services.set_linked_projects(contact, [factories.Project(owner=officer).id], officer)
    with pytest.raises(NotFound):
        services.set_linked_projects(contact, [factories.Project(company=project.company).id], officer)


def test_a_move_is_in_history_under_the_mover(project, officer) -> None:
    project.stage = stage(project, "在谈")
    db.session.flush()
    with acting_as(officer.id):
        services.move(project, stage(project, "研判"), by=officer, reason="重新研判")
    tables = db.session.scalars(select(HistoryRow.table_name).where(HistoryRow.actor_id == officer.id))
    assert set(tables) == {"projects", "stage_changes"}
