"""Weekly lines: what a project's line is prefilled with, who has not reported, and saving one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, not_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import Office, User
from crm.accounts.queries import ids_below
from crm.accounts.settings import setting
from crm.database import N_, db, locked, require_version
from crm.errors import RuleError
from crm.interactions.models import Interaction
from crm.interactions.queries import visible_to as interactions_visible_to
from crm.pipeline.coordination import open_items, raise_item
from crm.pipeline.models import Project, ProjectInteraction, StageChange, Status, StatusChange
from crm.pipeline.models.weekly import CoordinationItem, WeeklyLine
from crm.pipeline.permissions import require_act
from crm.pipeline.queries import visible_to
from crm.pipeline.weeks import Week

#: A page and its print show so many projects; an office with more reports office by office.
SHOWN = 300
#: A contact's summary is prefilled up to here; who reports shortens or completes it.
SUMMARY = 80


@dataclass
class Report:
    """A project in a week: its line if there is one, and what could stand in it."""

    project: Project
    line: WeeklyLine | None
    happened: list[str]
    #: Asked of other offices in this or an earlier week and not answered, and what this line asked.
    items: list[CoordinationItem] = field(default_factory=list)

    @property
    def draft(self) -> Mapping[str, str]:
        """The line's texts; without a line what the week's contacts and changes say."""
        if self.line is not None:
            return {"progress": self.line.progress, "plan": self.line.plan, "standstill": self.line.standstill}
        day = self.project.next_step_on
        plan = self.project.next_step + (f"（{day.month}月{day.day}日前）" if self.project.next_step and day else "")
        return {"progress": "\n".join(self.happened), "plan": plan, "standstill": ""}


@dataclass(frozen=True)
class Laggard:
    """Somebody who has not reported some of her projects in a week."""

    office: str
    name: str
    count: int


def deadline(week: Week) -> date | None:
    """By when the week's lines are due."""
    return week.due_on(setting("report_weekday"))


def reporting(user: User, scope: str, office_id: int | None = None) -> Select[Project]:
    """The projects that report each week, of those that `user` may know of: 推进, with somebody in charge.

    `scope`: `mine` or `all`; `office_id` narrows to an office and those below it.
    """
    query = visible_to(user).where(*is_reporting())
    if scope == "mine":
        query = query.where(Project.owner_id == user.id)
    if office_id is not None:
        query = query.where(Project.office_id.in_(ids_below(office_id)))
    return query.order_by(Project.office_id, Project.owner_id, Project.id)


def is_reporting() -> Sequence[ColumnElement[bool]]:
    """The conditions under which a project reports each week."""
    return Project.status == Status.ONGOING, Project.archived_at.is_(None), Project.owner_id.isnot(None)


def reports(user: User, week: Week, scope: str, office_id: int | None = None) -> list[Report]:
    """The projects of a scope with their lines of a week, in a fixed number of statements; at most SHOWN."""
    query = reporting(user, scope, office_id).limit(SHOWN).options(
        joinedload(Project.company), joinedload(Project.owner), joinedload(Project.office), joinedload(Project.stage),
        selectinload(Project.members),
    )  # fmt: skip
    projects = db.session.scalars(query).unique().all()
    return reports_on(projects, user, week)


def reports_on(projects: Sequence[Project], user: User, week: Week) -> list[Report]:
    """The projects with their lines of a week."""
    ids = [project.id for project in projects]
    lines = {line.project_id: line for line in db.session.scalars(lines_of(week, ids))}
    happened = happenings(user, ids, week)
    found = {project.id: Report(project, lines.get(project.id), happened[project.id]) for project in projects}
    for item in db.session.scalars(open_items(ids, [line.id for line in lines.values()])):
        found[item.project_id].items.append(item)
    return list(found.values())


def lines_of(week: Week, project_ids: Collection[int]) -> Select[WeeklyLine]:
    """The lines of a week of some projects."""
    query = select(WeeklyLine).where(WeeklyLine.week == week.monday, WeeklyLine.project_id.in_(project_ids))
    return query.options(joinedload(WeeklyLine.by))


def history_of(project_id: int, count: int = 8) -> Select[WeeklyLine]:
    """The latest lines of one project, the newest first."""
    query = select(WeeklyLine).where(WeeklyLine.project_id == project_id).order_by(WeeklyLine.week.desc()).limit(count)
    return query.options(joinedload(WeeklyLine.by), selectinload(WeeklyLine.items).joinedload(CoordinationItem.office))


def happenings(user: User, project_ids: Collection[int], week: Week) -> Mapping[int, list[str]]:
    """What happened with projects in a week by the day it happened, in words for their lines, by project."""
    found: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for project_id, interaction in db.session.execute(contacts_in(user, project_ids, week)):
        text = f"{interaction.kind.label}：{shortened(interaction.summary)}"
        found[project_id].append((interaction.happened_on, text))
    between = week.monday, week.sunday
    stages = select(StageChange).where(StageChange.project_id.in_(project_ids), StageChange.on_day.between(*between))
    for change in db.session.scalars(stages.options(joinedload(StageChange.to_stage))):
        found[change.project_id].append((change.on_day, f"进入“{change.to_stage.name}”阶段。"))
    statuses = select(StatusChange).where(StatusChange.project_id.in_(project_ids))
    for status in db.session.scalars(statuses.where(StatusChange.on_day.between(*between))):
        found[status.project_id].append((status.on_day, f"{status.to_status.label}：{shortened(status.reason)}"))
    words = {
        project_id: [f"{day.month}月{day.day}日{text}" for day, text in sorted(rows)]
        for project_id, rows in found.items()
    }
    return defaultdict(list, words)


def contacts_in(user: User, project_ids: Collection[int], week: Week) -> Select[int, Interaction]:
    """(project, contact) of a week, of the contacts that `user` may read."""
    contacts = interactions_visible_to(user).join(
        ProjectInteraction, ProjectInteraction.interaction_id == Interaction.id
    )
    in_week = Interaction.happened_on.between(week.monday, week.sunday)
    query = contacts.where(ProjectInteraction.project_id.in_(project_ids), in_week)
    return query.with_only_columns(ProjectInteraction.project_id, Interaction)


def shortened(text: str) -> str:
    """The first line of a text, at most SUMMARY characters."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= SUMMARY else f"{line[: SUMMARY - 1]}…"


def laggards(user: User, week: Week, office_id: int | None = None) -> list[Laggard]:
    """Who has not reported in a week, of the projects that `user` may know of, office by office."""
    reported = exists().where(WeeklyLine.project_id == Project.id, WeeklyLine.week == week.monday)
    owed = reporting(user, "all", office_id).where(not_(reported), Project.stage_since <= week.sunday)
    counted = owed.order_by(None).with_only_columns(Project.owner_id, Project.office_id, func.count().label("count"))
    owing = counted.group_by(Project.owner_id, Project.office_id).subquery()
    query = (
        select(Office.name, User.display_name, owing.c.count)
        .join(Office, Office.id == owing.c.office_id)
        .join(User, User.id == owing.c.owner_id)
        .order_by(Office.id, owing.c.count.desc(), User.id)
    )
    return [Laggard(*row) for row in db.session.execute(query)]


def reminder(week: Week, owing: Sequence[Laggard]) -> str:
    """催报: a text to copy into the group chat. It holds counts, never a project's name."""
    by_office: dict[str, list[str]] = {}
    for one in owing:
        by_office.setdefault(one.office, []).append(f"{one.name}（{one.count} 个）")
    day = deadline(week)
    until = f"请于{day.month}月{day.day}日下班前在系统“周进展”中填报。" if day else "请尽快在系统“周进展”中填报。"
    head = f"【周进展催报】{week.year}年第{week.number}周尚未填报的项目："
    return "\n".join([head, *(f"{office}：{'、'.join(names)}" for office, names in by_office.items()), until])


def save_line(project_id: int, week: Week, values: Mapping[str, Any], version: int | None, *, by: User) -> WeeklyLine:
    """Write or change a project's line of a week; `need`, `office` and `due_on` in `values` ask an office.

    Raises NotFound, Forbidden by right; Conflict where somebody saved it meanwhile; RuleError where it says nothing.
    """
    project = require_act(by, "project.edit", locked(db.session, Project, project_id))
    if week.is_future:
        raise RuleError(N_("还没有到这一周。"))
    require_open(project)
    require_said(values)
    line = db.session.scalars(select(WeeklyLine).filter_by(project_id=project_id, week=week.monday)).one_or_none()
    if line is None:
        line = WeeklyLine(project=project, project_id=project_id, week=week.monday, by=by)
        db.session.add(line)
    else:
        require_version(line, version)
    line.progress, line.plan, line.standstill = values["progress"], values["plan"], values["standstill"]
    line.by = by
    db.session.flush()
    if values.get("need"):
        raise_item(line, values["need"], values.get("office"), values.get("due_on"), by=by)
    return line


def require_open(project: Project) -> None:
    """Nothing is reported on what has been put away."""
    if project.archived_at is not None:
        raise RuleError(N_("已归档的项目不能修改。"))


def require_said(values: Mapping[str, Any]) -> None:
    """A line says what was done, or why nothing was."""
    if not values["progress"] and not values["standstill"]:
        raise RuleError(N_("请写本周进展；没有进展时写明原因。"))
