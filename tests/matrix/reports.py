"""Rows of reports."""

from tests.matrix import Route

ROUTES = [
    Route("reports.index", act="figures.read"),
    Route("reports.workbook", act="figures.read"),
    Route("reports.document", act="figures.read"),
]
