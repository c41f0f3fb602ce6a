"""What somebody holds: every column that points to a user is listed here, or names who did something and stays.

A column that nobody listed refuses the act, so that a new table cannot be forgotten (and fails the suite).
"""

from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Table, and_, false, not_, or_, select, true

from crm.accounts.models import Role, User
from crm.database import N_, Base
from crm.interactions.extensions import hidden_tasks
from crm.rules import today


@dataclass(frozen=True)
class Holding:
    """Rows that go to whoever takes over: how people call them, which of them (`open`), and whether their office goes
    along. With `once` the taker has such a row at most once: where she has, the giver keeps hers.
    """

    label: str
    open: str = ""
    with_office: bool = True
    once: str = ""


#: {table.column: what goes}. `open` names a condition of OPEN.
HOLDINGS: dict[str, Holding] = {
    "companies.owner_id": Holding(N_("企业")),
    "projects.owner_id": Holding(N_("在推进或暂缓的项目"), open="projects"),
    "projects.sponsor_id": Holding(N_("挂点的项目"), open="projects", with_office=False),
    "project_members.user_id": Holding(N_("专班成员"), with_office=False, once="project_id"),
    "claims.owner_id": Holding(N_("首谈"), open="claims"),
    "coordination_items.owner_id": Holding(N_("没有答复的协调事项"), open="coordination_items", with_office=False),
    "demands.owner_id": Holding(N_("没有答复的企业诉求"), open="demands"),
    "promises.owner_id": Holding(N_("没有兑现的承诺"), open="promises", with_office=False),
    "tasks.owner_id": Holding(N_("未完成的待办"), open="tasks"),
    "target_lists.owner_id": Holding(N_("招商清单")),
    "instructions.owner_id": Holding(N_("没有办结的批示"), open="instructions"),
    "trips.owner_id": Holding(N_("还没结束的出访"), open="trips"),
}

#: Columns that tell whose something was, or that belong to the person: they stay.
STAYING = {
    "bulk_edits.owner_id",
    "claim_requests.owner_id",
    "contact_reveals.user_id",
    "exports.user_id",
    "former_passwords.user_id",
    "hand_overs.from_id",
    "hand_overs.to_id",
    "import_batches.owner_id",
    "import_cell_edits.user_id",
    "import_profiles.owner_id",
    "insiders.user_id",
    "instructions.author_id",
    "interaction_officers.user_id",
    "interactions.owner_id",
    "leads.introducer_id",
    "notice_choices.user_id",
    "notices.user_id",
    "saved_views.owner_id",
    "second_factors.user_id",
    "sign_in_sessions.user_id",
    "task_watchers.user_id",
    "trip_officers.user_id",
    "uploads.owner_id",
}


def pointing() -> set[str]:
    """table.column of every foreign key to users but those that name who did something (`by_id`, `…_by_id`)."""
    return {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.column.table.name == "users" for key in column.foreign_keys)
        and column.name != "by_id"
        and not column.name.endswith("_by_id")
    }


def unlisted() -> set[str]:
    """Foreign keys to users of which nobody has said what a hand-over does."""
    return pointing() - HOLDINGS.keys() - STAYING


def table_of(key: str) -> tuple[Table, Column[int]]:
    """The table and column of a key."""
    table, column = key.split(".")
    found = Base.metadata.tables[table]
    return found, found.c[column]


def held(key: str, giver: User, by: User) -> ColumnElement[bool]:
    """The condition under which a row goes: hers, still open, not about a 受限 project hidden from `by`."""
    _table, column = table_of(key)
    opened = HOLDINGS[key].open
    return and_(column == giver.id, is_open(opened) if opened else true(), known_to(key, by))


def is_open(name: str) -> ColumnElement[bool]:
    """Whether a row of a table still asks for somebody."""
    tables = Base.metadata.tables
    table = tables[name]
    if name == "projects":
        return table.c.status.in_(("ongoing", "paused")) & table.c.archived_at.is_(None)
    if name == "claims":
        return table.c.state.in_(("recorded", "filed", "accepted"))
    if name == "trips":
        return table.c.cancelled_at.is_(None) & (table.c.ends_on >= today())
    if name == "promises":
        return table.c.fulfilled_on.is_(None) & table.c.cleared_on.is_(None)
    closing = {"tasks": "done_at", "instructions": "closed_at", "demands": "answered_on"}
    closing["coordination_items"] = "answered_at"
    return table.c[closing[name]].is_(None)


def known_to(key: str, by: User) -> ColumnElement[bool]:
    """Whether a row is about no 受限 project, or one that `by` may know of: else only an administrator moves it."""
    if by.role is Role.ADMIN:
        return true()
    projects, members = Base.metadata.tables["projects"], Base.metadata.tables["project_members"]
    named = select(members.c.project_id).where(members.c.user_id == by.id)
    hidden = select(projects.c.id).where(
        projects.c.secrecy == "restricted",
        projects.c.id.not_in(named),
        or_(projects.c.owner_id.is_(None), projects.c.owner_id != by.id),
    )
    table, _column = table_of(key)
    if table is projects:
        return table.c.id.not_in(hidden)
    if key == "tasks.owner_id":
        return not_(or_(false(), *(condition(by) for condition in hidden_tasks)))
    if key == "promises.owner_id":
        agreements = Base.metadata.tables["agreements"]
        return table.c.agreement_id.not_in(select(agreements.c.id).where(agreements.c.project_id.in_(hidden)))
    if "project_id" not in table.c:
        return true()
    return or_(table.c.project_id.is_(None), table.c.project_id.not_in(hidden))
