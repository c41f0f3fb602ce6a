"""Rows of history."""

from tests.matrix import Route
from tests.matrix.world import Row, World


def of(table: str):
    """The arguments of a record's page."""

    def args(_world: World, row: Row) -> dict[str, object]:
        return {"table": table, "row_id": row.id}

    return args


ROUTES = [
    Route("history.index", act="history.read"),
    Route("history.exported", act="export.read"),
    Route(
        "history.record",
        act="company.read",
        guard="record.read",
        row="company",
        visible="company.read",
        args=of("companies"),
    ),
    Route("history.record", act="project.read", guard="record.read", row="project", args=of("projects")),
]
