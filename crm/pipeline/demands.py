"""诉求: written down, handed to somebody who answers by a day, answered."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.accounts.permissions import held_by, may, require, require_visible
from crm.accounts.settings import setting
from crm.calendar import add_working_days
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.interactions.models import Interaction
from crm.interactions.tasks import complete_task
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.pagination import Sort
from crm.pipeline.models import Demand, DemandKind, Project, ProjectInteraction
from crm.pipeline.permissions import may_read as may_read_project
from crm.pipeline.permissions import readable as project_readable
from crm.rules import today

SORTS = {"due": Sort(Demand.due_on, Demand.id), "-due": Sort(Demand.due_on, Demand.id, descending=True)}
SCOPES, STATES = ("mine", "by_me", "all"), ("open", "late", "answered")


def readable(user: User) -> ColumnElement[bool]:
    """The condition under which `user` may read a demand: never that of a project of which she may not know."""
    mine = select(Demand.id).where(Demand.created_by_id == user.id).scalar_subquery()
    known = select(Project.id).where(project_readable(user))
    of_known = or_(Demand.project_id.is_(None), Demand.owner_id == user.id, Demand.project_id.in_(known))
    return held_by(Demand, user, "demand.read", member_ids=mine) & of_known


def visible_to(user: User) -> Select[Demand]:
    """The demands that `user` may read, with what a line shows of them."""
    query = select(Demand).where(readable(user))
    return query.options(joinedload(Demand.company), joinedload(Demand.owner), joinedload(Demand.project))


def listed(user: User, scope: str, state: str) -> Select[Demand]:
    """Demands to answer (`mine`), that one wrote down (`by_me`) or all; open, late or answered."""
    query = visible_to(user)
    if scope != "all":
        query = query.where((Demand.owner_id if scope == "mine" else Demand.created_by_id) == user.id)
    if state == "answered":
        return query.where(Demand.answered_on.isnot(None))
    query = query.where(Demand.answered_on.is_(None))
    return query.where(Demand.due_on < today()) if state == "late" else query


def of_project(user: User, project_id: int) -> Select[Demand]:
    """A project's demands, the open ones first."""
    query = visible_to(user).where(Demand.project_id == project_id)
    return query.order_by(Demand.answered_on.isnot(None), Demand.due_on, Demand.id)


def of_company(user: User, company_id: int) -> Select[Demand]:
    """A company's demands, the open ones first."""
    query = visible_to(user).where(Demand.company_id == company_id)
    return query.order_by(Demand.answered_on.isnot(None), Demand.due_on, Demand.id)


def require_readable(user: User, demand: Demand | None) -> Demand:
    """The demand; NotFound where there is none or `user` may not read it."""
    if demand is None or not may_read(user, demand):
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return demand


def may_read(user: User, demand: Demand) -> bool:
    """Whether `user` may read a demand; who is to answer knows of its project by that."""
    knows = demand.project is None or demand.owner_id == user.id or may_read_project(user, demand.project)
    return knows and may(user, "demand.read", demand)


def term() -> date:
    """The day until which a demand raised today is answered by default (setting, in working days)."""
    return add_working_days(today(), setting("demand_days"))


def raise_demand(
    company: Company,
    values: Mapping[str, Any],
    owner: User,
    *,
    by: User,
    project: Project | None = None,
    interaction: Interaction | None = None,
) -> Demand:
    """Write a demand down and hand it to who answers.

    `values`: kind, body, due_on, and raised_on where that is neither the day of the contact nor today. RuleError where
    it is about a 受限 project of which the one who is to answer does not know.
    """
    require_visible(by, "company.read", company)
    require(by, "demand.create")
    _require_informed(project, owner)
    demand = Demand(
        company=company,
        project=project,
        interaction=interaction,
        owner=owner,
        office_id=owner.office_id,
        created_by=by,
        **{"raised_on": interaction.happened_on if interaction else today(), **values},
    )
    db.session.add(demand)
    db.session.flush()
    _tell(demand, owner, NoticeKind.DEMAND_DUE, by)
    return demand


def _tell(demand: Demand, user: User, kind: NoticeKind, by: User) -> None:
    """A count and a link, to whom the act itself does not tell it."""
    if user.id != by.id:
        notify(user, key=f"demand {demand.id} {kind.value} {demand.version}", kind=kind, url=f"/demands/{demand.id}")


def _require_informed(project: Project | None, owner: User) -> None:
    if project is not None and project.is_restricted and not project.names(owner):
        raise RuleError(N_("受限项目的诉求只能交给知情人；请先把这位同事列入专班。"))


def edit(demand: Demand, values: Mapping[str, Any], owner: User, *, by: User) -> None:
    """Change what is asked, by when and of whom. The caller has locked the row and compared its version."""
    require(by, "demand.edit", demand)
    _require_informed(demand.project, owner)
    demand.kind, demand.body, demand.due_on = values["kind"], values["body"], values["due_on"]
    demand.owner, demand.owner_id, demand.office_id = owner, owner.id, owner.office_id
    db.session.flush()
    _tell(demand, owner, NoticeKind.DEMAND_DUE, by)


def answer(demand: Demand, text: str, *, by: User, done: Sequence[int] = (), on_day: date | None = None) -> None:
    """答复, today unless a day is given, and with it the tasks `done` by their ids. The caller has locked the row;
    whoever wrote it down is told."""
    require(by, "demand.edit", demand)
    demand.settle(text, on_day or today())
    db.session.flush()
    for task_id in done:
        complete_task(task_id, by)
    _tell(demand, demand.created_by, NoticeKind.DEMAND_ANSWERED, by)


def take_from(interaction: Interaction, *, by: User) -> list[Demand]:
    """A demand for each line of a contact's 诉求 that is none yet, for its officer to answer within the term.

    About the contact's project where it was about one alone.
    """
    linked = select(ProjectInteraction).where(ProjectInteraction.interaction_id == interaction.id)
    projects = [link.project for link in db.session.scalars(linked)]
    project = projects[0] if len(projects) == 1 else None
    known = set(db.session.scalars(select(Demand.body).where(Demand.interaction_id == interaction.id)))
    lines = [line.strip(" \t-·•*") for line in interaction.demands.splitlines()]
    return [
        raise_demand(
            interaction.company,
            {"kind": DemandKind.OTHER, "body": line, "due_on": term()},
            interaction.owner,
            by=by,
            project=project,
            interaction=interaction,
        )
        for line in dict.fromkeys(lines)
        if line and line not in known
    ]
