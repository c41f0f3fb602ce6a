"""What the pages of chains count, put together for one chain, for several, or for one segment."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from crm.chain.models import Chain, Position, Segment
from crm.chain.services import tree
from crm.database import db
from crm.gaps import matrix, queries
from crm.gaps.analysis import Gap, GapStatus, Lack, ranked
from crm.pipeline.models import Phase

#: Where a segment stands in the tree; None: the source does not say and nobody has inferred it.
POSITIONS = (*Position, None)


@dataclass(frozen=True)
class SegmentRow:
    """A segment with its figures and its row of both matrices."""

    segment: Segment
    depth: int
    gap: Gap
    #: Projects on the board by phase, companies by cluster (None: in no cluster).
    phases: dict[Phase, int]
    clusters: dict[int | None, int]
    #: How many local companies and projects stand behind supply and expected.
    suppliers: int
    prospects: int
    #: What the projects on the board invest by phase (万元), as far as it may be known.
    amounts: dict[Phase, Decimal]

    @property
    def projects(self) -> int:
        """Projects on the board."""
        return sum(self.phases.values())

    @property
    def companies(self) -> int:
        """Companies that work in the segment."""
        return sum(self.clusters.values())

    @property
    def targets(self) -> int:
        """Those of them that are not local."""
        return self.companies - self.suppliers


@dataclass(frozen=True)
class ChainPage:
    """A chain's segments in tree order, with what its page and its card count."""

    chain: Chain
    rows: list[SegmentRow]
    #: Companies whose main segment lies in the chain, from elsewhere and local; projects likewise.
    targets: int
    locals: int
    projects: int
    #: Companies whose main segment lies in the chain, by cluster (None: in no cluster).
    by_cluster: dict[int | None, int]

    @property
    def segment_ids(self) -> list[int]:
        """The ids of its segments."""
        return [row.segment.id for row in self.rows]

    def number_of(self, status: GapStatus) -> int:
        """How many segments have a status."""
        return sum(row.gap.standing is status for row in self.rows)

    @property
    def ranked(self) -> list[SegmentRow]:
        """The assessed segments, the largest gap first."""
        row_of = {row.segment.id: row for row in self.rows}
        return [row_of[gap.segment_id] for gap in ranked([row.gap for row in self.rows])]

    @property
    def unassessed(self) -> list[SegmentRow]:
        """The segments of which nothing can be said yet."""
        return [row for row in self.rows if not row.gap.is_assessed]

    @property
    def is_unclassified(self) -> bool:
        """Whether no local company has been classified in the chain."""
        return any(Lack.CLASSIFIED in row.gap.lacks for row in self.rows)

    @property
    def by_position(self) -> list[tuple[Position | None, list[SegmentRow]]]:
        """The segments grouped 上游, 中游, 下游, 未定, empty groups left out."""
        groups = [(position, [row for row in self.rows if row.segment.position is position]) for position in POSITIONS]
        return [(position, rows) for position, rows in groups if rows]

    @property
    def sources(self) -> list[tuple[str, list[Segment]]]:
        """Each quotation once, with the segments that stand on it, in the segments' order."""
        found: dict[str, list[Segment]] = {}
        for row in self.rows:
            if row.segment.source:
                found.setdefault(row.segment.source, []).append(row.segment)
        return list(found.items())


def page_of(chain: Chain) -> ChainPage:
    """A chain with every figure of its pages."""
    return pages_of([chain])[0]


def pages_of(chains: Sequence[Chain]) -> list[ChainPage]:
    """Chains with their figures, in a handful of statements however many they are."""
    ids = [chain.id for chain in chains]
    figures = queries.figures_of_chains(ids)
    places = list(db.session.execute(matrix.companies_by_cluster(*ids)))
    found: defaultdict[int, list[Segment]] = defaultdict(list)
    for segment in db.session.scalars(queries.segments_of(ids)):
        found[segment.chain_id].append(segment)
    return [chain_page(chain, found[chain.id], figures[chain.id], places) for chain in chains]


def chain_page(chain: Chain, found: Sequence[Segment], figures: queries.Figures, places: Sequence[Any]) -> ChainPage:
    """One chain's page of the rows of all."""
    mine = {segment.id for segment in found}
    companies = [row for row in places if row[0] in mine]
    mains: Counter[int | None] = Counter()
    for _segment, cluster_id, is_main, count in companies:
        mains[cluster_id] += int(count) if is_main else 0
    return ChainPage(
        chain,
        rows_of(tree(found), figures, by_segment(companies)),
        targets=mains.total() - figures.local_companies,
        locals=figures.local_companies,
        projects=sum(n for _, _, is_main, n in figures.on_board if is_main),
        by_cluster=dict(mains),
    )


def row_of(segment: Segment) -> SegmentRow:
    """One segment with its figures, without the cost of its chain's others; its companies are in no cluster."""
    companies = db.session.scalar(matrix.companies_of(segment.id)) or 0
    figures = queries.figures_of_segments([segment.id])[segment.id]
    return rows_of([(segment, 0)], figures, {segment.id: {None: int(companies)}})[0]


def rows_of(
    in_order: Iterable[tuple[Segment, int]], figures: queries.Figures, places: dict[int, dict[Any, int]]
) -> list[SegmentRow]:
    """The segments with their figures, in the order of the tree."""
    gap_of = {gap.segment_id: gap for gap in figures.gaps}
    phases = by_segment(figures.on_board)
    suppliers = by_segment((row.segment_id, None, row.count) for row in figures.suppliers)
    prospects = by_segment((row.segment_id, None, row.count) for row in figures.works if row.is_coming)
    amounts = by_segment((row.segment_id, row.phase, row.amount) for row in figures.works if row.is_open)
    return [
        SegmentRow(
            one,
            depth,
            gap_of[one.id],
            phases=phases.get(one.id, {}),
            clusters=places.get(one.id, {}),
            suppliers=sum(suppliers.get(one.id, {}).values()),
            prospects=sum(prospects.get(one.id, {}).values()),
            amounts=amounts.get(one.id, {}),
        )
        for one, depth in in_order
    ]


def by_segment(rows: Iterable[Any]) -> dict[int, dict[Any, Any]]:
    """Rows (segment, column, …, count or amount), as {segment: {column: sum}}."""
    found: defaultdict[int, Counter[Any]] = defaultdict(Counter)
    for segment_id, column, *_between, number in rows:
        found[segment_id][column] += number
    return {segment_id: dict(sums) for segment_id, sums in found.items()}
