"""Rows of 合作牵线."""

from typing import Any

from tests.matrix import Route


def with_local(world: Any, row: Any) -> dict[str, Any]:
    """A company of the city's, under both names that the forms have."""
    return {"local_id": world.ids["local_company"], "company_id": world.ids["local_company"]}


OUTCOME = {"outcome": "签供货框架", "outcome_on": "2026-01-15"}

ROUTES = [
    Route(
        "partners.start",
        "POST",
        act="project.create",
        row="company",
        args=lambda _world, row: {"company_id": row.id},
        form=with_local,
        when={"archived": 422},
    ),
    # The projects of the world build: whoever may edit one is told that only cooperation has partners.
    Route("partners.name", "POST", act="project.edit", row="project", form=with_local, ok=422),
    Route("partners.introduce", "POST", act="project.edit", row="project", form={"on_day": "2026-01-15"}, ok=422),
    Route("partners.remove", "POST", act="project.edit", row="introduction"),
    Route("partners.conclude", "POST", act="project.edit", row="partner", form=OUTCOME),
]
