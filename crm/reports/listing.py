"""The projects behind a figure: which of them one may see, what each adds to it, and what the others add together.

What is shown and what is not add up to the figure, whoever looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import BadRequest
from crm.pipeline.models import Project
from crm.reports import frames, queries
from crm.reports.scope import Scope
from crm.reports.tables import Measure, Report, name_of, names_of, said

#: So many projects stand on a page.
SHOWN = 100


@dataclass(frozen=True)
class Part:
    """A quantity of which a figure is made: its whole, and what the projects that one may not see add to it."""

    label: str
    whole: str
    hidden: str


@dataclass(frozen=True)
class Listing:
    """A page of the projects behind a figure, those that add most first."""

    report: Report
    measure: Measure
    scope: Scope
    #: In words: the whole city, or the group's name.
    group: str
    figure: str
    parts: Sequence[Part]
    #: Each project with what it adds to the parts.
    rows: Sequence[tuple[Project, Sequence[str]]]
    counted: int
    visible: int
    start: int

    @property
    def hidden(self) -> int:
        """How many projects add to the figure of which one may not know."""
        return self.counted - self.visible

    @property
    def following(self) -> int | None:
        """Where the next page begins; None: this is the last one."""
        return self.start + SHOWN if self.start + SHOWN < self.visible else None

    @property
    def preceding(self) -> int | None:
        """Where the page before begins."""
        return max(0, self.start - SHOWN) if self.start else None


def behind(report: Report, measure: Measure, scope: Scope, key: str | None, user: User, start: int = 0) -> Listing:
    """The projects behind a figure of a report: of the group of a key, with None of all of them.

    BadRequest for a group that the report does not have.
    """
    data = frames.load(scope)
    values = report.values(data)
    if key is not None:
        found = frames.members(data, key)
        if not found:
            raise BadRequest(N_("没有这个分组。"))
        values = values.loc[values.index.isin(found)]
    counted = frames.adding(values, measure.made_of, zeros=measure.kind == "days")
    known = counted.index.isin(list(db.session.scalars(queries.visible(user))))
    shown = counted[known].iloc[start : start + SHOWN]
    figure = frames.number(report.figures(values)[measure.key])
    return Listing(
        report,
        measure,
        scope,
        str(_("全市")) if key is None else group_name(scope, key),
        said(measure.kind, figure),
        [part(report, name, measure, counted[name].sum(), counted[~known][name].sum()) for name in measure.made_of],
        lines(report, shown, measure),
        counted=len(counted),
        visible=int(known.sum()),
        start=start,
    )


def part(report: Report, name: str, measure: Measure, whole: float, hidden: float) -> Part:
    """A quantity's sums; days are not added up."""
    kind, label = kind_of(report, name, measure), label_of(report, name)
    if kind == "days":
        return Part(label, "", "")
    return Part(label, said(kind, float(whole)), said(kind, float(hidden)))


def kind_of(report: Report, name: str, measure: Measure) -> str:
    """How a quantity is read."""
    return next((each.kind for each in report.measures if each.key == name), measure.kind)


def label_of(report: Report, name: str) -> str:
    """What a quantity is called."""
    return next((str(_(each.label)) for each in report.measures if each.key == name), name)


def lines(report: Report, shown: Any, measure: Measure) -> list[tuple[Project, list[str]]]:
    """The projects of a page, in its order; `shown` are rows of frames.adding."""
    query = select(Project).where(Project.id.in_([int(each) for each in shown.index]))
    query = query.options(joinedload(Project.company), joinedload(Project.stage), joinedload(Project.office))
    known: Mapping[Any, Project] = {project.id: project for project in db.session.scalars(query).unique()}
    kinds = [kind_of(report, name, measure) for name in measure.made_of]
    found = []
    for project_id, row in zip(shown.index, shown.itertuples(index=False), strict=True):
        texts = [said(kind, frames.number(value)) for kind, value in zip(kinds, row, strict=True)]
        found.append((known[int(project_id)], texts))
    return found


def group_name(scope: Scope, key: str) -> str:
    """A group's name from its key as an address has it."""
    names = {str(known): name for known, name in names_of(scope.group).items()}
    return name_of(scope.group, key, names)
