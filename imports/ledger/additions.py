"""Projects that are new since a ledger was imported: rows for a sheet of their own in the ledger's columns."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, or_, select

from crm.accounts.models import User
from crm.companies.models import TargetList, TargetListEntry
from crm.database import N_, db
from crm.forms import shown
from crm.pipeline.models import Project, WeeklyLine
from crm.pipeline.queries import is_open, visible_to, with_names
from crm.rules import SHANGHAI
from imports.columns import Column, Head
from imports.headers import normal
from imports.ledger.values import CURRENT, text_for
from imports.models import Batch
from imports.workbook import Sheet

Value = Callable[[Project], Any]

SHEET = N_("新增项目")
TITLE = N_("%(date)s 起系统里新增、不在原表中的项目，可以剪切到相应的位置")
BELONGS = N_("所属工作表")
#: Columns that number the rows.
NUMBERED = {"序号", "编号"}
OFFICER = "officer"

#: What a row that is there keeps as it was written, and a new one gets: whose project it is, and what it is about.
FIRST: Mapping[str, Value] = {
    "project": lambda project: project.name,
    "name": lambda project: project.company.name,
    "uscc": lambda project: project.company.uscc,
    "route": lambda project: project.route.name,
    "status_reason": lambda project: project.status_reason,
    "secrecy": lambda project: project.secrecy.label,
    "capital_kind": lambda project: project.capital_kind.label,
    "currency": lambda project: project.currency,
    "energy_tce": lambda project: project.energy_tce,
    "jobs": lambda project: project.jobs,
    "members": lambda project: "、".join(member.user.display_name for member in project.members),
    "project_segment": lambda project: project.main_segment.name if project.main_segment else "",
    "lead_source": lambda project: project.lead_source,
    "triage_note": lambda project: project.triage_note,
    "next_step_on": lambda project: project.next_step_on,
    "summary": lambda project: project.summary,
}


@dataclass(frozen=True)
class Additions:
    """A sheet for new projects: its name and title, the sheet and rows whose header it has, and a row for each.

    `columns` are further headers behind those of the ledger. A row is as wide as both; None is an empty cell.
    """

    name: str
    title: str
    sheet: str
    first: int
    last: int
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]


def since(batch: Batch, known: Sequence[Project], user: User) -> list[Project]:
    """The open projects that came after the batch was applied, of its office, of those of its projects, or of the list
    that it fed; of these that `user` may know of, and without the `known` ones that have a row."""
    offices = {batch.office_id, *(project.office_id for project in known if project.office_id)}
    query = visible_to(user).where(
        Project.created_at > batch.applied_at,
        Project.id.not_in([project.id for project in known]),
        or_(Project.office_id.in_(offices), Project.company_id.in_(on_list(batch))),
        *is_open(),
    )
    query = with_names(query).order_by(Project.office_id, Project.owner_id, Project.id)
    return list(db.session.scalars(query).unique())


def on_list(batch: Batch) -> Select[int]:
    """The ids of the companies on the list that a batch fed; none for a batch without one."""
    named = select(TargetList.id).where(TargetList.name == batch.list_name, TargetList.name != "")
    return select(TargetListEntry.company_id).where(TargetListEntry.list_id.in_(named))


class Groups:
    """Where a new project belongs in a ledger of several sheets: where its officer's are, else its office's."""

    def __init__(self, known: Mapping[str, Collection[Project]]) -> None:
        self.of_officers: dict[int | None, set[str]] = defaultdict(set)
        self.of_offices: dict[int | None, set[str]] = defaultdict(set)
        for sheet, projects in known.items():
            for project in projects:
                self.of_officers[project.owner_id].add(sheet)
                self.of_offices[project.office_id].add(sheet)

    def of(self, project: Project) -> str:
        """The only sheet that it can be; '' where there is none or a choice."""
        officers = self.of_officers.get(project.owner_id, set()) if project.owner_id else set()
        found = officers or (self.of_offices.get(project.office_id, set()) if project.office_id else set())
        return next(iter(found)) if len(found) == 1 else ""


def sheet_of(
    batch: Batch,
    where: tuple[Sheet, Head],
    projects: Sequence[Project],
    lines: Mapping[int, WeeklyLine],
    known: Mapping[str, Collection[Project]],
) -> Additions | None:
    """The rows of new projects under the header of a ledger's sheet; None without any.

    `known` are the projects that have a row, by sheet; where there are several, it is said to which one a row belongs.
    """
    if not projects:
        return None
    sheet, head = where
    groups = Groups(known)
    further: dict[str, Callable[[Project], str]] = {}
    if len(batch.parts) > 1:
        further[_(BELONGS)] = groups.of
    if OFFICER not in head.mapping:
        further[_("负责人")] = lambda project: shown(CURRENT[OFFICER](project, None))
    rows = []
    for number, project in enumerate(projects, 1):
        row = [cell_of(column, number, project, lines.get(project.id)) for column in head.columns]
        rows.append(row + [value(project) for value in further.values()])
    assert batch.applied_at is not None  # noqa: S101 -- nothing is new since a batch that was not applied
    title = _(TITLE, date=batch.applied_at.astimezone(SHANGHAI).date())
    return Additions(_(SHEET), title, sheet.name, head.row, head.last_row, list(further), rows)


def cell_of(column: Column, number: int, project: Project, line: WeeklyLine | None) -> str | float | None:
    """What a new project says in a column: a number where it is one, nothing where the system does not know."""
    key = column.key or ""
    if normal(column.header)[0] in NUMBERED:
        return float(number)
    if key in CURRENT:
        value = CURRENT[key](project, line)
    elif key in FIRST:
        value = FIRST[key](project)
    else:
        return None
    if value in (None, ""):
        return None
    return float(text_for(column, value)) if isinstance(value, Decimal | int) else text_for(column, value)
