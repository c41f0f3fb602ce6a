"""Review by segment: what a manager's meeting goes through. Each segment with its targets, what blocks them, what was
instructed."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.chain.models import Segment
from crm.companies.models import Company, CompanySegment, LocalCompany
from crm.companies.queries import readable as company_readable
from crm.database import N_, db
from crm.gaps.ranking.score import Reason
from crm.interactions.models import Task
from crm.interactions.queries import tasks_visible_to
from crm.pipeline import gates, instructions
from crm.pipeline.models import CoordinationItem, Instruction, Project, ProjectSegment, Stage, Status
from crm.pipeline.permissions import readable
from crm.pipeline.queries import is_open, routes, with_gates
from crm.rules import today

#: So many projects and so many companies without one stand in a segment; of all segments at once, fewer.
SHOWN, SHOWN_OF_ALL = 30, 8
#: So many missing items are named.
NAMED = 3
#: By whether there are more than that.
LACKING = {
    False: N_("进入“%(stage)s”缺%(items)s"),
    True: N_("进入“%(stage)s”缺%(items)s等 %(count)d 项"),
}


@dataclass(frozen=True)
class Line:
    """A target: its company, the project if there is one, and where it stands."""

    company: Company
    owner: User | None
    #: Days since the last contact; None: never.
    days: int | None
    project: Project | None = None
    next_step: str = ""
    next_on: date | None = None
    blocks: Sequence[Reason] = ()


@dataclass
class Review:
    """A segment's targets, how many more there are of which one may not know, and the instructions on them."""

    segment: Segment
    lines: list[Line] = field(default_factory=list)
    #: Beyond those that are shown: of one's own sight, and of other offices'.
    more: int = 0
    hidden_projects: int = 0
    hidden_companies: int = 0
    instructions: list[Instruction] = field(default_factory=list)


def reviews_of(segments: Sequence[Segment], user: User) -> list[Review]:
    """The reviews of some segments, in their order, in a fixed number of statements."""
    shown = SHOWN if len(segments) == 1 else SHOWN_OF_ALL
    found = {segment.id: Review(segment) for segment in segments}
    projects = add_projects(found, user, shown)
    add_companies(found, user, shown)
    add_instructions(found, projects, user)
    return list(found.values())


def add_projects(found: Mapping[int, Review], user: User, shown: int) -> dict[int, list[int]]:
    """Put each segment's open projects on its review; returns the segments of each project."""
    links = numbered_projects(found.keys(), user)
    rows = db.session.execute(select(links).where(links.c.number <= shown).order_by(links.c.number)).all()
    ids = [row.id for row in rows]
    _held = db.session.scalars(routes()).all()  # gates read stages: asked once, and held, for the session forgets them
    query = with_gates(select(Project).where(Project.id.in_(ids)))
    project_of = {project.id: project for project in db.session.scalars(query).unique()}
    asked = unanswered(ids)
    segments: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row.segment_id].lines.append(line_of(project_of[row.id], asked.get(row.id, ())))
        segments[row.id].append(row.segment_id)
    seen = {row.segment_id: row.seen for row in rows}
    for segment_id, total in db.session.execute(open_projects(found.keys())):
        found[segment_id].hidden_projects = total - seen.get(segment_id, 0)
        found[segment_id].more += max(0, seen.get(segment_id, 0) - shown)
    return segments


def numbered_projects(segment_ids: Collection[int], user: User) -> Subquery:
    """(segment, project, its place in the segment, how many there are) of those that the user may know of."""
    order = (Stage.probability.desc(), Project.investment_wan.desc().nulls_last(), Project.id)
    place = func.row_number().over(partition_by=ProjectSegment.segment_id, order_by=order)
    seen = func.count().over(partition_by=ProjectSegment.segment_id)
    query = select(ProjectSegment.segment_id, Project.id, place.label("number"), seen.label("seen"))
    query = query.join(Project, Project.id == ProjectSegment.project_id).join(Project.stage)
    return query.where(ProjectSegment.segment_id.in_(segment_ids), *is_open(), readable(user)).subquery()


def open_projects(segment_ids: Collection[int]) -> Select[int, int]:
    """(segment, open projects), whoever may know of them."""
    query = select(ProjectSegment.segment_id, func.count()).join(Project, Project.id == ProjectSegment.project_id)
    return query.where(ProjectSegment.segment_id.in_(segment_ids), *is_open()).group_by(ProjectSegment.segment_id)


def unanswered(project_ids: Collection[int]) -> dict[int, list[CoordinationItem]]:
    """What each project asks of offices and nobody has answered."""
    query = select(CoordinationItem).options(joinedload(CoordinationItem.office))
    query = query.where(CoordinationItem.project_id.in_(project_ids), CoordinationItem.answered_at.is_(None))
    found: defaultdict[int, list[CoordinationItem]] = defaultdict(list)
    for item in db.session.scalars(query.order_by(CoordinationItem.due_on.nulls_last(), CoordinationItem.id)):
        found[item.project_id].append(item)
    return found


def line_of(project: Project, asked: Sequence[CoordinationItem]) -> Line:
    """A project's line."""
    return Line(
        company=project.company,
        owner=project.owner,
        days=(today() - project.last_contact_on).days if project.last_contact_on else None,
        project=project,
        next_step=project.next_step,
        next_on=project.next_step_on,
        blocks=[*blocks_of(project), *map(asks, asked)],
    )


def blocks_of(project: Project) -> list[Reason]:
    """What keeps a project where it stands."""
    found = []
    if project.status is Status.PAUSED:
        found.append(Reason(N_("已暂缓：%(reason)s"), {"reason": project.status_reason}))
    if (missing := gates.missing_for_next(project)) and project.next_stage is not None:
        facts = {"stage": (project.next_stage.name,), "items": tuple(item.label for item in missing[:NAMED])}
        words = (
            N_("进入“%(stage)s”缺%(items)s")
            if len(missing) <= NAMED
            else N_("进入“%(stage)s”缺%(items)s等 %(count)d 项")
        )
        found.append(Reason(words, {**facts, "count": len(missing)}))
    if project.is_stale(today()):
        found.append(Reason(N_("停滞 %(days)d 天"), {"days": project.idle_days(today())}))
    if project.next_step_on is not None and project.next_step_on < today():
        found.append(Reason(N_("下一步逾期，原定 %(day)s"), {"day": project.next_step_on.isoformat()}))
    return found


def asks(item: CoordinationItem) -> Reason:
    """需协调事项 as what blocks."""
    if item.office is None:
        return Reason(N_("需协调：%(body)s"), {"body": item.body})
    return Reason(N_("等%(office)s协调：%(body)s"), {"office": item.office.name, "body": item.body})


def add_companies(found: Mapping[int, Review], user: User, shown: int) -> None:
    """Put the companies that somebody follows and that have no project yet on their segments' reviews."""
    links = numbered_companies(found.keys(), user)
    rows = db.session.execute(select(links).where(links.c.number <= shown).order_by(links.c.number)).all()
    ids = {row.id for row in rows}
    query = select(Company).where(Company.id.in_(ids)).options(joinedload(Company.owner).raiseload(User.office))
    company_of = {company.id: company for company in db.session.scalars(query)}
    steps = next_tasks(ids, user)
    for row in rows:
        found[row.segment_id].lines.append(company_line(company_of[row.id], steps.get(row.id)))
        found[row.segment_id].more += max(0, row.seen - shown) if row.number == 1 else 0
    for segment_id, count in db.session.execute(hidden_companies(found.keys(), user)):
        found[segment_id].hidden_companies = count


def followed(segment_ids: Collection[int]) -> Sequence[Any]:
    """The conditions on CompanySegment and Company: in one of the segments, from elsewhere, held by somebody."""
    is_local = select(LocalCompany.company_id)
    return (
        CompanySegment.segment_id.in_(segment_ids),
        Company.owner_id.isnot(None),
        Company.archived_at.is_(None),
        Company.id.not_in(is_local),
    )


def numbered_companies(segment_ids: Collection[int], user: User) -> Subquery:
    """(segment, company, its place, how many) of followed companies without an open project that the user may know of;
    the longest without contact first."""
    known = select(Project.company_id).where(*is_open(), readable(user))
    place = func.row_number().over(
        partition_by=CompanySegment.segment_id, order_by=(Company.last_contact_on.nulls_first(), Company.id)
    )
    seen = func.count().over(partition_by=CompanySegment.segment_id)
    query = select(CompanySegment.segment_id, Company.id, place.label("number"), seen.label("seen"))
    query = query.join(Company, Company.id == CompanySegment.company_id)
    return query.where(*followed(segment_ids), company_readable(user), Company.id.not_in(known)).subquery()


def hidden_companies(segment_ids: Collection[int], user: User) -> Select[int, int]:
    """(segment, followed companies that the user may not read): who holds a company stands on its card. They are
    counted among all that are followed: the planner takes the condition itself for one that hardly any row fulfils."""
    hidden = func.count().filter(~company_readable(user))
    query = select(CompanySegment.segment_id, hidden).join(Company, Company.id == CompanySegment.company_id)
    return query.where(*followed(segment_ids)).group_by(CompanySegment.segment_id)


def next_tasks(company_ids: Collection[int], user: User) -> dict[int, Task]:
    """The open task of each company that is due first."""
    query = tasks_visible_to(user).where(Task.company_id.in_(company_ids), Task.done_at.is_(None))
    found: dict[int, Task] = {}
    for task in db.session.scalars(query.order_by(Task.due_on.nulls_last(), Task.id)):
        if task.company_id is not None:
            found.setdefault(task.company_id, task)
    return found


def company_line(company: Company, task: Task | None) -> Line:
    """The line of a company that is followed, but has no project."""
    return Line(
        company=company,
        owner=company.owner,
        days=company.days_without_contact(today()),
        next_step=task.title if task else "",
        next_on=task.due_on if task else None,
        blocks=[Reason(N_("还没有立项"))],
    )


def add_instructions(found: Mapping[int, Review], projects: Mapping[int, Sequence[int]], user: User) -> None:
    """Put the open instructions on the segments, and on the projects that are shown, on their reviews."""
    query = instructions.with_names(instructions.visible_to(user)).where(
        or_(Instruction.segment_id.in_(found.keys()), Instruction.project_id.in_(projects.keys())),
        Instruction.closed_at.is_(None),
    )
    for one in db.session.scalars(query.order_by(Instruction.due_on.nulls_last(), Instruction.id)).unique():
        places = [one.segment_id] if one.segment_id else projects.get(one.project_id or 0, ())
        for segment_id in places:
            found[segment_id].instructions.append(one)
