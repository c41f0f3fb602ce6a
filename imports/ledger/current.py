"""What each cell of an imported ledger should say today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, tuple_

from crm.accounts.models import User
from crm.companies.naming import name_key
from crm.database import db
from crm.pipeline.models import Project, WeeklyLine
from crm.pipeline.queries import visible_to, with_names
from imports import edits, feeds, rows, understanding
from imports.columns import Head
from imports.ledger import additions
from imports.ledger.additions import Additions
from imports.ledger.values import CURRENT, text_for
from imports.models import Batch, RowFate
from imports.rows import Cell, Checked
from imports.workbook import Sheet


@dataclass(frozen=True)
class Change:
    """A cell that should say something else: sheet's name, row and column from 1, before and after.

    `project` and `header` tell a person which; with `is_number` it holds a number even if it held a text, and with
    `is_noted` a note says what it held.
    """

    sheet: str
    row: int
    column: int
    before: str
    after: str
    project: str = ""
    header: str = ""
    is_number: bool = False
    is_noted: bool = True


@dataclass(frozen=True)
class Today:
    """What a ledger does not say yet: cells that change, projects without a row, and the sheet for these.

    `typed` are cells that were put right before the import; the file has them as they were.
    """

    changes: Sequence[Change] = ()
    typed: Sequence[Change] = ()
    new: Sequence[Project] = ()
    additions: Additions | None = None

    def renamed(self, names: Mapping[str, str]) -> "Today":
        """The same for a workbook in which sheets have other names."""
        changes, typed = ([replace(c, sheet=names[c.sheet]) for c in some] for some in (self.changes, self.typed))
        moved = self.additions and replace(self.additions, sheet=names[self.additions.sheet])
        return Today(changes, typed, self.new, moved)

    @property
    def cells(self) -> list[Change]:
        """What is to be written, each cell once: today's value, else what was typed over."""
        return list({(each.sheet, each.row, each.column): each for each in (*self.typed, *self.changes)}.values())


def today(batch: Batch, user: User) -> Today:
    """What the system knows by now beyond an applied batch, of the projects that `user` may know of.

    Raises NotFound after the file was purged, UnreadableFile, HeadNotFound.
    """
    parts = list(understanding.parts_to_read(batch))
    checked = rows.check_all(parts, feeds.get(batch.feed).fields)
    projects = projects_of(batch, checked, user)
    new = additions.since(batch, list(projects.values()), user)
    lines = latest_lines([project.id for project in (*projects.values(), *new)])
    found: list[Change] = []
    for place, project in projects.items():
        part = parts[checked.sheets[place]]
        found += changes_of_row(part, checked, place, project, lines.get(project.id))
    known: dict[str, list[Project]] = {sheet.name: [] for sheet, _head in parts}
    for place, project in projects.items():
        known[parts[checked.sheets[place]][0].name].append(project)
    return Today(found, typed_over(batch), new, additions.sheet_of(batch, parts[0], new, lines, known))


def typed_over(batch: Batch) -> list[Change]:
    """The cells that a person put right in the preview. Numbers of people do not go into a note."""
    private = {field.key for field in feeds.get(batch.feed).fields if field.private}
    found = []
    for (place, number), texts in edits.latest(batch.id).items():
        part = batch.parts[place]
        for column, text in texts.items():
            is_noted = part.mapping.get(str(column)) not in private
            found.append(Change(part.sheet, number, column + 1, "", text, is_noted=is_noted))
    return found


def changes_of_row(
    part: tuple[Sheet, Head], checked: Checked, place: int, project: Project, line: WeeklyLine | None
) -> list[Change]:
    """The cells of one row that change. What the system does not know leaves the cell as it is."""
    sheet, head = part
    found = []
    for key, column in head.mapping.items():
        if key in CURRENT:
            cell, value = checked.columns[key][place], CURRENT[key](project, line)
            if value not in (None, "") and not says(key, cell, value, project):
                where = sheet.name, checked.numbers[place], column.index + 1
                said = cell.text, text_for(column, value)
                found.append(Change(*where, *said, project.name, column.header, isinstance(value, Decimal)))
    return found


def projects_of(batch: Batch, checked: Checked, user: User) -> dict[int, Project]:
    """The project of each row that `user` may know of, by the row's place: by its company and its name."""
    fates = db.session.scalars(select(RowFate).where(RowFate.batch_id == batch.id, RowFate.company_id.isnot(None)))
    companies = {(fate.sheet, fate.number): fate.company_id for fate in fates}
    query = with_names(visible_to(user).where(Project.company_id.in_(set(companies.values()))))
    known = {(p.company_id, name_key(p.name)): p for p in db.session.scalars(query).unique()}
    names = checked.values("project")
    found = {}
    for place, number in enumerate(checked.numbers):
        company_id = companies.get((checked.sheets[place], number))
        project = known.get((company_id, name_key(names[place] or ""))) if company_id else None
        if project is not None:
            found[place] = project
    return found


def latest_lines(project_ids: Sequence[int]) -> Mapping[int, WeeklyLine]:
    """The latest weekly line of each project."""
    of_these = WeeklyLine.project_id.in_(project_ids)
    latest = select(WeeklyLine.project_id, func.max(WeeklyLine.week)).where(of_these).group_by(WeeklyLine.project_id)
    query = select(WeeklyLine).where(tuple_(WeeklyLine.project_id, WeeklyLine.week).in_(latest))
    return {line.project_id: line for line in db.session.scalars(query)}


def says(key: str, cell: Cell, value: Any, project: Project) -> bool:
    """Whether a cell says the value already, in its own words: 3.5亿 is 35000 万元, 洽谈 a stage of that phase."""
    if key == "stages":
        named = [name for name, _day in cell.value or []]
        return bool(named) and named[-1] in (project.stage.name, project.stage.phase.label)
    if key == "status":
        return cell.value is project.status
    return bool(cell.value == value)
