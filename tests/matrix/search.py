"""Rows of search."""

from tests.matrix import Route

ROUTES = [
    Route("search.index", act="company.card", query={"q": "测试"}),
    Route("search.suggestions", act="company.card", query={"q": "测试"}),
]
