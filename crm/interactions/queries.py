"""Reads of contacts and tasks, each within what a user may see."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, cast, func, literal, not_, or_, select, union
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import Role, User
from crm.accounts.permissions import held_by, may, office_ids
from crm.companies import queries as companies
from crm.companies.models import Company, Contact
from crm.database import N_
from crm.interactions import extensions
from crm.interactions.models import (
    Interaction,
    InteractionCompany,
    InteractionContact,
    InteractionDocument,
    InteractionOfficer,
    Task,
    TaskWatcher,
)
from crm.pagination import Sort
from crm.rules import SHANGHAI, today
from crm.tokens import query_text

INTERACTION_SORTS: Mapping[str, Sort] = {
    "happened": Sort(Interaction.happened_on, Interaction.id),
    "-happened": Sort(Interaction.happened_on, Interaction.id, descending=True),
}
TASK_SORTS: Mapping[str, Sort] = {
    "due": Sort(Task.due_on, Task.id, nullable=True),
    "-done": Sort(Task.done_at, Task.id, descending=True, nullable=True),
}
NOT_FOUND = N_("没有找到这条记录，或者您没有权限查看。")

#: So many companies of late are offered without searching.
RECENT = 6


def readable(user: User) -> ColumnElement[bool]:
    """The condition under which `user` may read a contact: it is hers or her office's, or its company is readable.

    A restriction that a higher slice has registered goes before either.
    """
    of_company = (
        select(literal(1))
        .select_from(InteractionCompany)
        .join(Company, Company.id == InteractionCompany.company_id)
        .where(InteractionCompany.interaction_id == Interaction.id, companies.readable(user))
    )
    hidden = [not_(condition(user)) for condition in extensions.hidden_interactions]
    return and_(or_(held_by(Interaction, user, "interaction.read", named(user)), of_company.exists()), *hidden)


def named(user: User) -> Any:
    """The ids of the contacts at which `user` was, or which she has typed."""
    return union(
        select(Interaction.id).where(Interaction.entered_by_id == user.id),
        select(InteractionOfficer.interaction_id).where(InteractionOfficer.user_id == user.id),
    ).scalar_subquery()


def editable(user: User) -> ColumnElement[bool]:
    """The condition under which `user` may edit a contact."""
    return and_(readable(user), held_by(Interaction, user, "interaction.edit", named(user)))


def document_ids(interaction_id: int) -> Select[int]:
    """The ids of a contact's photos and files."""
    return select(InteractionDocument.document_id).where(InteractionDocument.interaction_id == interaction_id)


def visible_to(user: User) -> Select[Interaction]:
    """The contacts that `user` may read."""
    return select(Interaction).where(readable(user))


def with_people(query: Select[Interaction]) -> Select[Interaction]:
    """The same rows with what a list shows of them, loaded at once."""
    return query.options(
        joinedload(Interaction.owner),
        joinedload(Interaction.entered_by),
        selectinload(Interaction.companies).joinedload(InteractionCompany.company),
    )


def interaction(user: User, interaction_id: int) -> Select[Interaction]:
    """One contact that `user` may read, with all that its page shows."""
    return with_all(visible_to(user).where(Interaction.id == interaction_id))


def with_all(query: Select[Interaction]) -> Select[Interaction]:
    """The same rows with all that a page of theirs shows, in a fixed number of statements."""
    return with_people(query).options(
        joinedload(Interaction.office),
        selectinload(Interaction.officers).joinedload(InteractionOfficer.user),
        selectinload(Interaction.contacts).joinedload(InteractionContact.contact),
    )


def sent_as(client_uuid: uuid.UUID) -> Select[Interaction]:
    """The contact that a phone has sent under this id."""
    return select(Interaction).where(Interaction.client_uuid == client_uuid)


def of_company(user: User, company_id: int) -> Select[Interaction]:
    """The readable contacts with a company."""
    linked = select(InteractionCompany.interaction_id).where(InteractionCompany.company_id == company_id)
    return visible_to(user).where(Interaction.id.in_(linked))


@dataclass(frozen=True)
class InteractionFilter:
    """What a list of contacts is narrowed to; None narrows nothing. `mine` are those of one's own."""

    scope: str = "mine"
    owner_id: int | None = None
    kind: str | None = None
    since: date | None = None
    until: date | None = None

    def apply(self, query: Select[Interaction], user: User) -> Select[Interaction]:
        """The query with the filter's conditions."""
        if self.scope == "mine":
            query = query.where(Interaction.owner_id == user.id)
        if self.owner_id is not None:
            query = query.where(Interaction.owner_id == self.owner_id)
        if self.kind is not None:
            query = query.where(Interaction.kind == self.kind)
        if self.since is not None:
            query = query.where(Interaction.happened_on >= self.since)
        if self.until is not None:
            query = query.where(Interaction.happened_on <= self.until)
        return query


def naming(user: User, name: str) -> Select[Interaction]:
    """The readable contacts in whose words a name stands, the latest first."""
    said = Interaction.search.op("@@")(cast(query_text(name) or "", TSQUERY))
    words = (Interaction.summary, Interaction.demands, Interaction.other_people)
    query = visible_to(user).where(said, or_(*(text.contains(name, autoescape=True) for text in words)))
    return with_people(query).order_by(Interaction.happened_on.desc(), Interaction.id.desc())


def contact_days() -> Subquery:
    """When contacts with companies happened: (company_id, day), from which each company's last contact follows."""
    return (
        select(InteractionCompany.company_id, Interaction.happened_on.label("day"))
        .join(Interaction, Interaction.id == InteractionCompany.interaction_id)
        .subquery()
    )


def came_of(interaction: Interaction) -> ColumnElement[bool]:
    """The condition that a task is the next step of a contact."""
    return Task.interaction_id == interaction.id


def logged_between(user: User, first: date, last: date) -> Select[Interaction]:
    """One's own contacts of some days with their companies, in one statement, the latest first."""
    query = visible_to(user).where(Interaction.owner_id == user.id, Interaction.happened_on.between(first, last))
    return query.options(
        joinedload(Interaction.owner), joinedload(Interaction.companies).joinedload(InteractionCompany.company)
    ).order_by(Interaction.happened_on.desc(), Interaction.id.desc())


def recent_companies(user: User) -> Select[Company]:
    """The companies that the user dealt with last, the latest entry first; archived ones left out."""
    last = func.max(Interaction.id)
    latest = (
        select(InteractionCompany.company_id, last.label("last"))
        .join(Interaction, Interaction.id == InteractionCompany.interaction_id)
        .where(or_(Interaction.owner_id == user.id, Interaction.entered_by_id == user.id))
        .group_by(InteractionCompany.company_id)
        .order_by(last.desc())
        .limit(RECENT)
        .subquery()
    )
    query = select(Company).join(latest, latest.c.company_id == Company.id).where(Company.archived_at.is_(None))
    return query.where(companies.readable(user)).order_by(latest.c.last.desc())


def known_people(user: User, company: Company) -> Select[Contact]:
    """The people of a company whom one may know of, the erased ones left out."""
    query = select(Contact).where(Contact.company_id == company.id, Contact.erased_at.is_(None)).order_by(Contact.id)
    return query if may(user, "company.read", company) else query.where(literal(False))


def officers_for(user: User) -> Select[User]:
    """Those whose contact `user` may enter: herself, and as 代录 officers and managers of her office and below."""
    return assignees(user).where(or_(User.role.in_([Role.OFFICER, Role.MANAGER]), User.id == user.id))


def assignees(user: User) -> Select[User]:
    """The active users to whom `user` may give a task: her office and those below it; an administrator all."""
    query = select(User).where(User.disabled_at.is_(None))
    if user.role is not Role.ADMIN:
        query = query.where(User.office_id.in_(office_ids(user)))
    return query.order_by(User.display_name, User.id)


def task_readable(user: User) -> ColumnElement[bool]:
    """The condition under which `user` may read a task: like a contact's, and whoever set it keeps sight of it."""
    named = union(
        select(Task.id).where(or_(Task.created_by_id == user.id, Task.handed_by_id == user.id)),
        select(TaskWatcher.task_id).where(TaskWatcher.user_id == user.id),
    ).scalar_subquery()
    of_company = select(literal(1)).where(Company.id == Task.company_id, companies.readable(user))
    hidden = [not_(condition(user)) for condition in extensions.hidden_tasks]
    return and_(or_(held_by(Task, user, "task.read", named), of_company.exists()), *hidden)


def tasks_visible_to(user: User) -> Select[Task]:
    """The tasks that `user` may read."""
    return select(Task).where(task_readable(user))


def with_company(query: Select[Task]) -> Select[Task]:
    """The same tasks with what a list shows of them."""
    return query.options(joinedload(Task.owner), joinedload(Task.company), joinedload(Task.handed_by))


def tasks(user: User, scope: str, state: str) -> Select[Task]:
    """A list of tasks: scope `mine`, `handed` (set or handed on by the user, now with somebody else), `watched` or
    `office`; state `open`, `late`, `today` or `done`.
    """
    query = tasks_visible_to(user).where(*_in_scope(user, scope))
    return with_company(query.where(*_in_state(state)))


def _in_scope(user: User, scope: str) -> list[ColumnElement[bool]]:
    if scope == "handed":
        return [or_(Task.created_by_id == user.id, Task.handed_by_id == user.id), Task.owner_id != user.id]
    if scope == "watched":
        return [Task.id.in_(select(TaskWatcher.task_id).where(TaskWatcher.user_id == user.id))]
    if scope == "office":
        return [Task.office_id.in_(office_ids(user))]
    return [Task.owner_id == user.id]


def _in_state(state: str) -> list[ColumnElement[bool]]:
    conditions: dict[str, list[Any]] = {
        "open": [Task.done_at.is_(None)],
        "late": [Task.done_at.is_(None), Task.due_on < today()],
        "today": [Task.done_at.is_(None), Task.due_on == today()],
        "done": [Task.done_at.isnot(None)],
    }
    return conditions[state]


def due_by(user: User, last: date) -> Select[Task]:
    """One's own open tasks due by a day, the latest ones first in line."""
    query = tasks(user, "mine", "open").where(Task.due_on <= last)
    return query.order_by(Task.due_on, Task.id)


def done_since(user: User, first: date) -> Select[Task]:
    """One's own tasks done on or after a day."""
    start = datetime.combine(first, time.min, SHANGHAI)
    return tasks(user, "mine", "done").where(Task.done_at >= start).order_by(Task.done_at.desc())
