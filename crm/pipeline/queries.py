"""Reads of projects, each within what a user may see."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import joinedload, lazyload, load_only, selectinload
from sqlalchemy.sql.base import ExecutableOption

from crm.accounts.models import User
from crm.companies import queries as companies
from crm.companies.models import Company
from crm.database import db
from crm.interactions.models import Interaction, Task
from crm.interactions.queries import tasks_visible_to, with_company, with_people
from crm.interactions.queries import visible_to as interactions_visible_to
from crm.pagination import Sort
from crm.pipeline.models import (
    Agreement,
    Demand,
    DemandTask,
    Instruction,
    InstructionTask,
    Phase,
    Project,
    ProjectInteraction,
    ProjectMember,
    ProjectTask,
    Reason,
    ReasonKind,
    Route,
    Stage,
    StageChange,
    Status,
    StatusChange,
    Triage,
)
from crm.pipeline.permissions import readable
from crm.rules import today
from crm.tokens import query_text

SORTS: Mapping[str, Sort] = {
    "name": Sort(Project.pinyin_key, Project.id),
    "-name": Sort(Project.pinyin_key, Project.id, descending=True),
    "investment": Sort(Project.investment_wan, Project.id, nullable=True),
    "-investment": Sort(Project.investment_wan, Project.id, descending=True, nullable=True),
    "since": Sort(Project.stage_since, Project.id),
    "-since": Sort(Project.stage_since, Project.id, descending=True),
    "contact": Sort(Project.last_contact_on, Project.id, nullable=True),
    "-contact": Sort(Project.last_contact_on, Project.id, descending=True, nullable=True),
    "due": Sort(Project.next_step_on, Project.id, nullable=True),
    "-due": Sort(Project.next_step_on, Project.id, descending=True, nullable=True),
}
#: The day from which idle days count: the last real contact, or the entry into the stage if that is later.
ACTIVE_ON = func.greatest(Project.last_contact_on, Project.stage_since)


def visible_to(user: User) -> Select[Project]:
    """The projects that `user` may know of."""
    return select(Project).where(readable(user))


def with_line(query: Select[Project]) -> Select[Project]:
    """The same projects with what a line of a list shows of them, in the same statement."""
    return query.options(
        joinedload(Project.company),
        joinedload(Project.owner).raiseload(User.office),
        joinedload(Project.office),
        joinedload(Project.stage),
        joinedload(Project.route),
    )


def with_promises(query: Select[Project]) -> Select[Project]:
    """The same as with_line, with agreements and their promises: for the few projects of one company."""
    return with_line(query).options(joinedload(Project.agreements).joinedload(Agreement.promises))


def with_names(query: Select[Project]) -> Select[Project]:
    """The same with what a card shows besides, in a fixed number of statements."""
    return with_line(query).options(
        selectinload(Project.segments),
        selectinload(Project.members),  # whether one may move a card depends on them
        selectinload(Project.reservations),
    )


def with_rows(query: Select[Project]) -> Select[Project]:
    """The same projects with what a row of the table shows; routes and stages are those that the page has read."""
    return query.options(
        joinedload(Project.company).load_only(Company.name, Company.last_contact_on),
        joinedload(Project.owner).load_only(User.display_name).raiseload(User.office),
        joinedload(Project.office),
        selectinload(Project.segments),
        selectinload(Project.members).options(load_only(ProjectMember.user_id), lazyload(ProjectMember.user)),
    )


def with_cards(query: Select[Project]) -> Select[Project]:
    """The same as with_rows, with what gates ask; the gates too are those that the page has read."""
    return with_rows(query).options(selectinload(Project.reservations), *evidence())


def with_gates(query: Select[Project]) -> Select[Project]:
    """The same as with_names, with what gates ask of a project besides its own columns."""
    return with_names(query).options(*evidence())


def evidence() -> Sequence[ExecutableOption]:
    """How what gates ask of a project besides its own columns is loaded."""
    return (
        joinedload(Project.lead),
        selectinload(Project.admissions),
        selectinload(Project.agreements).selectinload(Agreement.reviews),
        selectinload(Project.milestones),
    )


def with_stages(query: Select[Project]) -> Select[Project]:
    """The same projects with the stages that each has passed and that are planned."""
    return query.options(
        joinedload(Project.stage),
        joinedload(Project.route).selectinload(Route.stages),
        selectinload(Project.stage_changes),
        selectinload(Project.stage_plans),
    )


def project(user: User, project_id: int) -> Select[Project]:
    """One project that `user` may know of, with all that its page shows."""
    return with_gates(visible_to(user).where(Project.id == project_id)).options(
        joinedload(Project.sponsor),
        joinedload(Project.origin),
        joinedload(Project.local_company),
        selectinload(Project.stage_plans),
        selectinload(Project.investment_years),
        selectinload(Project.members).joinedload(ProjectMember.user),
        selectinload(Project.stage_changes).joinedload(StageChange.by),
        selectinload(Project.status_changes).joinedload(StatusChange.by),
        selectinload(Project.triages).joinedload(Triage.by),
    )


def routes(*, gates: bool = True) -> Select[Route]:
    """All routes in their order with their stages; with `gates` also what these ask, and the stages taken off."""
    stages = selectinload(Route.stages)
    query = select(Route).order_by(Route.ordinal, Route.id)
    if gates:
        return query.options(stages.selectinload(Stage.gate_items), selectinload(Route.retired_stages))
    return query.options(stages)


def with_stages_in_use(routes: Collection[Route], *, gates: bool) -> Select[Route]:
    """The same routes with their stages; with `gates` also what these ask. A list shows one route of all mostly."""
    stages = selectinload(Route.stages)
    query = select(Route).where(Route.id.in_([route.id for route in routes]))
    return query.options(stages.selectinload(Stage.gate_items) if gates else stages)


def reasons(kinds: Collection[ReasonKind]) -> Select[Reason]:
    """The reasons in use for acts, in the order of the list."""
    query = select(Reason).where(Reason.kind.in_(kinds), Reason.is_active)
    return query.order_by(Reason.kind, Reason.ordinal, Reason.id)


def of_company(user: User, company_id: int) -> Select[Project]:
    """A company's projects that `user` may know of, the latest first."""
    return with_line(all_of_company(company_id).where(readable(user)))


def all_of_company(company_id: int) -> Select[Project]:
    """A company's projects, the latest first, those too of which the user may not know: to be counted alone."""
    query = select(Project).where(Project.company_id == company_id, Project.archived_at.is_(None))
    return query.order_by(Project.id.desc())


def mine(user: User) -> Select[Project]:
    """The ongoing projects of which `user` is in charge or on whose taskforce she is, the longest idle first."""
    member = select(ProjectMember.project_id).where(ProjectMember.user_id == user.id)
    query = visible_to(user).where(
        or_(Project.owner_id == user.id, Project.id.in_(member)),
        Project.status == Status.ONGOING,
        Project.archived_at.is_(None),
    )
    return with_line(query).order_by(ACTIVE_ON, Project.id)


def sponsored(user: User) -> Select[Project]:
    """The open projects whose 挂点领导 `user` is, the largest first."""
    query = visible_to(user).where(Project.sponsor_id == user.id, *is_open())
    return with_line(query).order_by(Project.investment_wan.desc().nulls_last(), Project.id)


def largest(user: User, limit: int) -> Select[Project]:
    """The largest ongoing projects that `user` may know of."""
    query = visible_to(user).where(Project.status == Status.ONGOING, Project.archived_at.is_(None))
    return with_names(query).order_by(Project.investment_wan.desc().nulls_last(), Project.id).limit(limit)


def stale(user: User) -> Select[Project]:
    """The stale projects that `user` may know of, the largest first."""
    query = visible_to(user).where(is_stale(), Project.archived_at.is_(None))
    return with_names(query).order_by(Project.investment_wan.desc().nulls_last(), Project.id)


def is_open() -> Sequence[ColumnElement[bool]]:
    """Project.is_open as conditions."""
    return Project.status.in_([Status.ONGOING, Status.PAUSED]), Project.archived_at.is_(None)


def is_stale() -> ColumnElement[bool]:
    """Project.is_stale as a condition."""
    idle = literal(today()) - ACTIVE_ON
    limit = exists().where(Stage.id == Project.stage_id, Stage.stale_days < idle)
    return (Project.status == Status.ONGOING) & limit


def stages_of(company_ids: Sequence[int], user: User) -> Mapping[int, Sequence[Stage]]:
    """The stages of the ongoing projects that `user` may know of, by company."""
    query = select(Project.company_id, Stage).join(Project.stage).order_by(Stage.ordinal.desc(), Project.id)
    query = query.where(
        Project.company_id.in_(company_ids), Project.status == Status.ONGOING, Project.archived_at.is_(None)
    )
    found: dict[int, list[Stage]] = {}
    for company_id, stage in db.session.execute(query.where(readable(user))):
        found.setdefault(company_id, []).append(stage)
    return found


def companies_in_phase(phase: Phase, user: User) -> Select[int]:
    """The ids of the companies with an ongoing project in a phase, of those that `user` may know of."""
    query = select(Project.company_id).join(Project.stage).where(Stage.phase == phase, readable(user))
    return query.where(Project.status == Status.ONGOING, Project.archived_at.is_(None))


def matches(text: str) -> ColumnElement[bool]:
    """The condition under which a project is found by its name's words, or by its company."""
    asked = query_text(text)
    if not asked:
        return false()
    found = select(Company.id).where(companies.matches(text))
    return or_(Project.search.op("@@")(cast(asked, TSQUERY)), Project.company_id.in_(found))


def interactions_of(user: User, project_id: int) -> Select[Interaction]:
    """The contacts about a project that `user` may read, the latest first."""
    linked = select(ProjectInteraction.interaction_id).where(ProjectInteraction.project_id == project_id)
    query = interactions_visible_to(user).where(Interaction.id.in_(linked))
    return with_people(query).order_by(Interaction.happened_on.desc(), Interaction.id.desc())


def about(user: User, interaction_id: int) -> Select[Project]:
    """The projects that a contact was about, of those that `user` may know of."""
    linked = select(ProjectInteraction.project_id).where(ProjectInteraction.interaction_id == interaction_id)
    return visible_to(user).where(Project.id.in_(linked)).order_by(Project.id)


def about_any(user: User, interaction_ids: Sequence[int]) -> Select[int, int, str]:
    """(contact, project, its name) of some contacts, of the projects that `user` may know of."""
    linked = select(ProjectInteraction.interaction_id, Project.id, Project.name).join(
        Project, Project.id == ProjectInteraction.project_id
    )
    return linked.where(ProjectInteraction.interaction_id.in_(interaction_ids), readable(user)).order_by(Project.id)


def tasks_of(user: User, project_id: int) -> Select[Task]:
    """The tasks of a project that `user` may read, next steps of its contacts among them, the open ones first."""
    serving = select(ProjectTask.task_id).where(ProjectTask.project_id == project_id)
    contacts = select(ProjectInteraction.interaction_id).where(ProjectInteraction.project_id == project_id)
    query = tasks_visible_to(user).where(or_(Task.id.in_(serving), Task.interaction_id.in_(contacts)))
    query = query.options(joinedload(Task.owner))
    return query.order_by(Task.done_at.isnot(None), Task.due_on.nulls_last(), Task.id)


def serving(projects: Select[int]) -> CompoundSelect[int]:
    """The ids of the tasks of some projects, and of the instructions and demands about them."""
    instructions = select(Instruction.id).where(Instruction.project_id.in_(projects))
    demands = select(Demand.id).where(Demand.project_id.in_(projects))
    return union(
        select(ProjectTask.task_id).where(ProjectTask.project_id.in_(projects)),
        select(InstructionTask.task_id).where(InstructionTask.instruction_id.in_(instructions)),
        select(DemandTask.task_id).where(DemandTask.demand_id.in_(demands)),
    )


def answering(user: User, demand_id: int) -> Select[Task]:
    """The tasks set to answer a demand which `user` may read, the open ones first."""
    linked = select(DemandTask.task_id).where(DemandTask.demand_id == demand_id)
    query = with_company(tasks_visible_to(user).where(Task.id.in_(linked)))
    return query.order_by(Task.done_at.isnot(None), Task.due_on.nulls_last(), Task.id)


def restricted_hidden_from(user: User) -> Select[int]:
    """The ids of the 受限 projects on which `user` is not named."""
    return select(Project.id).where(Project.secrecy == "restricted", not_(readable(user)))
