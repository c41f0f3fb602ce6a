"""Counts of a chain's segments by place and by phase, city-wide: whole tables in a statement each."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, select

from crm.chain.models import Segment
from crm.chain.queries import cluster_of
from crm.companies.models import Company, SegmentCount
from crm.gaps.queries import OPEN
from crm.pipeline.models import Phase, Project, ProjectSegment, Secrecy, Stage


def companies_by_cluster(*chain_ids: int) -> Select[int, int | None, bool, int]:
    """(segment, cluster or None, as main segment, companies): every company of the chains that is not archived, in each
    of its segments. Read from counts that triggers keep; the cluster of each city is asked once."""
    counts = (
        select(SegmentCount.segment_id, SegmentCount.city_code, SegmentCount.is_main, SegmentCount.companies)
        .join(Segment, Segment.id == SegmentCount.segment_id)
        .where(Segment.chain_id.in_(chain_ids))
        .cte("counts")
    )
    cities = select(counts.c.city_code).distinct().subquery("cities")
    places = select(cities.c.city_code, cluster_of(cities.c.city_code).label("cluster_id")).subquery("places")
    keys = (counts.c.segment_id, places.c.cluster_id, counts.c.is_main)
    total = func.sum(counts.c.companies)
    joined = select(*keys, total).outerjoin_from(counts, places, places.c.city_code == counts.c.city_code)
    return joined.group_by(*keys).having(total != 0)


def board_by_phase(chain_id: int) -> Select[int, Phase, bool, int, Decimal]:
    """(segment, phase, as main segment, projects, investment in 万元) of what stands on the board."""
    return board_sums(chain_id, Stage.phase)


def board_by_cluster(chain_id: int) -> Select[int, int | None, bool, int, Decimal]:
    """(segment, cluster of the company or None, as main segment, projects, investment in 万元), likewise; a row per
    city, whose cluster is asked once."""
    each = board_sums(chain_id, Company.city_code).cte("each_city")
    cities = select(each.c.key).distinct().subquery("cities")
    places = select(cities.c.key, cluster_of(cities.c.key).label("cluster_id")).subquery("places")
    columns = (each.c.segment_id, places.c.cluster_id, each.c.is_main, each.c.projects, each.c.amount)
    return select(*columns).outerjoin_from(each, places, places.c.key == each.c.key)


def board_sums(chain_id: int, column: Any) -> Select[Any]:
    """Projects by segment and a column. A 受限 project counts, but its amount would tell who it is: it adds none."""
    amount = case((Project.secrecy != Secrecy.RESTRICTED, Project.investment_wan), else_=0)
    keys = (ProjectSegment.segment_id, column.label("key"), ProjectSegment.is_main)
    return (
        select(*keys, func.count().label("projects"), func.coalesce(func.sum(amount), 0).label("amount"))
        .join(Segment, Segment.id == ProjectSegment.segment_id)
        .join(Project, Project.id == ProjectSegment.project_id)
        .join(Stage, Stage.id == Project.stage_id)
        .join(Company, Company.id == Project.company_id)
        .where(Segment.chain_id == chain_id, Project.archived_at.is_(None), Project.status.in_(OPEN))
        .group_by(ProjectSegment.segment_id, column, ProjectSegment.is_main)
    )


def companies_of(segment_id: int) -> Select[int]:
    """How many companies work in a segment."""
    return select(func.coalesce(func.sum(SegmentCount.companies), 0)).where(SegmentCount.segment_id == segment_id)
