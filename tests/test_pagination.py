"""Paging over real rows: each exactly once, forward and backward, NULLs last."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.companies.models import Company
from crm.errors import BadRequest
from crm.pagination import Sort, Spread, encode, paginate, sort_by
from tests import factories

CONTACT = Sort(Company.last_contact_on, Company.id, nullable=True)
CONTACT_DOWN = Sort(Company.last_contact_on, Company.id, descending=True, nullable=True)
NAME = Sort(Company.pinyin_key, Company.id)
DAYS = st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=12)


def walk(session: Session, sort: Sort, size: int) -> tuple[list[int], list[int]]:
    """All ids read forward from the first page, then backward from the last."""
    query = select(Company)
    page = paginate(session, query, sort, size=size)
    forward = [row.id for row in page.items]
    while page.next:
        page = paginate(session, query, sort, page.next, size)
        forward += [row.id for row in page.items]
    backward = [row.id for row in page.items]
    while page.previous:
        page = paginate(session, query, sort, page.previous, size)
        backward = [row.id for row in page.items] + backward
    return forward, backward


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=DAYS, size=st.integers(1, 5), sort=st.sampled_from([CONTACT, CONTACT_DOWN, NAME]))
def test_every_row_once_in_order(session: Session, days: list[int | None], size: int, sort: Sort) -> None:
    savepoint = session.begin_nested()
    start = date(2026, 1, 1)
    rows = [factories.Company(last_contact_on=None if d is None else start + timedelta(d)) for d in days]
    forward, backward = walk(session, sort, size)
    assert sorted(forward) == sorted(row.id for row in rows)
    assert backward == forward
    found = {row.id: row for row in rows}
    values = [getattr(found[row_id], sort.column.key) for row_id in forward]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=sort.descending)
    assert values[: len(known)] == known
    savepoint.rollback()


def test_first_page_has_no_previous_and_last_no_next(session: Session) -> None:
    for _ in range(3):
        factories.Company()
    first = paginate(session, select(Company), NAME, size=2)
    last = paginate(session, select(Company), NAME, first.next, size=2)
    assert (first.previous, last.next) == (None, None)
    assert (len(first.items), len(last.items)) == (2, 1)
    assert first.count == 3


def test_count_stops_at_a_thousand(session: Session) -> None:
    session.execute(
        Company.__table__.insert(),
        [{"name": f"企业{i}", "name_key": f"企业{i}", "pinyin_key": f"{i:05d}"} for i in range(1_005)],
    )
    assert paginate(session, select(Company), NAME).count_text == "1000+"


@pytest.mark.parametrize(
    "cursor", ["x", "!!", "e30", "WyJhIiwgMSwgMV0", "WyJhIiwgIngiLCAxMDAwMDAwMDAwMDAwMDAwMDAwMDAwXQ"]
)
def test_forged_cursor_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(BadRequest):
        paginate(session, select(Company), NAME, cursor)


def test_cursor_of_another_sort_is_refused(session: Session) -> None:
    row = factories.Company()
    with pytest.raises(BadRequest):
        paginate(session, select(Company), CONTACT, encode(row, NAME, backward=False))


def test_unknown_sort_is_refused() -> None:
    with pytest.raises(BadRequest):
        sort_by({"name": NAME}, "password_hash", "name")


def test_rows_of_several_values_merge_into_one_order(session: Session) -> None:
    """Spread over the values that the list asks for: the same pages as without it."""
    for number in range(9):
        factories.Company(city_code=["4403", "4201", "3101"][number % 3], pinyin_key=f"n{number * 5 % 9}")
    query = select(Company).where(Company.city_code.in_(["4403", "4201"]))
    spread = Spread(Company.city_code, ["4403", "4201", "1101"], Company.pinyin_key)
    for sort in (NAME, Sort(Company.pinyin_key, Company.id, descending=True), CONTACT):
        plain = spreaded = None
        for _ in range(3):
            expected = paginate(session, query, sort, plain, 2)
            found = paginate(session, query, sort, spreaded, 2, spread)
            assert [row.id for row in found.items] == [row.id for row in expected.items]
            plain, spreaded = expected.next, found.next
