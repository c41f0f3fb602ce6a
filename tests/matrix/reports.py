"""Rows of reports."""

from tests.matrix import Route

ROUTES = [
    Route("reports.index", act="figures.read"),
    Route("reports.projects", act="figures.read", query={"measure": "lead"}),
    Route("reports.workbook", act="figures.read"),
    Route("reports.document", act="figures.read"),
]
