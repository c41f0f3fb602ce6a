"""Cells of the matrices equal the lists that they open: the rows one may see, plus “另有 n 条”, for every role."""

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm.accounts.models import User
from crm.companies.filters import CompanyFilter
from crm.companies.models import Company
from crm.database import db
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Project
from crm.pipeline.permissions import readable
from tests import factories

CELL = re.compile(r'<td><a href="([^"]+)" aria-label="([^"]+)：(\d+)"')
USERS = ("officer1", "officer3", "manager1", "lead", "admin")


@pytest.mark.parametrize("name", USERS)
def test_each_cell_equals_what_its_list_shows_and_hides(loaded: Flask, name: str) -> None:
    with loaded.app_context():
        user = db.session.scalars(select(User).where(User.name == name)).one()
        page = factories.signed_in(loaded, user).get("/chains/demo-laser/matrix").get_data(as_text=True)
        cells = [(unescape(url), title, int(count)) for url, title, count in CELL.findall(page)]
        assert len(cells) > 60
        wrong = [(title, count, n) for url, title, count in cells if (n := behind(url, user)) != count]
        assert not wrong


def behind(url: str, user: User) -> int:
    """The rows of a cell's list that the user may see, and those of which it says that there are more."""
    parts = urlsplit(url)
    arguments = dict(parse_qsl(parts.query))
    if parts.path == "/companies":  # everybody knows of a company's card: nothing is hidden
        query = CompanyFilter.from_args(arguments).apply(select(Company), user)
        return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    assert arguments["route"] == "all"  # which the board reads as no route
    narrowed = ProjectFilter.from_args({**arguments, "route": ""})
    seen = narrowed.apply(select(Project).where(readable(user)), user)
    return (db.session.scalar(select(func.count()).select_from(seen.subquery())) or 0) + narrowed.hidden_count(user)


def test_the_list_says_how_many_it_hides(loaded: Flask) -> None:
    with loaded.app_context():
        user = db.session.scalars(select(User).where(User.name == "officer3")).one()
        client = factories.signed_in(loaded, user)
        cells = CELL.findall(client.get("/chains/demo-laser/matrix").get_data(as_text=True))
        url, count = next(
            (unescape(url), int(count)) for url, title, count in cells if title == "光纤激光器" and "pipeline" in url
        )
        page = client.get(url).get_data(as_text=True)
        hidden = re.search(r"另有 (\d+) 个受限或其他部门的项目", page)
        shown = len(re.findall(r'<a class="cell-title" href="/projects/\d+', page))
        assert shown + int(hidden[1] if hidden else 0) == count


def test_the_switch_shows_investment_without_restricted_amounts(loaded: Flask) -> None:
    with loaded.app_context():
        user = db.session.scalars(select(User).where(User.name == "admin")).one()
        page = factories.signed_in(loaded, user).get("/chains/demo-laser/matrix?measure=investment").get_data(True)
    assert "6.2 亿元<small>1</small>" in page
    assert "受限项目只计数量，不计金额" in page
    assert "—<small>1</small>" in page
