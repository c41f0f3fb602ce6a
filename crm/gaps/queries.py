"""Reads for gap analysis: a handful of set-based statements per chain, whatever its size.

Figures are city-wide and the same for every viewer; only the rows behind them are cut to what one may see.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    exists,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from crm.accounts.models import User
from crm.chain.models import Chain, Segment
from crm.chain.queries import chains
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, TargetList, Tier
from crm.database import db
from crm.gaps.analysis import Gap, GapStatus, Prospect, SegmentFacts, Supplier, analyse, ranked
from crm.gaps.models import GapOverride, GapSnapshot
from crm.gaps.past import rows_at
from crm.pipeline.models import Effect, Phase, Project, ProjectSegment, Route, Stage, Status
from crm.pipeline.permissions import readable

#: What a company without any tier weighs.
PLAIN_WEIGHT = Decimal(1)
#: So many companies or projects are named in a segment's working; a link leads to all of them.
NAMED = 30
#: Projects that make supply: under way, or landed while the local company that came of it is not yet classified.
COMING = (Status.ONGOING, Status.COMPLETED)
#: Projects that stand on the board.
OPEN = (Status.ONGOING, Status.PAUSED)


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


def figures_of(chain_id: int, at: datetime | None = None) -> Figures:
    """The figures of a chain; at an earlier moment by what history has kept."""
    return figures_of_chains([chain_id], at)[chain_id]


def figures_of_chains(chain_ids: Sequence[int], at: datetime | None = None) -> dict[int, Figures]:
    """The figures of chains: one pass over their segments, their local companies and their projects each."""
    facts = db.session.execute(facts_of(*chain_ids, at=at)).all()
    chain_of = {row.id: row.chain_id for row in facts}
    supply = [Supplier(*row) for row in db.session.execute(suppliers(*chain_ids, at=at))]
    projects = db.session.execute(projects_of(*chain_ids, at=at)).all()

    def of(chain_id: int) -> Figures:
        mine = [row for row in supply if chain_of.get(row.segment_id) == chain_id]
        works = [row for row in projects if chain_of.get(row.segment_id) == chain_id]
        coming = prospects_of(works)
        asked = [SegmentFacts(r.id, r.importance, r.wanted, r.judged) for r in facts if r.chain_id == chain_id]
        on_board = [(p.segment_id, p.phase, p.is_main, p.n) for p in works if p.is_open]
        return Figures(analyse(asked, mine, coming), mine, coming, on_board)

    return {chain_id: of(chain_id) for chain_id in chain_ids}


def gaps_of(chain_id: int) -> list[Gap]:
    """The gaps of a chain's segments, in the segments' order."""
    return figures_of(chain_id).gaps


def figures_of_segment(segment: Segment) -> Figures:
    """The figures of one segment, without the cost of its chain's others."""
    held = db.session.scalar(select(judged(literal(segment.id))))
    facts = SegmentFacts(segment.id, segment.importance, segment.wanted, held)
    supply = [Supplier(*row) for row in db.session.execute(suppliers(segment.chain_id))]
    projects = db.session.execute(projects_of(segment.chain_id, segment_id=segment.id)).all()
    coming = prospects_of(projects)
    gaps = analyse([facts], supply, coming)  # by all suppliers: whether the chain is classified at all
    mine = [row for row in supply if row.segment_id == segment.id]
    return Figures(gaps, mine, coming, [(p.segment_id, p.phase, p.is_main, p.n) for p in projects if p.is_open])


def gap_of(segment: Segment) -> Gap:
    """The gap of one segment."""
    return figures_of_segment(segment).gaps[0]


def prospects_of(projects: Iterable[Any]) -> list[Prospect]:
    """Those of the rows of projects_of that make supply."""
    return [Prospect(p.segment_id, p.probability, p.weight, p.is_main, p.others, p.n) for p in projects if p.is_coming]


def top_gaps(limit: int) -> list[RankedGap]:
    """The largest gaps of all chains; those of a fictitious chain only while there are no real ones."""
    chain_of = {chain.id: chain for chain in db.session.scalars(chains())}
    segment_of = {segment.id: segment for segment in db.session.scalars(segments_of(chain_of))}
    figures = figures_of_chains(list(chain_of))
    found = [
        RankedGap(chain_of[chain_id], segment_of[gap.segment_id], gap)
        for chain_id, each in figures.items()
        for gap in each.gaps
    ]
    real = [row for row in found if not row.chain.is_demo and row.gap.is_assessed] or found
    row_of = {row.gap.segment_id: row for row in real}
    return [row_of[gap.segment_id] for gap in ranked([row.gap for row in real])][:limit]


def segments_of(chain_ids: Iterable[int]) -> Select[Segment]:
    """The segments of chains in their order, without their terms."""
    query = select(Segment).where(Segment.chain_id.in_(list(chain_ids)))
    return query.order_by(Segment.chain_id, Segment.ordinal, Segment.id)


def facts_of(*chain_ids: int, at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """What the segments of chains ask for, in their order: chain_id and the fields of analysis.SegmentFacts."""
    each = rows_at(Segment, ["chain_id", "ordinal", "importance", "wanted"], at)
    query = select(each.c.chain_id, each.c.id, each.c.importance, each.c.wanted, judged(each.c.id, at))
    return query.where(each.c.chain_id.in_(chain_ids)).order_by(each.c.ordinal, each.c.id)


def judged(segment_id: SQLColumnExpression[int], at: datetime | None = None) -> ColumnElement[GapStatus | None]:
    """The status that a manager holds of a segment: the latest word, None where there is none or it was taken back."""
    latest = select(GapOverride.status).where(GapOverride.segment_id == segment_id).order_by(GapOverride.id.desc())
    before = latest if at is None else latest.where(GapOverride.created_at <= at)
    return before.limit(1).scalar_subquery().label("judged")


def overrides(segment_id: int) -> Select[GapOverride]:
    """What managers said of a segment, the latest first."""
    said = select(GapOverride).where(GapOverride.segment_id == segment_id).order_by(GapOverride.id.desc())
    return said.options(joinedload(GapOverride.by))


def snapshots(segment_ids: Collection[int]) -> Select[GapSnapshot]:
    """The monthly figures of segments, the earliest first."""
    return select(GapSnapshot).where(GapSnapshot.segment_id.in_(segment_ids)).order_by(GapSnapshot.on_day)


# Supply


def weight_of(company_id: SQLColumnExpression[int]) -> ColumnElement[Decimal]:
    """A company's weight, asked row by row: for few rows."""
    tiers = select(func.max(Tier.weight)).join(CompanyTier, CompanyTier.tier_id == Tier.id)
    return plain_unless(tiers.where(CompanyTier.company_id == company_id).scalar_subquery())


def weights(company_ids: SQLColumnExpression[int], at: datetime | None) -> Subquery:
    """(company_id, weight) of those among the companies that have tiers, asked once for all: for many rows."""
    link, tier = rows_at(CompanyTier, ["company_id", "tier_id"], at), rows_at(Tier, ["weight"], at)
    return (
        select(link.c.company_id, func.max(tier.c.weight).label("weight"))
        .join(tier, tier.c.id == link.c.tier_id)
        .where(link.c.company_id.in_(select(company_ids)))
        .group_by(link.c.company_id)
        .subquery()
    )


def plain_unless(weight: SQLColumnExpression[Any]) -> ColumnElement[Decimal]:
    """The weight, or that of a company without any tier."""
    return func.coalesce(weight, literal(PLAIN_WEIGHT, Tier.weight.type)).label("weight")


def archived(at: datetime | None) -> Select[int]:
    """The ids of the archived companies."""
    companies = rows_at(Company, ["archived_at"], at)
    return select(companies.c.id).where(companies.c.archived_at.isnot(None))


def suppliers(*chain_ids: int, at: datetime | None = None) -> Select[int, Decimal, bool, int, int]:
    """The local companies of chains by segment, those alike in one row: the fields of analysis.Supplier."""
    local = rows_at(LocalCompany, ["company_id"], at)
    link = rows_at(CompanySegment, ["company_id", "segment_id", "is_main"], at)
    heavy = weights(local.c.company_id, at)
    is_other = func.count().filter(~link.c.is_main)
    place = (
        select(
            link.c.segment_id,
            plain_unless(heavy.c.weight),
            link.c.is_main,
            is_other.over(partition_by=link.c.company_id).label("others"),
        )
        .join(local, local.c.company_id == link.c.company_id)
        .outerjoin(heavy, heavy.c.company_id == link.c.company_id)
        .where(link.c.company_id.not_in(archived(at)))
        .subquery()  # the others are counted over all chains, so the chain is chosen outside
    )
    keys = (place.c.segment_id, place.c.weight, place.c.is_main, place.c.others)
    alike = select(*keys, func.count()).join(Segment, Segment.id == place.c.segment_id).group_by(*keys)
    return alike.where(Segment.chain_id.in_(chain_ids))


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


def local_names(chain_id: int, most: int) -> Select[int, str]:
    """(segment, name) of the local companies of a chain, those in their main segment first, at most so many each."""
    order = (CompanySegment.is_main.desc(), Company.pinyin_key, Company.id)
    place = func.row_number().over(partition_by=CompanySegment.segment_id, order_by=order)
    each = (
        select(CompanySegment.segment_id, Company.name, place.label("place"))
        .join(LocalCompany, LocalCompany.company_id == CompanySegment.company_id)
        .join(Company, Company.id == CompanySegment.company_id)
        .join(Segment, Segment.id == CompanySegment.segment_id)
        .where(Segment.chain_id == chain_id, Company.archived_at.is_(None))
        .subquery()
    )
    return select(each.c.segment_id, each.c.name).where(each.c.place <= most).order_by(each.c.segment_id, each.c.place)


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


def is_coming(
    project: Any = Project, route: Any = Route, link: Any = ProjectSegment, at: datetime | None = None
) -> Any:
    """The condition on a project, its route and its link to a segment under which it would make supply there.

    合作牵线 never does. A project stops counting once its local company counts there itself: the one that came of it,
    or, when a local company expands, that company.
    """
    landed = func.coalesce(project.local_company_id, project.company_id)
    local = rows_at(LocalCompany, ["company_id"], at).c
    own = rows_at(CompanySegment, ["company_id", "segment_id"], at).c
    supplies = (
        exists()
        .where(local.company_id == landed, own.company_id == landed, own.segment_id == link.segment_id)
        .where(landed.not_in(archived(at)))
    )
    return and_(route.makes_supply, project.status.in_(COMING), ~supplies)


def projects_of(*chain_ids: int, at: datetime | None = None, segment_id: int | None = None) -> Select[*tuple[Any, ...]]:
    """The projects of chains that are not archived by segment, those alike in one row `n`: segment_id, phase,
    probability, weight, is_main, others, whether they stand on the board (is_open), whether they make supply
    (is_coming). Those of one segment alone where it is named."""
    keys = ["status", "stage_id", "route_id", "company_id", "local_company_id", "archived_at"]
    project = rows_at(Project, keys, at)
    link = rows_at(ProjectSegment, ["project_id", "segment_id", "is_main"], at)
    stage, route = rows_at(Stage, ["phase", "probability"], at), rows_at(Route, ["makes_supply"], at)
    heavy = weights(project.c.company_id, at)
    others = (
        select(link.c.project_id, func.count().label("others"))
        .where(~link.c.is_main)
        .group_by(link.c.project_id)
        .subquery()
    )
    each = (
        select(
            link.c.segment_id,
            stage.c.phase,
            stage.c.probability,
            plain_unless(heavy.c.weight),
            link.c.is_main,
            func.coalesce(others.c.others, 0).label("others"),
            project.c.status.in_(OPEN).label("is_open"),
            is_coming(project.c, route.c, link.c, at).label("is_coming"),
        )
        .join(Segment, Segment.id == link.c.segment_id)
        .join(project, project.c.id == link.c.project_id)
        .join(stage, stage.c.id == project.c.stage_id)
        .join(route, route.c.id == project.c.route_id)
        .outerjoin(heavy, heavy.c.company_id == project.c.company_id)
        .outerjoin(others, others.c.project_id == project.c.id)
        .where(Segment.chain_id.in_(chain_ids), project.c.archived_at.is_(None))
        .where(true() if segment_id is None else link.c.segment_id == segment_id)
        .subquery()
    )
    return select(*each.c, func.count().label("n")).group_by(*each.c)


def prospect_rows(segment_id: int, user: User) -> Select[Project, Decimal, Decimal, bool, int, Effect | None]:
    """The projects that make supply in a segment and that a user may know of, the likeliest first: with probability,
    weight, whether it is the main segment, how many others there are, what it is said to do there."""
    other = aliased(ProjectSegment)
    others = select(func.count()).where(other.project_id == ProjectSegment.project_id, ~other.is_main)
    return (
        select(
            Project,
            Stage.probability,
            weight_of(Project.company_id),
            ProjectSegment.is_main,
            others.scalar_subquery(),
            ProjectSegment.effect,
        )
        .join(ProjectSegment, ProjectSegment.project_id == Project.id)
        .join(Project.stage)
        .join(Project.route)
        .where(ProjectSegment.segment_id == segment_id, Project.archived_at.is_(None), is_coming(), readable(user))
        .options(contains_eager(Project.stage))
        .order_by(Stage.probability.desc(), Project.pinyin_key, Project.id)
    )


def count_of(query: Any) -> Select[int]:
    """How many rows a query has."""
    return select(func.count()).select_from(query.order_by(None).subquery())
