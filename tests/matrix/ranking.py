"""Rows of rankings: the page, one press on a candidate, the weights."""

from typing import Any

from tests.matrix import Route
from tests.matrix.chain import its_segment


def of_company(world: Any, row: Any) -> dict[str, Any]:
    """A press on a candidate names it in the form."""
    return {"company_id": row.id}


def segment(world: Any, row: Any) -> dict[str, Any]:
    """The URL's segment."""
    return {"segment_id": world.ids["segment"]}


def on_list(world: Any, row: Any) -> dict[str, Any]:
    """Somebody's list gets a company."""
    return {"company_id": world.ids["free_company"], "list_id": row.id}


def weights(world: Any, row: Any) -> dict[str, Any]:
    """Points that come to a hundred, made from the stored edition."""
    points = {"fit": 40, "capability": 25, "place": 10, "warmth": 10, "expansion": 15}
    return {**points, "cluster_none": 30, "segment_id": world.ids["segment"], "version": 6}


ROUTES = [
    Route("ranking.show", act="figures.read", row="chain", args=its_segment),
    Route("ranking.alike", act="company.read", row="company", visible="company.read"),
    Route("ranking.add_to_list", "POST", act="list.edit", row="list", args=segment, form=on_list),
    Route(
        "ranking.assign",
        "POST",
        act="company.take",
        row="company",
        args=segment,
        form=of_company,
        when={"archived": 403},
    ),
    Route(
        "ranking.start",
        "POST",
        act="project.create",
        row="company",
        args=segment,
        form=of_company,
        when={"archived": 422},
    ),
    Route("ranking.weights", act="terms.edit"),
    Route("ranking.weights", "POST", act="terms.edit", form=weights),
]
