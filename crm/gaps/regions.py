"""The regions of a map that an installation added: the cluster of each, and what charts.js draws of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from crm.chain.models import Cluster
from crm.gaps.diagram import Tile
from crm.gaps.models import MapFile

#: From few companies to many.
COLOURS = ["#dbe7f6", "#7ba7dd"]


def clusters_of(map_file: MapFile, clusters: Iterable[Cluster]) -> list[Cluster | None]:
    """The cluster of each region of a map, None for one in no cluster and for lines."""
    owners = {division.division_code: cluster for cluster in clusters for division in cluster.divisions}
    return [owner(region["code"], owners) if region["is_area"] else None for region in map_file.regions]


def owner(code: str, owners: dict[str, Cluster]) -> Cluster | None:
    """The cluster that has a division, or the one above it; else the only one that has parts of it."""
    if not code:
        return None
    above = [owners[code[:length]] for length in (6, 4, 2) if code[:length] in owners]
    parts = {cluster.id: cluster for part, cluster in owners.items() if part.startswith(code)}
    return above[0] if above else parts.popitem()[1] if len(parts) == 1 else None


def unmatched(map_file: MapFile, clusters: Sequence[Cluster]) -> tuple[list[str], list[str]]:
    """The names of a map's regions that lie in no cluster, and of the clusters that have no region."""
    found = clusters_of(map_file, clusters)
    drawn = {cluster.id for cluster in found if cluster}
    regions = zip(map_file.regions, found, strict=True)
    outside = [region["name"] for region, cluster in regions if region["is_area"] and cluster is None]
    return outside, [cluster.name for cluster in clusters if cluster.id not in drawn]


def option(
    map_file: MapFile, clusters: Sequence[Cluster], tiles: dict[int | None, Tile], url_of: Callable[[int], str]
) -> dict[str, Any]:
    """The map as an ECharts option: a region opens its cluster's list and is coloured by its companies; the cluster's
    name and figure stand once, on its largest region."""
    found = clusters_of(map_file, clusters)
    by_size = sorted(range(len(found)), key=lambda number: map_file.regions[number]["size"])
    largest = {cluster.id: number for number in by_size if (cluster := found[number])}
    data = []
    for number, cluster in enumerate(found):
        if cluster:
            tile = tiles[cluster.id]
            shown = {"name": str(number), "value": tile.companies, "url": url_of(cluster.id)}
            label = {"show": largest[cluster.id] == number, "formatter": f"{cluster.name} {tile.companies}"}
            data.append(shown | {"label": label, "tip": told(map_file.regions[number]["name"], tile, cluster)})
    most = max((tiles[cluster.id].companies for cluster in found if cluster), default=0)
    words = {"text": [_("企业多"), _("企业少")], "inRange": {"color": COLOURS}, "min": 0, "max": max(most, 1)}
    return {"visualMap": words, "series": [{"type": "map", "map": f"map-{map_file.id}", "data": data}]}


def told(name: str, tile: Tile, cluster: Cluster) -> str:
    """A region's figures, a line each."""
    counts = {"companies": tile.companies, "projects": tile.projects}
    return f"{cluster.name} · {name}\n" + _("企业：%(companies)d 家；在推项目：%(projects)d 个", **counts)
