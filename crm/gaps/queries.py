"""Reads for gap analysis: a handful of set-based statements per chain, whatever its size.

Figures are city-wide and the same for every viewer; only the rows behind them are cut to what one may see.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Subquery, and_, exists, func, literal, select, true
from sqlalchemy.orm import aliased, contains_eager, selectinload

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
    """A chain's gaps in the segments' order, and the rows from which they come."""

    gaps: list[Gap]
    suppliers: list[Supplier]
    prospects: list[Prospect]
    #: Projects that stand on the board: (segment, phase, as main segment, how many).
    on_board: list[tuple[int, Phase, bool, int]]

    @property
    def local_companies(self) -> int:
        """How many local companies have their main segment in the chain."""
        return sum(row.count for row in self.suppliers if row.is_main)


def figures_of(chain_id: int) -> Figures:
    """The figures of a chain: one pass over its segments, its local companies and its projects each."""
    facts = [SegmentFacts(s.id, s.importance, s.wanted) for s in db.session.scalars(segments(chain_id))]
    supply = [Supplier(*row) for row in db.session.execute(suppliers(chain_id))]
    projects = db.session.execute(projects_of(chain_id)).all()
    coming = [
        Prospect(p.segment_id, p.probability, p.weight, p.is_main, p.others, p.n) for p in projects if p.is_coming
    ]
    on_board = [(p.segment_id, p.phase, p.is_main, p.n) for p in projects if p.is_open]
    return Figures(analyse(facts, supply, coming), supply, coming, on_board)


def gaps_of(chain_id: int) -> list[Gap]:
    """The gaps of a chain's segments, in the segments' order."""
    return figures_of(chain_id).gaps


def gap_of(segment: Segment) -> Gap:
    """The gap of one segment, without the cost of its chain's others."""
    facts = SegmentFacts(segment.id, segment.importance, segment.wanted)
    supply = [Supplier(*row) for row in db.session.execute(suppliers(segment.chain_id))]
    projects = db.session.execute(projects_of(segment.chain_id, segment.id)).all()
    coming = [
        Prospect(p.segment_id, p.probability, p.weight, p.is_main, p.others, p.n) for p in projects if p.is_coming
    ]
    return analyse([facts], supply, coming)[0]


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


def weight_of(company_id: SQLColumnExpression[int]) -> ColumnElement[Decimal]:
    """A company's weight, asked row by row: for few rows."""
    tiers = select(func.max(Tier.weight)).join(CompanyTier, CompanyTier.tier_id == Tier.id)
    return plain_unless(tiers.where(CompanyTier.company_id == company_id).scalar_subquery())


def weights(company_ids: SQLColumnExpression[int]) -> Subquery:
    """(company_id, weight) of those among the companies that have tiers, asked once for all: for many rows."""
    return (
        select(CompanyTier.company_id, func.max(Tier.weight).label("weight"))
        .join(Tier, Tier.id == CompanyTier.tier_id)
        .where(CompanyTier.company_id.in_(select(company_ids)))
        .group_by(CompanyTier.company_id)
        .subquery()
    )


def plain_unless(weight: SQLColumnExpression[Any]) -> ColumnElement[Decimal]:
    """The weight, or that of a company without any tier."""
    return func.coalesce(weight, literal(PLAIN_WEIGHT, Tier.weight.type)).label("weight")


def suppliers(chain_id: int) -> Select[int, Decimal, bool, int, int]:
    """The local companies of a chain by segment, those alike in one row: the fields of analysis.Supplier."""
    heavy = weights(LocalCompany.company_id)
    is_other = func.count().filter(~CompanySegment.is_main)
    place = (
        select(
            CompanySegment.segment_id,
            plain_unless(heavy.c.weight),
            CompanySegment.is_main,
            is_other.over(partition_by=CompanySegment.company_id).label("others"),
        )
        .join(LocalCompany, LocalCompany.company_id == CompanySegment.company_id)
        .outerjoin(heavy, heavy.c.company_id == CompanySegment.company_id)
        .where(CompanySegment.company_id.not_in(select(Company.id).where(Company.archived_at.isnot(None))))
        .subquery()  # the others are counted over all chains, so the chain is chosen outside
    )
    keys = (place.c.segment_id, place.c.weight, place.c.is_main, place.c.others)
    alike = select(*keys, func.count()).join(Segment, Segment.id == place.c.segment_id).group_by(*keys)
    return alike.where(Segment.chain_id == chain_id)


def supplier_rows(segment_id: int) -> Select[Company, Decimal, bool, int]:
    """The local companies of a segment with weight and place, those that count most first."""
    other = aliased(CompanySegment)
    others = select(func.count()).where(other.company_id == CompanySegment.company_id, ~other.is_main)
    weight = weight_of(CompanySegment.company_id)
    return (
        select(Company, weight, CompanySegment.is_main, others.scalar_subquery())
        .join(CompanySegment, CompanySegment.company_id == Company.id)
        .join(LocalCompany, LocalCompany.company_id == Company.id)
        .where(CompanySegment.segment_id == segment_id, Company.archived_at.is_(None))
        .options(selectinload(Company.tiers))
        .order_by(CompanySegment.is_main.desc(), weight.desc(), Company.pinyin_key, Company.id)
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


# Projects


def is_coming() -> ColumnElement[bool]:
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
    return Route.makes_supply & Project.status.in_(COMING) & ~supplies


def projects_of(chain_id: int, segment_id: int | None = None) -> Select[*tuple[Any, ...]]:
    """A chain's projects that are not archived by segment, those alike in one row `n`: segment_id, phase, probability,
    weight, is_main, others, whether they stand on the board (is_open) and whether they make supply (is_coming).

    Those of one segment alone where it is named.
    """
    heavy = weights(Project.company_id)
    others = (
        select(ProjectSegment.project_id, func.count().label("others"))
        .where(~ProjectSegment.is_main)
        .group_by(ProjectSegment.project_id)
        .subquery()
    )
    each = (
        select(
            ProjectSegment.segment_id,
            Stage.phase,
            Stage.probability,
            plain_unless(heavy.c.weight),
            ProjectSegment.is_main,
            func.coalesce(others.c.others, 0).label("others"),
            and_(*is_open()).label("is_open"),
            is_coming().label("is_coming"),
        )
        .join(Segment, Segment.id == ProjectSegment.segment_id)
        .join(Project, Project.id == ProjectSegment.project_id)
        .join(Stage, Stage.id == Project.stage_id)
        .join(Route, Route.id == Project.route_id)
        .outerjoin(heavy, heavy.c.company_id == Project.company_id)
        .outerjoin(others, others.c.project_id == Project.id)
        .where(Segment.chain_id == chain_id, Project.archived_at.is_(None))
        .where(true() if segment_id is None else ProjectSegment.segment_id == segment_id)
        .subquery()
    )
    return select(*each.c, func.count().label("n")).group_by(*each.c)


def prospect_rows(segment_id: int, user: User) -> Select[Project, Decimal, Decimal, bool, int]:
    """The projects that make supply in a segment and that a user may know of, the likeliest first: with probability,
    weight, whether it is the main segment, how many others there are."""
    other = aliased(ProjectSegment)
    others = select(func.count()).where(other.project_id == ProjectSegment.project_id, ~other.is_main)
    return (
        select(
            Project,
            Stage.probability,
            weight_of(Project.company_id),
            ProjectSegment.is_main,
            others.scalar_subquery(),
        )
        .join(ProjectSegment, ProjectSegment.project_id == Project.id)
        .join(Project.stage)
        .join(Project.route)
        .where(ProjectSegment.segment_id == segment_id, Project.archived_at.is_(None), is_coming(), readable(user))
        .options(contains_eager(Project.stage))
        .order_by(Stage.probability.desc(), Project.pinyin_key, Project.id)
    )


# Places


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


def count_of(query: Any) -> Select[int]:
    """How many rows a query has."""
    return select(func.count()).select_from(query.order_by(None).subquery())
