"""Projects on a common axis of time: the stages that each has passed, where it stands, and what is planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from crm.pipeline.models import Project, Stage

#: The axis is so many units wide (an SVG's own units; the browser stretches it).
WIDTH = 1000
#: It shows at most so many days before and after today, and at least so many after.
MOST_BEFORE, MOST_AFTER, LEAST_AFTER = 540, 540, 60
#: Beyond so many months only quarters are named.
MONTHS_NAMED = 14


@dataclass(frozen=True)
class Bar:
    """A stage of a project from a day to a day (not included); `is_planned` where it lies ahead."""

    stage: Stage
    starts: date
    ends: date
    is_planned: bool = False


@dataclass(frozen=True)
class Line:
    """A project with its bars in order."""

    project: Project
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Axis:
    """The days that are shown."""

    starts: date
    ends: date

    def x(self, day: date) -> float:
        """Where a day stands, within the axis."""
        share = (day - self.starts).days / (self.ends - self.starts).days
        return round(min(max(share, 0), 1) * WIDTH, 1)

    def width(self, bar: Bar) -> float:
        """How wide a bar is; a stage of one day stays visible."""
        return max(self.x(bar.ends) - self.x(bar.starts), 3)

    @property
    def months(self) -> list[date]:
        """The first days of the months on the axis, or of the quarters on a long one."""
        first = [month for month in months_from(self.starts) if month < self.ends]
        return [m for m in first if m.month % 3 == 1] if len(first) > MONTHS_NAMED else first


def months_from(day: date) -> list[date]:
    """The first days of the months after a day, for as long as an axis may be."""
    found = []
    month = day.replace(day=1)
    for _ in range((MOST_BEFORE + MOST_AFTER) // 28):
        month = (month + timedelta(days=32)).replace(day=1)
        found.append(month)
    return found


def lines(projects: Sequence[Project], today: date) -> list[Line]:
    """The projects with their bars; stage_changes and stage_plans must be loaded."""
    return [Line(project, [*past(project, today), *planned(project, today)]) for project in projects]


def past(project: Project, today: date) -> list[Bar]:
    """The stages that a project has been in; the last one until today, or until it was stopped."""
    changes = sorted(project.stage_changes, key=lambda change: (change.on_day, change.id))
    stopped = project.status_on if not project.is_open and project.status_on else today
    bars = [Bar(a.to_stage, a.on_day, b.on_day) for a, b in pairwise(changes) if a.on_day < b.on_day]
    return [*bars, Bar(changes[-1].to_stage, changes[-1].on_day, max(stopped, changes[-1].on_day))] if changes else bars


def planned(project: Project, today: date) -> list[Bar]:
    """The stages ahead that have a planned day, each until the next one; the last one a month long."""
    if not project.is_open:
        return []
    day_of = {plan.stage_id: plan.planned_on for plan in project.stage_plans}
    ahead = [(stage, max(day_of[stage.id], today)) for stage in project.later_stages if stage.id in day_of]
    ends = [day for _stage, day in ahead[1:]] + [day + timedelta(days=30) for _stage, day in ahead[-1:]]
    return [Bar(stage, day, end, is_planned=True) for (stage, day), end in zip(ahead, ends, strict=True)]


def axis_of(found: Sequence[Line], today: date) -> Axis:
    """An axis on which all lines stand, as far as it may reach."""
    days = [today, *(bar.starts for line in found for bar in line.bars)]
    ends = [bar.ends for line in found for bar in line.bars]
    first = max(min(days), today - timedelta(days=MOST_BEFORE))
    last = min(max([today + timedelta(days=LEAST_AFTER), *ends]), today + timedelta(days=MOST_AFTER))
    return Axis(first - timedelta(days=3), last + timedelta(days=3))
