"""The pages of chains: all of them, one chain with its gaps, its matrices and its map, one segment with its working."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.chain.models import Chain, Cluster, Segment
from crm.chain.queries import chain_of_slug, chains, clusters
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.formatters import plain
from crm.gaps import judgements, matrix, queries
from crm.gaps.analysis import GapStatus, share
from crm.gaps.pages import ChainPage, SegmentRow, by_segment, page_of, pages_of, row_of
from crm.gaps.segment_forms import JudgementForm
from crm.gaps.snapshots import Course, course_of, totals
from crm.pagination import capped_count
from crm.pipeline.models import Effect, Phase

blueprint = Blueprint("chain", __name__)

#: So many unclassified companies are offered on the page.
OFFERED = 12


@blueprint.get("/chains")
@needs("figures.read")
def index() -> ResponseReturnValue:
    """All chains as cards."""
    pages = pages_of(db.session.scalars(chains()).all())
    return render_template("gaps/index.html", pages=pages, statuses=GapStatus)


@blueprint.get("/chains/<slug>")
@needs("figures.read")
def show(slug: str) -> ResponseReturnValue:
    """A chain: its gaps first, what is missing to assess the others, what was closed, its lists and sources."""
    page = page_of(chain_of(slug))
    by_segment = courses(page)
    return render_template(
        "gaps/chain.html",
        page=page,
        chain=page.chain,
        statuses=GapStatus,
        effects=Effect,
        courses=by_segment,
        totals=totals(by_segment.values()),
        lists=db.session.scalars(queries.lists_of(page.chain.id)).all(),
        **(to_classify(page.chain) if page.is_unclassified else {}),
    )


def courses(page: ChainPage) -> dict[int, Course]:
    """How the gap of each segment went, by the figures of its months."""
    kept = defaultdict(list)
    for snapshot in db.session.scalars(queries.snapshots([row.segment.id for row in page.rows])):
        kept[snapshot.segment_id].append(snapshot)
    return {row.segment.id: course_of(kept[row.segment.id], row.gap) for row in page.rows}


@blueprint.get("/chains/<slug>/matrix")
@needs("figures.read")
def show_matrix(slug: str) -> ResponseReturnValue:
    """Segment × stage and segment × cluster, in counts or in investment; every cell opens its list."""
    page = page_of(chain_of(slug))
    measure = "investment" if request.args.get("measure") == "investment" else "count"
    return render_template(
        "gaps/matrix.html",
        page=page,
        chain=page.chain,
        phases=[(phase, _(phase.label)) for phase in Phase],
        clusters=columns(page, db.session.scalars(clusters()).all()),
        measure=measure,
        cluster_amounts=cluster_amounts(page) if measure == "investment" else {},
    )


def cluster_amounts(page: ChainPage) -> dict[int, dict[int | None, Decimal]]:
    """What the projects on the board invest by segment and cluster (万元)."""
    sums = matrix.board_by_cluster(page.segment_ids)
    return by_segment((each.segment_id, each.cluster_id, each.amount) for each in sums)


@blueprint.get("/chains/<slug>/segments/<int:segment_id>")
@needs("figures.read")
def segment(slug: str, segment_id: int) -> ResponseReturnValue:
    """A segment with the working of its gap; htmx gets the working alone."""
    found = segment_of(slug, segment_id)
    if "HX-Request" in request.headers:
        row = row_of(found)
        return render_template("gaps/_working.html", chain=found.chain, row=row, **working(row))
    return segment_page(found, JudgementForm().offer())


@blueprint.post("/chains/<slug>/segments/<int:segment_id>/judgements")
@needs("terms.edit")
def judge(slug: str, segment_id: int) -> ResponseReturnValue:
    """Hold another status than the calculated one, or take that back; with a reason."""
    found = segment_of(slug, segment_id)
    form = JudgementForm().offer()
    if not form.validate_on_submit():
        return segment_page(found, form), 422
    try:
        judgements.judge(found, form.chosen, form.reason.data, form.on_day.data, by=current_user)
    except RuleError as error:
        form.form_errors.append(_(error.message))
        return segment_page(found, form), 422
    db.session.commit()
    flash(_("已保存人工判断。"), "success")
    return redirect(url_for(".segment", slug=slug, segment_id=segment_id))


def segment_page(found: Segment, form: JudgementForm) -> str:
    """A segment's page."""
    row = row_of(found)
    return render_template(
        "gaps/segment.html",
        chain=found.chain,
        row=row,
        form=form,
        overrides=db.session.scalars(queries.overrides(found.id)).all(),
        course=course_of(db.session.scalars(queries.snapshots([found.id])).all(), row.gap),
        **working(row),
    )


def chain_of(slug: str) -> Chain:
    """The chain of an address, or NotFound."""
    chain = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    return chain


def segment_of(slug: str, segment_id: int) -> Segment:
    """The segment of an address, or NotFound."""
    found = db.session.get(Segment, segment_id)
    if found is None or found.chain.slug != slug:
        raise NotFound(N_("这条产业链没有这个环节。"))
    return found


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
def percent(value: Fraction | Decimal | None) -> str:
    """A share in percent with at most one decimal place, or a dash."""
    return "—" if value is None else f"{plain(decimal(Fraction(value) * 100, 1))}%"


@blueprint.app_template_filter()
def fraction(value: Fraction) -> str:
    """A share as people say it: 1, 1/2."""
    return str(value)


def decimal(value: Fraction, places: int) -> Decimal:
    """The nearest decimal of so many places."""
    return round(Decimal(value.numerator) / Decimal(value.denominator), places)
