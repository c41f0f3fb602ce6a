"""The acts on contacts. The caller commits."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import TypeVar

from sqlalchemy import func, select

from crm.accounts.models import User
from crm.accounts.permissions import require
from crm.companies import services as companies
from crm.companies.models import Company, Contact
from crm.database import N_, db, require_version
from crm.errors import Forbidden, NotFound, RuleError
from crm.interactions import extensions, queries
from crm.interactions.models import (
    Intent,
    Interaction,
    InteractionCompany,
    InteractionContact,
    InteractionKind,
    InteractionOfficer,
    Task,
)
from crm.tokens import index_text

Row = TypeVar("Row", Company, Contact, User)


@dataclass(frozen=True)
class Record:
    """What a person records of a contact. The first company is the main one; `new_company` names one to create.

    `owner` is the officer whose contact it was; whoever calls the act typed it. `about` holds, by a subject's key
    (extensions), the ids of the rows that it was about.
    """

    kind: InteractionKind
    happened_on: date
    summary: str
    owner: User
    companies: Sequence[Company] = ()
    new_company: str = ""
    happened_at: time | None = None
    officers: Sequence[User] = ()
    contacts: Sequence[Contact] = ()
    other_people: str = ""
    demands: str = ""
    intent: Intent | None = None
    about: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class NextStep:
    """What is to be done after a contact, by its officer; becomes a task."""

    title: str
    due_on: date | None = None


def log_interaction(
    record: Record, by: User, *, next_step: NextStep | None = None, client_uuid: uuid.UUID | None = None
) -> Interaction:
    """Record a contact with its people, companies, subjects and next step; returns it.

    Sent twice under one `client_uuid` it is one contact: the second call returns the first one's. Raises Forbidden for
    a company that `by` may not log on (another office's) or an officer whose contacts `by` may not enter, RuleError for
    what cannot be.
    """
    client_uuid = client_uuid or uuid.uuid4()
    if earlier := sent_before(client_uuid, by):
        return earlier
    record = with_companies(record, by)
    require_owner(record.owner, by)
    interaction = Interaction(client_uuid=client_uuid, entered_by=by)
    write(interaction, record)
    db.session.add(interaction)
    db.session.flush()  # subjects and the task link to the id
    if next_step is not None:
        add_next_step(interaction, next_step, by)
    settle(interaction, record, by)
    for tell in extensions.after_logging:
        tell(interaction)
    return interaction


def sent_before(client_uuid: uuid.UUID, by: User) -> Interaction | None:
    """The contact that `by` has already sent under this id; Forbidden if somebody else has.

    Two sendings at once wait for each other here, so the second one finds the first one's row.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(str(client_uuid), 0))))
    earlier = db.session.scalars(queries.sent_as(client_uuid)).one_or_none()
    if earlier is not None and earlier.entered_by_id != by.id:
        raise Forbidden(N_("这条记录是别人提交的，请重新打开页面再填。"))
    return earlier


def with_companies(record: Record, by: User) -> Record:
    """The record with the new company created; Forbidden or RuleError unless `by` may log on every company."""
    if record.new_company:
        created = companies.create_company({"name": record.new_company}, by=by)
        record = replace(record, companies=[*record.companies, created], new_company="")
    if not record.companies:
        raise RuleError(N_("请选择企业。"))
    for company in record.companies:
        require_loggable(company, by)
    return record


def require_loggable(company: Company, by: User) -> None:
    """Raise unless `by` may log a contact with the company: her own, her office's, the pool's; not an archived one."""
    require(by, "interaction.create", company)
    companies.require_active(company)


def require_owner(owner: User, by: User) -> None:
    """Raise Forbidden unless `by` may enter contacts of `owner`: herself or a colleague of her office (代录)."""
    if owner.id == by.id:
        return
    allowed = queries.officers_for(by).where(User.id == owner.id)
    if db.session.scalars(allowed).one_or_none() is None:
        raise Forbidden(N_("只能替本部门的同事代录。"))


def write(interaction: Interaction, record: Record) -> None:
    """Put what was recorded into the rows, leaving those that stay."""
    chosen = {company.id for company in record.companies}
    for contact in record.contacts:
        if contact.company_id not in chosen or contact.erased_at is not None:
            raise RuleError(N_("“%(name)s”不是这家企业的联系人。"), name=contact.name)
    interaction.owner = record.owner
    interaction.office_id = record.owner.office_id
    interaction.kind = record.kind
    interaction.happened_on = record.happened_on
    interaction.happened_at = record.happened_at
    interaction.summary = record.summary
    interaction.demands = record.demands
    interaction.intent = record.intent
    interaction.other_people = record.other_people
    interaction.search = index_text(record.summary, record.demands, record.other_people)
    write_links(interaction, record)


def write_links(interaction: Interaction, record: Record) -> None:
    """Make the linked companies, officers and contacts those of the record."""
    main = record.companies[0].id
    kept = {link.company_id: link for link in interaction.companies}
    interaction.companies = [
        kept.get(company.id) or InteractionCompany(company=company) for company in unique(record.companies)
    ]
    for link in interaction.companies:
        link.is_main = link.company.id == main
    there = {link.user_id: link for link in interaction.officers}
    interaction.officers = [
        there.get(u.id) or InteractionOfficer(user=u) for u in unique([record.owner, *record.officers])
    ]
    met = {link.contact_id: link for link in interaction.contacts}
    interaction.contacts = [met.get(c.id) or InteractionContact(contact=c) for c in unique(record.contacts)]


def unique(rows: Iterable[Row]) -> list[Row]:
    """The rows in order, each once."""
    return list({row.id: row for row in rows}.values())


def add_next_step(interaction: Interaction, next_step: NextStep, by: User) -> Task:
    """The next step as a task of the officer whose contact it was."""
    task = Task(
        title=next_step.title,
        due_on=next_step.due_on,
        owner=interaction.owner,
        office_id=interaction.office_id,
        created_by=by,
        company=interaction.company,
        interaction=interaction,
    )
    db.session.add(task)
    db.session.flush()
    return task


def settle(interaction: Interaction, record: Record, by: User, former: Iterable[int] = ()) -> None:
    """Bring up to date what follows from a contact: its subjects, and the last contact of its companies.

    `former` are the ids of companies that it was linked to before.
    """
    db.session.flush()
    for subject in extensions.subjects:
        subject.attach(interaction, record.about.get(subject.key, ()), by)
    companies.refresh_last_contact({link.company_id for link in interaction.companies} | set(former))


def edit_interaction(interaction_id: int, record: Record, by: User, version: int | None) -> Interaction:
    """Correct a contact. Raises NotFound, Forbidden, Conflict (somebody saved it since `version`), RuleError.

    A company that it was with already may stay whoever holds it now; an added one must be open to `by`.
    """
    interaction = interaction_to_edit(interaction_id, by)
    require_version(interaction, version)
    former = {link.company_id for link in interaction.companies}
    for company in record.companies:
        if company.id not in former:
            require_loggable(company, by)
    if record.owner.id != interaction.owner_id:
        require_owner(record.owner, by)
    write(interaction, record)
    settle(interaction, record, by, former)
    return interaction


def interaction_to_edit(interaction_id: int, by: User) -> Interaction:
    """The contact under a lock, or NotFound where `by` may not see it, Forbidden where she may not edit it."""
    query = queries.visible_to(by).where(Interaction.id == interaction_id).with_for_update(of=Interaction)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(queries.NOT_FOUND)
    require(by, "interaction.edit", found)
    return found
