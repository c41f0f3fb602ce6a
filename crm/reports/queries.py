"""What the figures are made of: projects, the days on which they reached their phases, money year by year.

City-wide, as figures are; only `visible` asks who looks.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Double, Select, Text, cast, func, select

from crm.accounts.models import Office, User
from crm.chain.models import Chain, Segment
from crm.pipeline.models import (
    InvestmentYear,
    Milestone,
    MilestoneKind,
    Phase,
    Project,
    ProjectSegment,
    Route,
    Stage,
    StageChange,
)
from crm.pipeline.models.agreements import Agreement, Promise
from crm.pipeline.permissions import readable


def projects() -> Select[*tuple[Any, ...]]:
    """One row for each project that is not archived; numbers as floats and values of lists as texts, for speed."""
    query = select(
        Project.id,
        cast(Project.status, Text).label("status"),
        func.coalesce(cast(Project.investment_wan, Double), 0.0).label("investment"),
        Project.office_id.label("office"),
        Project.lead_source.label("source"),
        func.left(Project.origin_code, 2).label("origin"),
        Route.slug.label("route"),
        cast(Stage.phase, Text).label("phase"),
        cast(Stage.probability, Double).label("probability"),
    )
    return query.join(Project.route).join(Project.stage).where(Project.archived_at.is_(None))


def reached() -> Select[*tuple[Any, ...]]:
    """(project, and by phase the first day on which it stood there; None: never)."""
    first = func.min(StageChange.on_day)
    days = (first.filter(Stage.phase == phase).label(phase.value) for phase in Phase)
    query = select(StageChange.project_id.label("project"), *days).join(StageChange.to_stage)
    return query.group_by(StageChange.project_id)


def segments() -> Select[*tuple[Any, ...]]:
    """(project, segment, chain) of each segment that a project serves."""
    query = select(ProjectSegment.project_id.label("project"), Segment.id.label("segment"), Chain.slug.label("chain"))
    return query.join(ProjectSegment.segment).join(Segment.chain)


def years() -> Select[*tuple[Any, ...]]:
    """(project, year, planned, actual): investment year by year, 万元."""
    return select(
        InvestmentYear.project_id.label("project"),
        InvestmentYear.year,
        InvestmentYear.planned_wan.label("planned"),
        InvestmentYear.actual_wan.label("actual"),
    )


def promises() -> Select[*tuple[Any, ...]]:
    """(project, due_on, fulfilled_on) of the promises of either side that have a day and are not found unlawful."""
    query = select(Agreement.project_id.label("project"), Promise.due_on, Promise.fulfilled_on)
    query = query.join(Promise.agreement).where(Promise.flagged_on.is_(None), Promise.due_on.isnot(None))
    return query.where(Agreement.signed_on.isnot(None), Agreement.voided_on.is_(None))


def starts() -> Select[*tuple[Any, ...]]:
    """(project, on_day, counted_on): 开工 as the bureau and as statistics date it."""
    query = select(Milestone.project_id.label("project"), Milestone.on_day, Milestone.counted_on)
    return query.where(Milestone.kind == MilestoneKind.STARTED)


def visible(user: User) -> Select[int]:
    """The ids of the projects that `user` may know of."""
    return select(Project.id).where(readable(user), Project.archived_at.is_(None))


#: By dimension: (key, name) of its values.
NAMES: Mapping[str, Select[*tuple[Any, ...]]] = {
    "chain": select(Chain.slug, Chain.name),
    "segment": select(Segment.id, Segment.name),
    "office": select(Office.id, Office.name),
    "route": select(Route.slug, Route.name),
}
