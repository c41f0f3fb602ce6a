"""The board's columns by scrolling, its filters, and saved views."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.companies import places
from crm.database import db
from crm.pipeline import board, queries, saved_views
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import CapitalKind, Effect, Project, ProjectSegment, SavedView
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def officer():
    return factories.User()


def text(response) -> str:
    return response.get_data(as_text=True)


def ids_on(page: str) -> list[int]:
    """The projects whose cards stand on a page, in order."""
    return [int(found) for found in re.findall(r'data-project-id="(\d+)"', page)]


def test_a_column_comes_in_parts_that_together_are_all_of_it(officer, sign_in) -> None:
    days = [date(2026, 1, 1) + timedelta(days=n // 2) for n in range(35)]
    made = [factories.Project(owner=officer, stage_since=day).id for day in days]
    client = sign_in(officer)
    page = text(client.get("/pipeline"))
    found = ids_on(page)
    assert len(found) == board.FIRST
    assert f"还有 {35 - board.FIRST} 个" in page
    rounds = 0
    while match := re.search(r'hx-get="([^"]*/pipeline/cards[^"]*)"', page):
        page = text(client.get(match[1].replace("&amp;", "&")))
        found += ids_on(page)
        rounds += 1
    assert found == made
    assert rounds == 2


def test_columns_by_phase_merge_the_routes_and_go_on_behind_the_last_card(officer, sign_in) -> None:
    routes = [factories.route(), factories.route("premises")]
    made = [
        factories.Project(owner=officer, route=routes[n % 2], stage_since=date(2026, 1, 1) + timedelta(days=n)).id
        for n in range(12)
    ]
    client = sign_in(officer)
    page = text(client.get("/pipeline?route=all"))
    first = ids_on(page)
    assert first == made[: board.FIRST]
    match = re.search(r'hx-get="([^"]*column=lead[^"]*)"', page)
    assert match
    assert ids_on(text(client.get(match[1].replace("&amp;", "&")))) == made[board.FIRST :]


@pytest.mark.parametrize("query", ["column=lead&after=x", "column=lead&after=2026-99-01_1", "column=nowhere", ""])
def test_parts_of_a_column_that_no_page_offers_are_refused(query, officer, sign_in) -> None:
    assert sign_in(officer).get(f"/pipeline/cards?route=all&{query}").status_code == 400


def test_each_further_filter_finds_what_it_says(officer) -> None:
    guangdong = next(code for code, name in places.names().items() if name == "广东省")
    wanted = factories.Project(
        owner=officer,
        investment_wan=Decimal(20_000),
        lead_source="2026 示例展会",
        origin_code=next(code for code in places.names() if code.startswith(guangdong) and len(code) == 6),
        capital_kind=CapitalKind.FOREIGN,
        next_step="回访",
        next_step_on=today() - timedelta(days=1),
    )
    wanted.segments.append(ProjectSegment(segment=factories.Segment(), is_main=True, effect=Effect.FILL))
    factories.Project(owner=officer, investment_wan=Decimal(5_000), lead_source="商会")
    db.session.flush()
    cases = [
        {"least": "1亿"}, {"most": "3亿", "least": "6000"}, {"source": "展会"}, {"origin": guangdong},
        {"capital": "foreign"}, {"late": "1"}, {"effect": "fill"},
    ]  # fmt: skip
    for args in cases:
        found = db.session.scalars(ProjectFilter.from_args(args).apply(queries.visible_to(officer), officer))
        assert [project.id for project in found] == [wanted.id], args


def test_projects_from_beyond_the_mainland_are_found_together_and_by_country(officer) -> None:
    made = {code: factories.Project(owner=officer, origin_code=code) for code in ("4403", "81", "DE", None)}
    db.session.flush()

    def found(origin: str) -> set[Project]:
        return set(db.session.scalars(ProjectFilter.from_args({"origin": origin}).apply(select(Project), officer)))

    assert found("beyond") == {made["81"], made["DE"]}
    assert found("DE") == {made["DE"]}
    assert found("44") == {made["4403"]}


# Saved views


def kept(owner, name="大项目", **options) -> SavedView:
    query = options.pop("query", "least=10000&view=table&cursor=abc&nonsense=1")
    return saved_views.save(SavedView(), name, query, is_shared=False, is_default=False, by=owner, **options)


def test_a_view_keeps_conditions_and_opens_them(officer, sign_in) -> None:
    client = sign_in(officer)
    answer = client.post("/pipeline/views", data={"name": "大项目", "query": "least=10000&view=table&cursor=abc"})
    view = db.session.scalars(select(SavedView)).one()
    assert view.query == "least=10000&view=table"
    assert answer.location == f"/pipeline?saved={view.id}"
    opened = client.get(answer.location)
    assert opened.status_code == 302
    assert "least=10000" in opened.location
    assert "大项目" in text(client.get(opened.location))


def test_a_view_is_private_until_it_is_shared_and_then_for_the_offices_below(officer, sign_in) -> None:
    below = factories.User(office=factories.Office(parent=officer.office))
    stranger = factories.User()
    view = kept(officer)
    assert sign_in(below).get(f"/pipeline?saved={view.id}").status_code == 404
    saved_views.save(view, "大项目", view.query, is_shared=True, is_default=False, by=officer)
    assert sign_in(below).get(f"/pipeline?saved={view.id}").status_code == 302
    assert sign_in(stranger).get(f"/pipeline?saved={view.id}").status_code == 404
    assert sign_in(below).post(f"/pipeline/views/{view.id}/delete").status_code == 404


def test_the_own_default_opens_before_the_offices(officer, sign_in) -> None:
    manager = factories.User(role=Role.MANAGER, office=officer.office)
    saved_views.save(SavedView(), "科里", "stale=1", is_shared=True, is_default=True, by=manager)
    client = sign_in(officer)
    assert "stale=1" in client.get("/pipeline").location
    saved_views.save(SavedView(), "我的", "mine=1", is_shared=False, is_default=True, by=officer)
    assert "mine=1" in client.get("/pipeline").location
    saved_views.save(SavedView(), "逾期", "late=1", is_shared=False, is_default=True, by=officer)
    assert "late=1" in client.get("/pipeline").location
    assert client.get("/pipeline?route=greenfield").status_code == 200


def test_only_a_manager_sets_what_her_office_opens(officer, sign_in) -> None:
    form = {"name": "大项目", "is_shared": "y", "is_default": "y"}
    answer = sign_in(officer).post("/pipeline/views", data=form)
    assert answer.status_code == 422
    assert "部门负责人" in text(answer)


def test_a_changed_view_travels_with_its_version(officer, sign_in) -> None:
    view = kept(officer)
    client = sign_in(officer)
    form = {"name": "更大的", "query": view.query, "version": view.version}
    assert client.post(f"/pipeline/views/{view.id}/edit", data=form).status_code == 302
    stale = client.post(f"/pipeline/views/{view.id}/edit", data=form | {"name": "最大的"})
    assert stale.status_code == 409
    assert "更大的" in text(stale)
    client.post(f"/pipeline/views/{view.id}/delete")
    assert db.session.scalars(select(SavedView)).all() == []
