"""Counts of a chain's segments by place, city-wide: whole tables in a statement each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, func, select

from crm.chain.models import ClusterDivision, Segment
from crm.chain.queries import cluster_of
from crm.companies.models import SegmentCount
from crm.database import db
from crm.gaps.models import TallyKind
from crm.gaps.tallies import tallied


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


@dataclass(frozen=True)
class ClusterSum:
    """Projects on the board of companies of one cluster, with their investment (万元)."""

    segment_id: int
    cluster_id: int | None
    is_main: bool
    count: int
    amount: Decimal


def board_by_cluster(segment_ids: Collection[int]) -> list[ClusterSum]:
    """What stands on the board of segments by the cluster of the company; several rows where it has several cities."""
    codes = {row.division_code: row.cluster_id for row in db.session.execute(clusters_by_code())}
    places = tallied(segment_ids, [TallyKind.PLACES])[TallyKind.PLACES]
    return [ClusterSum(p.segment_id, cluster_in(codes, p.city_code), p.is_main, p.count, p.amount) for p in places]


def clusters_by_code() -> Select[str, int]:
    """(code of a city or province, the cluster in which it lies)."""
    return select(ClusterDivision.division_code, ClusterDivision.cluster_id)


def cluster_in(clusters: Mapping[str, int], city_code: str | None) -> int | None:
    """The cluster of a city, by its own code or its province's."""
    code = city_code or ""
    return clusters.get(code) or clusters.get(code[:2])


def companies_of(segment_id: int) -> Select[int]:
    """How many companies work in a segment."""
    return select(func.coalesce(func.sum(SegmentCount.companies), 0)).where(SegmentCount.segment_id == segment_id)
