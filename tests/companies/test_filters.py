"""The list of companies: its filters, its orders, its pages; nothing beyond the card is told by any of them."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update

from crm.chain.models import Cluster, ClusterDivision
from crm.companies import queries
from crm.companies.filters import CompanyFilter
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, TargetListEntry
from crm.database import db
from crm.pagination import paginate
from crm.rules import today
from tests import factories
from tests.companies.conftest import made
from tests.statements import counted


def names(user, **args):
    """The names of the companies that a filter finds."""
    query = CompanyFilter.from_args({key: str(value) for key, value in args.items()}).apply(select(Company), user)
    return set(db.session.scalars(query.with_only_columns(Company.name)))


@pytest.fixture
def world(officer, stranger):
    """Three companies: one's own, another office's, one of the pool."""
    return {
        "own": made("示例甲晶体", owner=officer, division_code="440305"),
        "other": made("示例乙光纤", owner=stranger, division_code="420100"[:4]),
        "pool": made("示例丙镜头", division_code="11"),
    }


def test_scopes(world, officer, manager):
    assert names(officer) == {"示例甲晶体", "示例乙光纤", "示例丙镜头"}
    assert names(officer, scope="mine") == {"示例甲晶体"}
    assert names(manager, scope="mine") == set()
    assert names(manager, scope="office") == {"示例甲晶体"}
    assert names(officer, scope="pool") == {"示例丙镜头"}


def test_what_stands_on_the_card(world, officer):
    own, tier = world["own"], db.session.scalars(queries.tiers()).first()
    segment = factories.Segment()
    target_list = factories.TargetList()
    db.session.add_all(
        [
            CompanySegment(company=own, segment=segment),
            CompanyTier(company=own, tier=tier),
            TargetListEntry(company=own, target_list=target_list),
            LocalCompany(company=world["pool"]),
        ]
    )
    db.session.flush()
    for args in (
        {"segment": segment.id},
        {"chain": segment.chain_id},
        {"tier": tier.id},
        {"list": target_list.id},
        {"office": own.office_id},
        {"city": "4403"},
        {"city": "44"},
        {"city": "440305"},
        {"q": "甲晶体"},
    ):
        assert names(officer, **args) == {"示例甲晶体"}, args
    assert names(officer, local=1) == {"示例丙镜头"}
    assert names(officer, local=0) == {"示例甲晶体", "示例乙光纤"}
    assert names(officer, city="11") == {"示例丙镜头"}
    assert names(officer, q="没有这家") == set()
    assert names(officer, q="……") == set()


def test_a_cluster_is_its_cities_and_provinces(world, officer):
    south, shenzhen = Cluster(name="珠三角"), Cluster(name="深圳")
    south.divisions.append(ClusterDivision(division_code="44"))
    db.session.add(south)
    db.session.flush()
    assert names(officer, cluster=south.id) == {"示例甲晶体"}
    shenzhen.divisions.append(ClusterDivision(division_code="4403"))
    db.session.add(shenzhen)
    db.session.flush()
    assert names(officer, cluster=south.id) == set(), "a city's own cluster goes before its province's"
    assert names(officer, cluster=shenzhen.id) == {"示例甲晶体"}


def test_archived_ones_only_when_asked_for(world, officer):
    world["own"].archived_at = text("now()")
    db.session.flush()
    assert "示例甲晶体" not in names(officer)
    assert names(officer, archived=1) == {"示例甲晶体"}


def test_filters_beyond_the_card_keep_to_readable_companies(world, officer, stranger):
    for company in world.values():
        company.last_contact_on = today() - timedelta(days=40)
    world["pool"].last_contact_on = None
    db.session.flush()
    assert names(officer, idle=30) == {"示例甲晶体", "示例丙镜头"}
    assert names(officer, idle=60) == {"示例丙镜头"}
    assert names(officer, owner=stranger.id) == set()
    assert names(officer, owner=officer.id) == {"示例甲晶体"}


@pytest.mark.parametrize(
    "args",
    [
        {"scope": "everything"},
        {"segment": "x"},
        {"segment": "-1"},
        {"segment": str(2**63)},
        {"segment": "１"},
        {"city": "9999"},
        {"local": "yes"},
        {"idle": "soon"},
        {"phase": "nonsense"},
    ],
)
def test_a_value_that_cannot_be_one_is_refused(args, officer, sign_in):
    assert sign_in(officer).get("/companies", query_string=args).status_code == 400


def test_unknown_orders_and_cursors_are_refused(officer, sign_in):
    client = sign_in(officer)
    for args in ({"sort": "password"}, {"cursor": "x"}, {"sort": "owner_id", "cursor": "e30"}):
        assert client.get("/companies", query_string=args).status_code == 400


def test_an_order_beyond_the_card_shows_only_readable_companies(world, officer, sign_in):
    client = sign_in(officer)
    page = client.get("/companies?sort=contact").get_data(as_text=True)
    assert "示例甲晶体" in page
    assert "示例乙光纤" not in page
    assert "示例乙光纤" in client.get("/companies?sort=name").get_data(as_text=True)


DAYS = st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 1, 5)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(DAYS, max_size=14), size=st.integers(1, 5), sort=st.sampled_from(sorted(queries.SORTS)))
def test_pages_hold_every_row_once_in_both_directions(days, size, sort, session):
    with session.begin_nested() as savepoint:
        rows = [{"name": f"页{i}", "name_key": f"页{i}", "pinyin_key": f"ye {i % 3}", "last_contact_on": day}
                for i, day in enumerate(days)]  # fmt: skip
        if rows:
            session.execute(insert(Company), rows)
        forward = walk(sort, size, "next")
        backward = walk(sort, size, "previous", start=forward[-1] if forward else None)
        ids = [row_id for page in forward for row_id in page.ids]
        assert sorted(ids) == sorted(session.scalars(select(Company.id)).all())
        assert [row_id for page in reversed(backward) for row_id in page.ids] == ids
        assert all(page.count_text == str(len(days)) for page in forward)
        savepoint.rollback()


class Leaf:
    """A page of a walk."""

    def __init__(self, page, cursor):
        self.ids = [company.id for company in page.items]
        self.next, self.previous, self.cursor, self.count_text = page.next, page.previous, cursor, page.count_text


def walk(sort, size, direction, start=None):
    """All pages from the first on, or from the last one back."""
    pages, cursor = [], start.cursor if start else None
    while True:
        page = Leaf(paginate(db.session, select(Company), queries.SORTS[sort], cursor, size), cursor)
        pages.append(page)
        cursor = getattr(page, direction)
        if cursor is None:
            return pages if pages[0].ids else []


def test_a_page_costs_the_same_number_of_statements_however_many_rows(officer, sign_in, session):
    client = sign_in(officer)
    made("示例一号", owner=officer)
    with counted() as few:
        client.get("/companies")
    for i in range(20):
        company = made(f"示例{i}号激光", f"简称{i}", owner=officer)
        db.session.add(CompanySegment(company=company, segment=factories.Segment(), is_main=True))
        db.session.add(CompanyTier(company=company, tier=db.session.scalars(queries.tiers()).first()))
    db.session.flush()
    session.execute(update(Company).values(last_contact_on=today()))
    with counted() as many:
        client.get("/companies")
    assert len(many) <= len(few) + 1, "\n".join(many)
