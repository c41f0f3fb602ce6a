"""Reads for gap analysis: a handful of set-based statements per chain, whatever its size.

Figures are city-wide and the same for every viewer; only the rows behind them are cut to what one may see.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, exists, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from crm.accounts.models import User
from crm.chain.models import Chain, Segment
from crm.chain.queries import chains
from crm.companies.models import Company, CompanySegment, LocalCompany, TargetList
from crm.database import db
from crm.gaps.analysis import Gap, GapStatus, Prospect, SegmentFacts, Supplier, analyse, ranked
from crm.gaps.counting import is_coming, weight_of
from crm.gaps.models import GapOverride, GapSnapshot, TallyKind
from crm.gaps.past import rows_at
from crm.gaps.tallies import Work, tallied
from crm.pipeline.models import Effect, Phase, Project, ProjectSegment, Stage
from crm.pipeline.permissions import readable

#: So many companies or projects are named in a segment's working; a link leads to all of them.
NAMED = 30


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
    works: list[Work]

    @property
    def prospects(self) -> list[Prospect]:
        """The projects that make supply."""
        return [work.prospect for work in self.works if work.is_coming]

    @property
    def on_board(self) -> list[tuple[int, Phase, bool, int]]:
        """Projects that stand on the board: (segment, phase, as main segment, how many)."""
        return [(work.segment_id, work.phase, work.is_main, work.count) for work in self.works if work.is_open]

    @property
    def local_companies(self) -> int:
        """How many local companies have their main segment in the chain."""
        return sum(row.count for row in self.suppliers if row.is_main)


def figures_of(chain_id: int, at: datetime | None = None) -> Figures:
    """The figures of a chain; at an earlier moment by what history has kept."""
    return figures_of_chains([chain_id], at)[chain_id]


def figures_of_chains(chain_ids: Sequence[int], at: datetime | None = None) -> dict[int, Figures]:
    """The figures of chains, in the same few statements however many they are."""
    facts = defaultdict(list)
    for row in db.session.execute(facts_of(*chain_ids, at=at)):
        facts[row.chain_id].append(SegmentFacts(row.id, row.importance, row.wanted, row.judged))
    chain_of = {one.id: chain_id for chain_id, asked in facts.items() for one in asked}
    rows = tallied(chain_of, [TallyKind.SUPPLIERS, TallyKind.WORKS], at)
    supply, works = (by_chain(rows[kind], chain_of) for kind in (TallyKind.SUPPLIERS, TallyKind.WORKS))
    return {each: figures(facts[each], supply[each], works[each]) for each in chain_ids}


def by_chain(rows: Iterable[Any], chain_of: dict[int, int]) -> defaultdict[int, list[Any]]:
    """Rows of segments by the chains of these."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[chain_of[row.segment_id]].append(row)
    return found


def figures(facts: Sequence[SegmentFacts], suppliers: list[Supplier], works: list[Work]) -> Figures:
    """The figures of one chain's segments."""
    found = Figures([], suppliers, works)
    found.gaps.extend(analyse(facts, suppliers, found.prospects))
    return found


def gaps_of(chain_id: int) -> list[Gap]:
    """The gaps of a chain's segments, in the segments' order."""
    return figures_of(chain_id).gaps


def figures_of_segments(segment_ids: Collection[int]) -> dict[int, Figures]:
    """The figures of some segments, of each its own, in few statements and without the cost of their chains' others."""
    asked = select(
        Segment.id, Segment.importance, Segment.wanted, judged(Segment.id), is_classified_in(Segment.chain_id)
    )
    rows = tallied(segment_ids, [TallyKind.SUPPLIERS, TallyKind.WORKS])
    found: dict[int, Figures] = {}
    for segment_id, importance, wanted, held, is_classified in db.session.execute(
        asked.where(Segment.id.in_(segment_ids))
    ):
        suppliers, works = ([row for row in rows[kind] if row.segment_id == segment_id] for kind in rows)
        figures = Figures([], suppliers, works)
        facts = SegmentFacts(segment_id, importance, wanted, held)
        figures.gaps.extend(analyse([facts], suppliers, figures.prospects, is_classified=is_classified))
        found[segment_id] = figures
    return found


def is_classified_in(chain_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """Whether some local company works in a chain."""
    one = aliased(Segment)
    link = select(CompanySegment.id).join(one, one.id == CompanySegment.segment_id)
    local = link.join(LocalCompany, LocalCompany.company_id == CompanySegment.company_id)
    company = local.join(Company, Company.id == CompanySegment.company_id)
    return company.where(one.chain_id == chain_id, Company.archived_at.is_(None)).exists()


def gap_of(segment: Segment) -> Gap:
    """The gap of one segment."""
    return figures_of_segments([segment.id])[segment.id].gaps[0]


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
