"""Reads for gap analysis: a handful of set-based statements per chain, whatever its size.

Figures are city-wide and the same for every viewer; only the rows behind them are cut to what one may see.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Subquery, exists, func, literal, select
from sqlalchemy.orm import aliased

from crm.accounts.models import User
from crm.chain.models import Chain, Segment
from crm.chain.queries import chains, cluster_of, segments
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, SegmentCount, TargetList, Tier
from crm.database import db
from crm.gaps.analysis import Gap, Prospect, SegmentFacts, Supplier, analyse, ranked
from crm.pipeline.models import Phase, Project, ProjectSegment, Route, Stage, Status
from crm.pipeline.permissions import readable
from crm.pipeline.queries import is_open

#: What a company without any tier weighs.
PLAIN_WEIGHT = Decimal(1)
#: So many companies or projects are named in a segment's working; a link leads to all of them.
NAMED = 30
#: Projects that make supply: under way, or landed while the local company that came of it is not yet classified.
COMING = (Status.ONGOING, Status.COMPLETED)


@dataclass(frozen=True)
class RankedGap:
    """A gap with the chain and segment that have it."""

    chain: Chain
    segment: Segment
    gap: Gap


@dataclass(frozen=True)
class Figures:
    """A chain's gaps in the segments' order, and how many local companies have their main segment in it."""

    gaps: list[Gap]
    local_companies: int


def figures_of(chain_id: int) -> Figures:
    """The figures of a chain."""
    facts = [SegmentFacts(s.id, s.importance, s.wanted) for s in db.session.scalars(segments(chain_id))]
    supply = [Supplier(*row) for row in db.session.execute(suppliers(chain_id))]
    coming = [Prospect(*row) for row in db.session.execute(prospects(chain_id))]
    return Figures(analyse(facts, supply, coming), sum(row.count for row in supply if row.is_main))


def gaps_of(chain_id: int) -> list[Gap]:
    """The gaps of a chain's segments, in the segments' order."""
    return figures_of(chain_id).gaps


def top_gaps(limit: int) -> list[RankedGap]:
    """The largest gaps of all chains; those of a fictitious chain only while there are no real ones."""
    found = [
        RankedGap(chain, segment_of[gap.segment_id], gap)
        for chain in db.session.scalars(chains())
        for segment_of in [{segment.id: segment for segment in db.session.scalars(segments(chain.id))}]
        for gap in gaps_of(chain.id)
    ]
    real = [row for row in found if not row.chain.is_demo and row.gap.is_assessed] or found
    row_of = {row.gap.segment_id: row for row in real}
    return [row_of[gap.segment_id] for gap in ranked([row.gap for row in real])][:limit]


# Supply


def weights(company_ids: SQLColumnExpression[int]) -> Subquery:
    """(company_id, weight) of those among the companies that have tiers: the largest of their tiers'.

    As a join it is asked once for all, where a subquery per row would be asked thousands of times.
    """
    return (
        select(CompanyTier.company_id, func.max(Tier.weight).label("weight"))
        .join(Tier, Tier.id == CompanyTier.tier_id)
        .where(CompanyTier.company_id.in_(select(company_ids)))
        .group_by(CompanyTier.company_id)
        .subquery()
    )


def plain_unless(weight: SQLColumnExpression[Decimal]) -> ColumnElement[Decimal]:
    """The weight, or that of a company without any tier."""
    return func.coalesce(weight, literal(PLAIN_WEIGHT, Tier.weight.type)).label("weight")


def standing() -> Select[int, int, Decimal, bool, int]:
    """Each local company in each of its segments: company_id, segment_id, weight, whether main, how many others."""
    heavy = weights(LocalCompany.company_id)
    is_other = func.count().filter(~CompanySegment.is_main)
    return (
        select(
            CompanySegment.company_id,
            CompanySegment.segment_id,
            plain_unless(heavy.c.weight),
            CompanySegment.is_main,
            is_other.over(partition_by=CompanySegment.company_id).label("others"),
        )
        .join(LocalCompany, LocalCompany.company_id == CompanySegment.company_id)
        .join(Company, Company.id == CompanySegment.company_id)
        .outerjoin(heavy, heavy.c.company_id == CompanySegment.company_id)
        .where(Company.archived_at.is_(None))
    )


def alike(query: Select[*tuple[Any, ...]], *keys: str) -> Any:
    """The rows of a query by these columns, with how many are alike."""
    rows = query.subquery()
    columns = [rows.c[key] for key in keys]
    return select(*columns, func.count()).group_by(*columns)


def suppliers(chain_id: int) -> Select[int, Decimal, bool, int, int]:
    """The local companies of a chain by segment, those alike in one row: the fields of analysis.Supplier."""
    place = standing().subquery()  # the others are counted over all chains, so the chain is chosen outside
    in_chain = select(place).join(Segment, Segment.id == place.c.segment_id).where(Segment.chain_id == chain_id)
    return alike(in_chain, "segment_id", "weight", "is_main", "others")


def supplier_rows(segment_id: int) -> Select[Company, Decimal, bool, int]:
    """The local companies of a segment with weight and place, those that count most first."""
    place = standing().subquery()
    return (
        select(Company, place.c.weight, place.c.is_main, place.c.others)
        .join(place, place.c.company_id == Company.id)
        .where(place.c.segment_id == segment_id)
        .order_by(place.c.is_main.desc(), place.c.weight.desc(), Company.pinyin_key, Company.id)
    )


def unclassified(*, is_demo: bool) -> Select[Company]:
    """The local companies that have no segment at all; fictitious ones apart from real ones."""
    return (
        select(Company)
        .join(LocalCompany, LocalCompany.company_id == Company.id)
        .where(
            Company.archived_at.is_(None),
            Company.is_demo == is_demo,
            ~exists().where(CompanySegment.company_id == Company.id),
        )
        .order_by(Company.pinyin_key, Company.id)
    )


def lists_of(chain_id: int) -> Select[TargetList]:
    """A chain's target lists by name."""
    return select(TargetList).where(TargetList.chain_id == chain_id).order_by(TargetList.name, TargetList.id)


# What is coming


def coming() -> ColumnElement[bool]:
    """The condition on Project, Route and ProjectSegment under which a project would make supply in the segment.

    合作牵线 never does. A project stops counting once its local company counts there itself: the one that came of it,
    or, when a local company expands, that company.
    """
    landed = func.coalesce(Project.local_company_id, Project.company_id)
    own = aliased(CompanySegment)
    supplies = (
        exists()
        .where(LocalCompany.company_id == landed, own.company_id == landed, own.segment_id == ProjectSegment.segment_id)
        .where(Company.id == landed, Company.archived_at.is_(None))
    )
    return Route.makes_supply & Project.status.in_(COMING) & Project.archived_at.is_(None) & ~supplies


def prospect_places() -> Select[int, int, Decimal, Decimal, bool, int]:
    """Projects that make supply, one row per segment: project, segment, probability, weight, whether main, others."""
    heavy = weights(Project.company_id)
    others = (
        select(ProjectSegment.project_id, func.count().label("others"))
        .where(~ProjectSegment.is_main)
        .group_by(ProjectSegment.project_id)
        .subquery()
    )
    return (
        select(
            Project.id.label("project_id"),
            ProjectSegment.segment_id,
            Stage.probability,
            plain_unless(heavy.c.weight),
            ProjectSegment.is_main,
            func.coalesce(others.c.others, 0).label("others"),
        )
        .join(ProjectSegment, ProjectSegment.project_id == Project.id)
        .join(Stage, Stage.id == Project.stage_id)
        .join(Route, Route.id == Project.route_id)
        .outerjoin(heavy, heavy.c.company_id == Project.company_id)
        .outerjoin(others, others.c.project_id == Project.id)
        .where(coming())
    )


def prospects(chain_id: int) -> Select[int, Decimal, Decimal, bool, int, int]:
    """The projects that make supply in a chain, those alike in one row: the fields of analysis.Prospect."""
    places = prospect_places().join(Segment, Segment.id == ProjectSegment.segment_id)
    return alike(places.where(Segment.chain_id == chain_id), "segment_id", "probability", "weight", "is_main", "others")


def prospect_rows(segment_id: int, user: User) -> Select[Any]:
    """The projects that make supply in a segment and that a user may know of, the likeliest first."""
    places = prospect_places().where(ProjectSegment.segment_id == segment_id).subquery()
    return (
        select(Project, places.c.probability, places.c.weight, places.c.is_main, places.c.others)
        .join(places, places.c.project_id == Project.id)
        .where(readable(user))
        .order_by(places.c.probability.desc(), Project.pinyin_key, Project.id)
    )


def prospect_count(segment_id: int) -> Select[int]:
    """How many projects make supply in a segment, known to the viewer or not."""
    return select(func.count()).select_from(prospect_places().where(ProjectSegment.segment_id == segment_id).subquery())


# Matrices


def companies_by_cluster(chain_id: int) -> Select[int, int | None, bool, int]:
    """(segment, cluster or None, as main segment, companies): every company of the chain that is not archived, in each
    of its segments. Read from counts that triggers keep; the cluster of each city is asked once."""
    counts = (
        select(SegmentCount.segment_id, SegmentCount.city_code, SegmentCount.is_main, SegmentCount.companies)
        .join(Segment, Segment.id == SegmentCount.segment_id)
        .where(Segment.chain_id == chain_id)
        .cte("counts")
    )
    cities = select(counts.c.city_code).distinct().subquery("cities")
    places = select(cities.c.city_code, cluster_of(cities.c.city_code).label("cluster_id")).subquery("places")
    keys = (counts.c.segment_id, places.c.cluster_id, counts.c.is_main)
    total = func.sum(counts.c.companies)
    joined = select(*keys, total).outerjoin_from(counts, places, places.c.city_code == counts.c.city_code)
    return joined.group_by(*keys).having(total != 0)


def projects_by_phase(chain_id: int) -> Select[int, Phase, bool, int]:
    """(segment, phase, as main segment, projects): every project of the chain that stands on the board."""
    keys = (ProjectSegment.segment_id, Stage.phase, ProjectSegment.is_main)
    return (
        select(*keys, func.count())
        .join(Segment, Segment.id == ProjectSegment.segment_id)
        .join(Project, Project.id == ProjectSegment.project_id)
        .join(Stage, Stage.id == Project.stage_id)
        .where(Segment.chain_id == chain_id, *is_open())
        .group_by(*keys)
    )


def count_of(query: Any) -> Select[int]:
    """How many rows a query has."""
    return select(func.count()).select_from(query.order_by(None).subquery())
