"""Several projects at once: cells pasted from a spreadsheet, values set for a selection, and taking that back.

All or nothing: one project that one may not change refuses the whole. What was set can be undone as long as nobody has
changed the project since.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from crm.accounts.models import User
from crm.database import N_, db, require_version
from crm.errors import Conflict, RuleError
from crm.pipeline import cells, services
from crm.pipeline.models import BulkEdit, Project
from crm.pipeline.permissions import may_act, require_act, require_readable

#: So many projects, and so many cells, one act may change.
MOST, MOST_CELLS = 500, 2_000
ACT = "project.bulk"


@dataclass(frozen=True)
class Wanted:
    """What a project is to become: the version that the page showed, and texts by field."""

    project_id: int
    version: int | None
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """A text that a rule refuses, for the one who typed it."""

    project: Project
    field: str
    text: str
    error: RuleError


@dataclass(frozen=True)
class Change:
    """A field's value now and then."""

    field: str
    before: Any
    after: Any

    @property
    def said(self) -> tuple[str, str, str]:
        """(field, now, then) as people read them."""
        cell = cells.CELLS[self.field]
        return cells.LABELS[self.field], cell.said(self.before), cell.said(self.after)


@dataclass(frozen=True)
class Planned:
    """What would change of a project, and what stands against it."""

    project: Project
    changes: Sequence[Change]
    faults: Sequence[Fault]

    @property
    def values(self) -> dict[str, Any]:
        """The values then, by field."""
        return {change.field: change.after for change in self.changes}


def projects_of(ids: Collection[int], *, by: User) -> list[Project]:
    """The projects under a lock, in the order of their ids. NotFound or Forbidden for the whole if one is foreign."""
    if len(set(ids)) > MOST:
        raise RuleError(N_("一次最多修改 %(most)d 个项目，请先缩小范围。"), most=MOST)
    query = select(Project).where(Project.id.in_(set(ids))).order_by(Project.id).with_for_update(of=Project)
    query = query.options(selectinload(Project.segments), selectinload(Project.members))
    found = {row.id: row for row in db.session.scalars(query.execution_options(populate_existing=True))}
    projects = [require_readable(by, found.get(row_id)) for row_id in sorted(set(ids))]
    return [require_act(by, ACT, project) for project in projects]


def plan(wanted: Sequence[Wanted], *, by: User) -> list[Planned]:
    """What the texts would change, with every fault; nothing is written."""
    projects = {project.id: project for project in projects_of([each.project_id for each in wanted], by=by)}
    return [_planned(projects[each.project_id], each.texts) for each in wanted]


def _planned(project: Project, texts: Mapping[str, str]) -> Planned:
    changes, faults = [], []
    for field, text in texts.items():
        try:
            change = Change(
                field, cells.CELLS[field].value(project) if field in cells.CELLS else None, cells.read(field, text)
            )
            if field == "owner_id" and project.owner_id is None:
                raise RuleError(N_("名录池里的项目还没有负责人，请在项目页指定。"))
        except RuleError as error:
            faults.append(Fault(project, field, text, error))
        else:
            changes += [change] if change.before != change.after else []
    return Planned(project, changes, faults)


def apply(wanted: Sequence[Wanted], *, by: User) -> BulkEdit | None:
    """Save all the texts, or raise: RuleError for the first fault, Conflict where a project changed meanwhile.

    Returns what can be undone; None where nothing would change. The caller commits.
    """
    done = []
    versions = {each.project_id: each.version for each in wanted}
    for each in plan(wanted, by=by):
        if each.faults:
            raise each.faults[0].error
        if each.changes:
            require_version(each.project, versions[each.project.id])
            cells.change(each.project, each.values, by=by)
            done.append(_record(each))
    if not done:
        return None
    edit = BulkEdit(owner=by, office_id=by.office_id, changes=done)
    db.session.add(edit)
    db.session.flush()
    return edit


def _record(each: Planned) -> dict[str, Any]:
    db.session.refresh(each.project, ["version"])
    typed = {change.field: cells.CELLS[change.field].typed for change in each.changes}
    return {
        "project": each.project.id,
        "version": each.project.version,
        "before": {change.field: typed[change.field](change.before) for change in each.changes},
        "after": {change.field: typed[change.field](change.after) for change in each.changes},
    }


def undo(edit: BulkEdit, *, by: User) -> int:
    """Put back what was set where nobody has changed the project since; returns how many projects stay as they are.

    Whoever did it may take it back, also where she has handed the project on by it. The caller has locked the row.
    """
    if edit.undone_at is not None:
        raise Conflict(N_("这次修改已经撤销过了。"), current=edit)
    kept = sum(not _put_back(change, edit, by) for change in edit.changes)
    edit.undo(datetime.now(UTC))
    db.session.flush()
    return kept


def _put_back(change: Mapping[str, Any], edit: BulkEdit, by: User) -> bool:
    """Whether the project is as it was before."""
    project = db.session.get(Project, change["project"], with_for_update=True, populate_existing=True)
    if project is None or project.version != change["version"]:
        return False
    handed_on = edit.owner_id == by.id and change["before"].get("owner_id") == str(by.id)
    if not may_act(by, "project.edit", project) and not handed_on:
        return False
    values = {field: cells.read(field, text) for field, text in change["before"].items()}
    cells.change(project, values, by=by, save=services.write)
    return True
