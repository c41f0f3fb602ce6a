"""Rows of chain and gaps: the pages of chains, and their editing."""

import json
from io import BytesIO
from typing import Any

from tests.matrix import Route


def its_segment(world: Any, row: Any) -> dict[str, Any]:
    """The URL arguments of a chain's segment."""
    return {"slug": row.slug, "segment_id": world.ids["segment"]}


def square(_world: Any, _row: Any) -> dict[str, Any]:
    """A map of one invented region."""
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    region = {"properties": {"name": "示例区"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    content = json.dumps({"type": "FeatureCollection", "features": [region]}).encode()
    return {"file": (BytesIO(content), "示例.geojson"), "approval": "GS(2024)0001号"}


ROUTES = [
    Route("chain.index", act="figures.read"),
    Route("chain.show", act="figures.read", row="chain"),
    Route("chain.show_matrix", act="figures.read", row="chain"),
    Route("atlas.show", act="figures.read", row="chain"),
    Route("map_files.index", act="chain.edit"),
    Route("map_files.add", "POST", act="chain.edit", form=square),
    Route("map_files.use", "POST", act="chain.edit", row="map_file"),
    Route("map_files.remove", "POST", act="chain.edit"),
    # The world's map has no bytes on disk: whoever may read it is told that it is not there.
    Route("map_files.download", act="figures.read", row="map_file", ok=404),
    Route(
        "chain.judge",
        "POST",
        act="terms.edit",
        row="chain",
        args=its_segment,
        form={"status": "weak", "reason": "邻市供货"},
    ),
    Route("chain.segment", act="figures.read", row="chain", args=its_segment),
    Route("segments.new_chain", act="chain.edit"),
    Route("segments.new_chain", "POST", act="chain.edit", form={"name": "光电显示", "slug": "display"}),
    Route("segments.edit_chain", act="chain.edit", row="chain"),
    Route("segments.edit_chain", "POST", act="chain.edit", row="chain", form={"name": "激光", "slug": "laser-2"}),
    Route("segments.new", act="chain.edit", row="chain"),
    Route("segments.new", "POST", act="chain.edit", row="chain", form={"name": "激光晶体"}),
    Route("segments.edit", act="chain.edit", row="segment"),
    Route("segments.edit", "POST", act="chain.edit", row="segment", form={"name": "激光晶体", "wanted": "2"}),
    Route("segments.edit_terms", act="terms.edit", row="segment"),
    Route("segments.edit_terms", "POST", act="terms.edit", row="segment", form={"terms": "晶体；YAG"}),
    Route("segments.delete", "POST", act="chain.edit", row="segment"),
    Route("segments.tree", act="chain.edit", row="chain"),
    Route("segments.move", "POST", act="chain.edit", row="segment", form={"direction": "up"}),
    Route("reshaping.merge", act="chain.edit", row="segment"),
    Route("reshaping.merge", "POST", act="chain.edit", row="segment", ok=422),
    Route("reshaping.show_split", act="chain.edit", row="segment"),
    Route("reshaping.split", "POST", act="chain.edit", row="segment", form={"name": "拆出的环节"}),
    Route("reshaping.undo", "POST", act="chain.edit", row="reshaping"),
    Route("reshaping.sheet", act="figures.read", row="chain"),
]
