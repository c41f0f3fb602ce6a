"""The pages of chains: all of them, one chain with its gaps and matrices, one segment with its working."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.chain.models import Chain, Cluster, Position, Segment
from crm.chain.queries import chain_of_slug, chains, clusters, segments
from crm.chain.services import tree
from crm.database import N_, db
from crm.errors import NotFound
from crm.formatters import plain
from crm.gaps import queries
from crm.gaps.analysis import Gap, GapStatus, Lack, ranked, share
from crm.pagination import capped_count
from crm.pipeline.models import Effect, Phase

blueprint = Blueprint("chain", __name__)

#: Where a segment stands in the tree; None: the source does not say and nobody has inferred it.
POSITIONS = (*Position, None)
#: So many unclassified companies are offered on the page.
OFFERED = 12


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

    @property
    def projects(self) -> int:
        """Projects on the board."""
        return sum(self.phases.values())

    @property
    def companies(self) -> int:
        """Companies that work in the segment."""
        return sum(self.clusters.values())


@dataclass(frozen=True)
class ChainPage:
    """A chain's segments in tree order, with what its page and its card count."""

    chain: Chain
    rows: list[SegmentRow]
    #: Companies whose main segment lies in the chain, from elsewhere and local; projects likewise.
    targets: int
    locals: int
    projects: int

    def number_of(self, status: GapStatus) -> int:
        """How many segments have a status."""
        return sum(row.gap.status is status for row in self.rows)

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


@blueprint.get("/chains")
@needs("figures.read")
def index() -> ResponseReturnValue:
    """All chains as cards."""
    pages = [page_of(chain) for chain in db.session.scalars(chains())]
    return render_template("gaps/index.html", pages=pages, statuses=GapStatus)


@blueprint.get("/chains/<slug>")
@needs("figures.read")
def show(slug: str) -> ResponseReturnValue:
    """A chain: its gaps first, then segment × stage, segment × cluster, the tree and its sources."""
    page = page_of(chain_of(slug))
    return render_template(
        "gaps/chain.html",
        page=page,
        chain=page.chain,
        phases=[(phase, _(phase.label)) for phase in Phase],
        clusters=columns(page, db.session.scalars(clusters()).all()),
        statuses=GapStatus,
        effects=Effect,
        lists=db.session.scalars(queries.lists_of(page.chain.id)).all(),
        **(to_classify(page.chain) if page.is_unclassified else {}),
    )


@blueprint.get("/chains/<slug>/segments/<int:segment_id>")
@needs("figures.read")
def segment(slug: str, segment_id: int) -> ResponseReturnValue:
    """A segment with the working of its gap; htmx gets the working alone."""
    page = page_of(chain_of(slug))
    row = next((row for row in page.rows if row.segment.id == segment_id), None)
    if row is None:
        raise NotFound(N_("这条产业链没有这个环节。"))
    template = "gaps/_working.html" if "HX-Request" in request.headers else "gaps/segment.html"
    return render_template(template, chain=page.chain, row=row, page=page, **working(row))


def chain_of(slug: str) -> Chain:
    """The chain of an address, or NotFound."""
    chain = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    return chain


def page_of(chain: Chain) -> ChainPage:
    """A chain with every figure of its page."""
    figures = queries.figures_of(chain.id)
    companies = db.session.execute(queries.companies_by_cluster(chain.id)).all()
    return ChainPage(
        chain,
        rows_of(tree(db.session.scalars(segments(chain.id)).all()), figures, by_segment(companies)),
        targets=sum(int(n) for _, _, is_main, n in companies if is_main) - figures.local_companies,
        locals=figures.local_companies,
        projects=sum(n for _, _, is_main, n in figures.on_board if is_main),
    )


def rows_of(
    in_order: Iterable[tuple[Segment, int]], figures: queries.Figures, places: dict[int, dict[Any, int]]
) -> list[SegmentRow]:
    """The segments with their figures, in the order of the tree."""
    gap_of = {gap.segment_id: gap for gap in figures.gaps}
    phases = by_segment(figures.on_board)
    suppliers = by_segment((row.segment_id, None, row.count) for row in figures.suppliers)
    prospects = by_segment((row.segment_id, None, row.count) for row in figures.prospects)
    return [
        SegmentRow(
            one,
            depth,
            gap_of[one.id],
            phases=phases.get(one.id, {}),
            clusters=places.get(one.id, {}),
            suppliers=sum(suppliers.get(one.id, {}).values()),
            prospects=sum(prospects.get(one.id, {}).values()),
        )
        for one, depth in in_order
    ]


def by_segment(rows: Iterable[Any]) -> dict[int, dict[Any, int]]:
    """Rows (segment, column, …, count), as {segment: {column: count}}."""
    found: defaultdict[int, Counter[Any]] = defaultdict(Counter)
    for segment_id, column, *_between, count in rows:
        found[segment_id][column] += int(count)
    return {segment_id: dict(counts) for segment_id, counts in found.items()}


def columns(page: ChainPage, known: Sequence[Cluster]) -> list[tuple[int | None, str]]:
    """(id, name) of the clusters, and (None, 其他地区) where some company lies in none."""
    found: list[tuple[int | None, str]] = [(cluster.id, cluster.name) for cluster in known]
    return [*found, (None, _("其他地区"))] if any(None in row.clusters for row in page.rows) else found


def to_classify(chain: Chain) -> dict[str, Any]:
    """The local companies that wait for a segment: the first few, and how many."""
    query = queries.unclassified(is_demo=chain.is_demo)
    return {"waiting": db.session.scalars(query.limit(OFFERED)).all(), "waiting_count": capped_count(db.session, query)}


def working(row: SegmentRow) -> dict[str, Any]:
    """What stands behind a segment's figures: every company, and the projects that the viewer may know of."""
    known = queries.prospect_rows(row.segment.id, current_user)
    seen = db.session.scalar(queries.count_of(known)) or 0
    return {
        "suppliers": db.session.execute(queries.supplier_rows(row.segment.id).limit(queries.NAMED)).all(),
        "prospects": db.session.execute(known.limit(queries.NAMED)).all(),
        "prospect_count": seen,
        "hidden_count": row.prospects - seen,
        "share": share,
        "exact": Fraction,
    }


@blueprint.app_template_filter()
def figure(value: Fraction | Decimal | None) -> str:
    """A figure with at most two decimal places, or a dash."""
    return "—" if value is None else plain(decimal(Fraction(value), 2))


@blueprint.app_template_filter()
def percent(value: Fraction | None) -> str:
    """A share in percent with at most one decimal place, or a dash."""
    return "—" if value is None else f"{plain(decimal(value * 100, 1))}%"


@blueprint.app_template_filter()
def fraction(value: Fraction) -> str:
    """A share as people say it: 1, 1/2."""
    return str(value)


def decimal(value: Fraction, places: int) -> Decimal:
    """The nearest decimal of so many places."""
    return round(Decimal(value.numerator) / Decimal(value.denominator), places)
