"""The map of a chain: its diagram, and its clusters as tiles."""

from collections import Counter, defaultdict

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import selectinload

from crm.accounts.access import needs
from crm.chain.models import Chain, Cluster
from crm.chain.queries import chain_of_slug, clusters
from crm.database import N_, db
from crm.errors import NotFound
from crm.gaps import diagram, map_files, matrix, regions
from crm.gaps.analysis import GapStatus
from crm.gaps.models import TallyKind
from crm.gaps.pages import ChainPage, page_of
from crm.gaps.tallies import tallied

blueprint = Blueprint("atlas", __name__)


@blueprint.get("/chains/<slug>/map")
@needs("figures.read")
def show(slug: str) -> ResponseReturnValue:
    """上游 → 中游 → 下游 with each segment's gap and companies, and the clusters in rough geographic order."""
    chain = db.session.scalars(chain_of_slug(slug)).one_or_none()
    if chain is None:
        raise NotFound(N_("没有这条产业链。"))
    page = page_of(chain)
    names = local_names(page)
    known = db.session.scalars(clusters().options(selectinload(Cluster.divisions))).all()
    tiles = diagram.tiles_of(page, known, projects_by_cluster(page))
    added = db.session.scalars(map_files.in_use()).one_or_none()
    base = url_for("chain.show", slug=slug)
    return render_template(
        "gaps/map.html",
        page=page,
        chain=chain,
        names=names,
        option=diagram.option(page, names, lambda row: f"{base}/segments/{row.segment.id}"),
        height=diagram.tallest(page),
        bands=diagram.bands(known, tiles),
        added=added,
        regions=added and regions.option(added, known, tiles, lambda key: list_url(chain, key)),
        list_url=list_url,
        statuses=GapStatus,
    )


def list_url(chain: Chain, cluster_key: int) -> str:
    """The list that a tile and its regions open: a cluster's companies with any segment of the chain."""
    return url_for("companies.index", chain=chain.id, cluster=cluster_key)


def local_names(page: ChainPage) -> dict[int, list[str]]:
    """The local companies of each segment that a node names."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for each in tallied(page.segment_ids, [TallyKind.NAMES])[TallyKind.NAMES]:
        found[each.segment_id].append(each.name)
    return found


def projects_by_cluster(page: ChainPage) -> Counter[int | None]:
    """The chain's projects on the board by cluster; one of several segments counts by its main one."""
    found: Counter[int | None] = Counter()
    for each in matrix.board_by_cluster(page.segment_ids):
        found[each.cluster_id] += each.count if each.is_main else 0
    return found
