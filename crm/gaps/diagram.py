"""The diagram of a chain and the tiles of its clusters: plain data for templates/gaps/map.html and static/charts.js."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from crm.chain.models import Cluster
from crm.gaps.analysis import GapStatus
from crm.gaps.pages import ChainPage, SegmentRow

#: By status: the shape, which tells without colour, and the colour.
LOOKS = {
    GapStatus.UNASSESSED: ("emptyCircle", "#8091a5"),
    GapStatus.MISSING: ("diamond", "#c9483f"),
    GapStatus.WEAK: ("triangle", "#e09a1a"),
    GapStatus.BASIC: ("roundRect", "#1f4f99"),
    GapStatus.STRONG: ("circle", "#2b9a66"),
}
#: The size of a node in pixels: without a gap, and more for each of importance times what is not covered.
SMALLEST, PER_GAP = 14, 6


def option(page: ChainPage, names: dict[int, list[str]], url_of: Any) -> dict[str, Any]:
    """The chain from 上游 to 下游 as an ECharts option: a column each, a node per segment, a line from each segment to
    those below it. `names` are local companies by segment, `url_of` gives a segment's address."""
    columns = page.by_position
    place_of = {row.segment.id: (x, y) for x, (_at, rows) in enumerate(columns) for y, row in enumerate(rows)}
    rows = [row for _at, rows in columns for row in rows]
    index = {row.segment.id: number for number, row in enumerate(rows)}
    return {
        "xAxis": {"type": "category", "position": "top", "data": headings(columns)},
        "yAxis": {"type": "value", "inverse": True, "show": False, "min": -0.5, "max": tallest(page) - 0.5},
        "series": [
            {
                "type": "graph",
                "coordinateSystem": "cartesian2d",
                "data": [node(row, place_of[row.segment.id], names, url_of) for row in rows],
                "links": [
                    {"source": index[row.segment.parent_id], "target": index[row.segment.id]}
                    for row in rows
                    if row.segment.parent_id in index
                ],
            }
        ],
    }


def headings(columns: Sequence[tuple[Any, list[SegmentRow]]]) -> list[str]:
    """上游 → 中游 → 下游, and 位置未定."""
    words = [_(position.label) if position else _("位置未定") for position, _rows in columns]
    known = sum(position is not None for position, _rows in columns)
    return [f"{word} →" if place < known - 1 else word for place, word in enumerate(words)]


def tallest(page: ChainPage) -> int:
    """How many segments the fullest column has."""
    return max((len(rows) for _position, rows in page.by_position), default=0)


def node(row: SegmentRow, place: tuple[int, int], names: dict[int, list[str]], url_of: Any) -> dict[str, Any]:
    """A segment: sized by its gap, shaped and coloured by its status, with what is told on hover and on focus."""
    gap = row.gap
    shape, colour = LOOKS[gap.standing]
    return {
        "name": row.segment.name,
        "status": _(gap.standing.label),
        "value": list(place),
        "symbol": shape,
        "symbolSize": SMALLEST + round(float(gap.gap or 0) * PER_GAP),
        "itemStyle": {"color": colour},
        "tip": told(row, names.get(row.segment.id, [])),
        "url": url_of(row),
    }


def told(row: SegmentRow, names: list[str]) -> str:
    """A node's companies and figures, a line each."""
    gap = row.gap
    lines = [f"{row.segment.name} · {_(gap.standing.label)}"]
    if gap.gap is not None and gap.coverage is not None:
        sizes = {"gap": f"{float(gap.gap):.2g}", "coverage": round(gap.coverage * 100)}
        lines.append(_("缺口 %(gap)s，已覆盖百分之 %(coverage)s", **sizes))
    lines += [_("本地：%(name)s", name=name) for name in names]
    if row.suppliers > len(names):
        more = row.suppliers - len(names)
        lines.append(ngettext("另有 %(num)d 家本地企业", "另有 %(num)d 家本地企业", more))
    lines.append(_("招商目标：%(targets)s 家；在推项目：%(projects)s 个", targets=row.targets, projects=row.projects))
    return "\n".join(lines)


# Clusters

#: A coarse grid of the country, by which tiles are put in order; no outline is drawn.
GRID = Path(__file__).with_name("grid.csv")
#: Tiles whose rows differ by less than this stand side by side.
BAND = 1.5
#: So many segments a tile names.
TOP = 4


@dataclass(frozen=True)
class Tile:
    """A cluster on the map: its companies whose main segment lies in the chain, its projects, and the segments with
    most companies there, each with its number."""

    cluster: Cluster | None
    companies: int
    projects: int
    top: list[tuple[SegmentRow, int]]

    @property
    def key(self) -> int:
        """How lists name the cluster; 0 is in none."""
        return self.cluster.id if self.cluster else 0


def bands(clusters: Sequence[Cluster], tiles: dict[int | None, Tile]) -> list[list[Tile]]:
    """The tiles in rows from north to south, each from west to east; what lies in no cluster is a last row."""
    in_order = sorted(clusters, key=lambda cluster: (centre(cluster), cluster.ordinal))
    rows: list[list[Cluster]] = []
    for cluster in in_order:
        if rows and centre(cluster)[0] - centre(rows[-1][0])[0] < BAND:
            rows[-1].append(cluster)
        else:
            rows.append([cluster])
    found = [[tiles[one.id] for one in sorted(row, key=lambda one: centre(one)[1])] for row in rows]
    return [*found, [tiles[None]]] if None in tiles else found


@cache
def grid() -> dict[str, tuple[int, int]]:
    """(row from the north, column from the west) of each province, by the first two digits of its code."""
    with GRID.open(encoding="utf-8", newline="") as lines:
        return {row["省级代码"]: (int(row["行"]), int(row["列"])) for row in csv.DictReader(lines)}


def centre(cluster: Cluster) -> tuple[float, float]:
    """The middle of a cluster's provinces on the grid; one without any is in the middle."""
    spots = [grid()[code] for code in {each.division_code[:2] for each in cluster.divisions} if code in grid()]
    if not spots:
        return 4.0, 4.0
    return sum(row for row, _column in spots) / len(spots), sum(column for _row, column in spots) / len(spots)


def tiles_of(page: ChainPage, clusters: Sequence[Cluster], projects: dict[Any, int]) -> dict[int | None, Tile]:
    """A tile per cluster, and one of what lies in none where something does."""
    found: dict[int | None, Tile] = {cluster.id: tile(page, cluster, projects) for cluster in clusters}
    nowhere = tile(page, None, projects)
    return found | ({None: nowhere} if nowhere.top or nowhere.projects else {})


def tile(page: ChainPage, cluster: Cluster | None, projects: dict[Any, int]) -> Tile:
    """One cluster's tile."""
    key = cluster.id if cluster else None
    counts = [(row, row.clusters.get(key, 0)) for row in page.rows]
    top = sorted((pair for pair in counts if pair[1]), key=lambda pair: -pair[1])[:TOP]
    return Tile(cluster, page.by_cluster.get(key, 0), projects.get(key, 0), top)
