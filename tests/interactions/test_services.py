"""Acts on contacts and tasks."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from crm.accounts.models import Role, User
from crm.companies.models import Company
from crm.companies.services import refresh_last_contact
from crm.database import acting_as, db
from crm.errors import Conflict, Forbidden, NotFound, RuleError
from crm.interactions import extensions, services, tasks
from crm.interactions.models import Intent, Interaction, InteractionCompany, InteractionKind, Task
from crm.interactions.services import NextStep, Record
from crm.rules import today
from tests import factories


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.fixture
def company(officer):
    return factories.Company(owner=officer)


def record(company: Company, owner: User, **values) -> Record:
    """A visit of yesterday."""
    given = {
        "kind": InteractionKind.VISIT,
        "happened_on": today() - timedelta(days=1),
        "summary": "参观车间，谈到二期扩产。",
        "owner": owner,
        "companies": [company],
    }
    return Record(**{**given, **values})


def test_logging_writes_all_that_belongs_together(session, officer, company):
    colleague = factories.User(office=officer.office)
    known = factories.Contact(company=company, name="王经理")
    logged = services.log_interaction(
        record(
            company,
            officer,
            officers=[colleague],
            contacts=[known],
            other_people="陈工",
            demands="要 50 亩地",
            intent=Intent.STRONG,
        ),
        officer,
        next_step=NextStep("寄送供地方案", today() + timedelta(days=3)),
    )
    session.expire_all()
    assert logged.company == company
    assert [link.user_id for link in logged.officers] == [officer.id, colleague.id]
    assert [link.contact.name for link in logged.contacts] == ["王经理"]
    assert not logged.was_entered_for_another
    assert company.last_contact_on == today() - timedelta(days=1)
    task = session.scalars(select(Task).where(Task.interaction_id == logged.id)).one()
    assert (task.title, task.owner_id, task.company_id) == ("寄送供地方案", officer.id, company.id)
    assert task.due_on == today() + timedelta(days=3)


def test_a_contact_is_found_by_its_words(session, officer, company):
    logged = services.log_interaction(record(company, officer, demands="用电 800 千伏安"), officer)
    tokens = session.scalar(select(Interaction.search).where(Interaction.id == logged.id))
    assert "'扩产'" in tokens
    assert "'用电'" in tokens


def test_logging_for_a_colleague_keeps_both_names(session, officer, company):
    colleague = factories.User(office=officer.office)
    logged = services.log_interaction(record(company, colleague), officer)
    assert (logged.owner_id, logged.entered_by_id) == (colleague.id, officer.id)
    assert logged.was_entered_for_another


def test_nobody_logs_for_another_office(session, officer, company):
    with pytest.raises(Forbidden):
        services.log_interaction(record(company, factories.User()), officer)


def test_a_company_of_another_office_is_refused(session, officer):
    theirs = factories.Company(owner=factories.User())
    with pytest.raises(Forbidden):
        services.log_interaction(record(theirs, officer), officer)
    assert session.scalar(select(func.count()).select_from(Interaction)) == 0


def test_a_company_of_the_pool_is_open_to_all(session, officer):
    pooled = factories.Company()
    services.log_interaction(record(pooled, officer), officer)
    session.refresh(pooled)
    assert pooled.last_contact_on == today() - timedelta(days=1)
    assert pooled.in_pool


def test_an_archived_company_takes_no_contact(session, officer):
    archived = factories.Company(owner=officer, archived_at=func.now())
    with pytest.raises(Conflict):
        services.log_interaction(record(archived, officer), officer)


def test_a_new_company_needs_only_a_name(session, officer, company):
    logged = services.log_interaction(
        replace(record(company, officer), companies=[], new_company="示例新光激光有限公司"), officer
    )
    assert logged.company.name == "示例新光激光有限公司"
    assert logged.company.owner_id == officer.id
    assert logged.company.last_contact_on == today() - timedelta(days=1)


def test_no_company_is_refused(session, officer, company):
    with pytest.raises(RuleError):
        services.log_interaction(replace(record(company, officer), companies=[]), officer)


def test_people_of_another_company_are_refused(session, officer, company):
    stranger = factories.Contact()
    with pytest.raises(RuleError):
        services.log_interaction(record(company, officer, contacts=[stranger]), officer)


def test_sent_twice_it_is_one_contact(session, officer, company):
    number = uuid.uuid4()
    first = services.log_interaction(record(company, officer), officer, client_uuid=number)
    second = services.log_interaction(record(company, officer, summary="另一句"), officer, client_uuid=number)
    assert first.id == second.id
    assert second.summary == "参观车间，谈到二期扩产。"


def test_an_id_that_another_has_used_tells_nothing(session, officer, company):
    number = uuid.uuid4()
    services.log_interaction(record(company, officer), officer, client_uuid=number)
    other = factories.User(office=officer.office)
    with pytest.raises(Forbidden):
        services.log_interaction(record(company, other), other, client_uuid=number)


def test_ten_sendings_at_once_are_one_contact(committed_app):
    with committed_app.app_context(), factories.acting():
        officer = factories.User()
        company = factories.Company(owner=officer)
        officer_id, company_id = officer.id, company.id
        db.session.commit()
    number = uuid.uuid4()

    def send(_turn: int) -> int:
        with committed_app.app_context(), acting_as(officer_id):
            by = db.session.get_one(User, officer_id)
            logged = services.log_interaction(
                record(db.session.get_one(Company, company_id), by),
                by,
                next_step=NextStep("寄送供地方案"),
                client_uuid=number,
            )
            db.session.commit()
            return logged.id

    with ThreadPoolExecutor(10) as pool:
        ids = set(pool.map(send, range(10)))
    with committed_app.app_context():
        assert len(ids) == 1
        assert db.session.scalar(select(func.count()).select_from(Interaction)) == 1
        assert db.session.scalar(select(func.count()).select_from(Task)) == 1


def test_correcting_the_day_moves_the_last_contact(session, officer, company):
    logged = services.log_interaction(record(company, officer), officer)
    session.refresh(logged)
    earlier = today() - timedelta(days=20)
    services.edit_interaction(logged.id, record(company, officer, happened_on=earlier), officer, logged.version)
    session.refresh(company)
    assert company.last_contact_on == earlier


def test_moving_a_contact_to_another_company_frees_the_first(session, officer, company):
    other = factories.Company(owner=officer)
    logged = services.log_interaction(record(company, officer), officer)
    session.refresh(logged)
    services.edit_interaction(logged.id, record(other, officer), officer, logged.version)
    session.refresh(company)
    session.refresh(other)
    assert company.last_contact_on is None
    assert other.last_contact_on == today() - timedelta(days=1)


def test_the_last_contact_follows_set_based_changes(session, officer, company):
    services.log_interaction(record(company, officer), officer)
    early, late = date(2026, 1, 5), date(2026, 2, 7)
    factories.Interaction(company=company, owner=officer, happened_on=late)
    session.execute(update(Interaction).where(Interaction.happened_on > late).values(happened_on=early))
    refresh_last_contact([company.id])
    session.refresh(company)
    assert company.last_contact_on == late


def test_correcting_from_an_old_version_is_a_conflict(session, officer, company):
    logged = services.log_interaction(record(company, officer), officer)
    session.refresh(logged)
    stale = logged.version
    services.edit_interaction(logged.id, record(company, officer, summary="第一次改"), officer, stale)
    with pytest.raises(Conflict):
        services.edit_interaction(logged.id, record(company, officer, summary="第二次改"), officer, stale)


def test_correcting_keeps_what_stays(session, officer, company):
    second = factories.Company(owner=officer)
    logged = services.log_interaction(record(company, officer, companies=[company, second]), officer)
    session.refresh(logged)
    links = {link.company_id: link.id for link in logged.companies}
    services.edit_interaction(logged.id, record(company, officer, companies=[second, company]), officer, logged.version)
    session.expire_all()
    after = session.scalars(select(InteractionCompany).where(InteractionCompany.interaction_id == logged.id)).all()
    assert {link.company_id: link.id for link in after} == links
    assert logged.company == second


def test_a_colleague_reads_but_does_not_correct(session, officer, company):
    logged = services.log_interaction(record(company, officer), officer)
    colleague = factories.User(office=officer.office)
    with pytest.raises(Forbidden):
        services.edit_interaction(logged.id, record(company, officer), colleague, 1)


def test_a_stranger_finds_nothing_to_correct(session, officer, company):
    logged = services.log_interaction(record(company, officer), officer)
    with pytest.raises(NotFound):
        services.edit_interaction(logged.id, record(company, officer), factories.User(), 1)


def test_whoever_typed_it_may_correct_it(session, officer, company):
    colleague = factories.User(office=officer.office)
    logged = services.log_interaction(record(company, colleague), officer)
    session.refresh(logged)
    services.edit_interaction(logged.id, record(company, colleague, summary="改错字"), officer, logged.version)
    assert logged.summary == "改错字"


def test_subjects_are_attached_at_each_save(session, officer, company, monkeypatch):
    attached = []
    subject = extensions.Subject(
        "things",
        "事项",
        choices=lambda company, user: [],
        attach=lambda interaction, ids, user: attached.append((interaction.id, list(ids))),
        links=lambda interactions, user: {},
    )
    monkeypatch.setattr(extensions, "subjects", [subject])
    told = []
    monkeypatch.setattr(extensions, "after_logging", [told.append])
    logged = services.log_interaction(record(company, officer, about={"things": [7]}), officer)
    session.refresh(logged)
    services.edit_interaction(logged.id, record(company, officer), officer, logged.version)
    assert attached == [(logged.id, [7]), (logged.id, [])]
    assert told == [logged]


def test_a_task_is_done_once_and_taken_back(session, officer):
    task = factories.Task(owner=officer)
    done = tasks.complete_task(task.id, officer).done_at
    assert tasks.complete_task(task.id, officer).done_at == done
    assert not tasks.reopen_task(task.id, officer).is_done


def test_a_task_is_handed_on(session, officer):
    task = factories.Task(owner=officer)
    colleague = factories.User(office=officer.office)
    tasks.hand_over_task(task.id, colleague, officer)
    assert (task.owner_id, task.handed_by_id) == (colleague.id, officer.id)
    assert task.created_by_id == officer.id


def test_a_task_stays_within_the_office(session, officer):
    task = factories.Task(owner=officer)
    with pytest.raises(Forbidden):
        tasks.hand_over_task(task.id, factories.User(), officer)


def test_a_done_task_is_not_handed_on(session, officer):
    task = factories.Task(owner=officer)
    tasks.complete_task(task.id, officer)
    with pytest.raises(RuleError):
        tasks.hand_over_task(task.id, factories.User(office=officer.office), officer)


def test_a_manager_sets_tasks_below(session):
    manager = factories.User(role=Role.MANAGER)
    below = factories.User(office=factories.Office(parent=manager.office))
    task = tasks.create_task("走访宏图", manager, owner=below, due_on=today())
    assert (task.owner_id, task.office_id, task.created_by_id) == (below.id, below.office_id, manager.id)
    tasks.edit_task(task.id, manager, task.version, title="走访宏图与星火", due_on=None, note="")
    assert task.title == "走访宏图与星火"
