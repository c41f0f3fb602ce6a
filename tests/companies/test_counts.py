"""The counts of companies by segment and city are what counting would give, whatever is done to the rows."""

import threading
from datetime import UTC, datetime

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from crm.chain.models import Segment
from crm.companies.counts import compact
from crm.companies.models import Company, CompanySegment, SegmentCount
from crm.database import SYSTEM, acting_as, db
from tests import factories

Counts = dict[tuple[int, str | None, bool], int]
KEYS = (CompanySegment.segment_id, Company.city_code, CompanySegment.is_main)
CITIES = [None, "4403", "4201"]


def kept(session: Session) -> Counts:
    keys = (SegmentCount.segment_id, SegmentCount.city_code, SegmentCount.is_main)
    rows = session.execute(select(*keys, func.sum(SegmentCount.companies)).group_by(*keys))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows if row[3]}


def counted(session: Session) -> Counts:
    query = select(*KEYS, func.count()).join(Company, Company.id == CompanySegment.company_id)
    rows = session.execute(query.where(Company.archived_at.is_(None)).group_by(*KEYS))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


acts = st.lists(
    st.tuples(st.sampled_from(["link", "unlink", "turn", "move", "archive", "restore", "compact"]), st.integers(0, 4)),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_counts_follow_every_act(session, chosen):
    with session.begin_nested() as savepoint:
        segments = [factories.Segment().id for _ in range(2)]
        companies = [factories.Company(city_code=CITIES[i % 3]).id for i in range(3)]
        for act, number in chosen:
            perform(session, act, number, segments, companies)
            assert kept(session) == counted(session)
        savepoint.rollback()


def perform(session: Session, act: str, number: int, segments: list[int], companies: list[int]) -> None:
    company_id, segment_id = companies[number % 3], segments[number % 2]
    link = (CompanySegment.company_id == company_id) & (CompanySegment.segment_id == segment_id)
    if act == "link" and session.scalar(select(CompanySegment.id).where(link)) is None:
        session.execute(
            text("insert into company_segments (company_id, segment_id) values (:c, :s)"),
            {"c": company_id, "s": segment_id},
        )
    elif act == "unlink":
        session.execute(delete(CompanySegment).where(CompanySegment.company_id.in_(companies[: number % 3 + 1])))
    elif act == "turn":
        session.execute(update(CompanySegment).where(link).values(is_main=~CompanySegment.is_main))
    elif act == "move":
        session.execute(update(Company).where(Company.id.in_(companies)).values(city_code=CITIES[number % 3]))
    elif act in ("archive", "restore"):
        moment = datetime.now(UTC) if act == "archive" else None
        session.execute(update(Company).where(Company.id == company_id).values(archived_at=moment))
    elif act == "compact":
        compact()


def test_compacting_leaves_one_row_each(session):
    segment = factories.Segment()
    for _ in range(3):
        factories.Company(city_code="4403").segments = [CompanySegment(segment=segment, is_main=True)]
    session.flush()
    compact()
    rows = session.scalars(select(SegmentCount).where(SegmentCount.segment_id == segment.id)).all()
    assert [(row.city_code, row.is_main, row.companies) for row in rows] == [("4403", True, 3)]


def test_a_company_that_moves_while_it_is_linked_is_counted_where_it_went(committed_app: Flask):
    """The trigger locks the company: a move at the same time waits and then sees the link."""
    with committed_app.app_context(), acting_as(SYSTEM):
        segment_id, company_id = factories.Segment().id, factories.Company(city_code="4403").id
        db.session.commit()
        db.session.add(CompanySegment(company_id=company_id, segment_id=segment_id, is_main=True))
        db.session.flush()
        mover = threading.Thread(target=move, args=(committed_app, company_id))
        mover.start()
        mover.join(0.5)
        assert mover.is_alive()
        db.session.commit()
        mover.join(10)
        assert kept(db.session) == {(segment_id, "4201", True): 1}
        assert db.session.get(Segment, segment_id) is not None


def move(app: Flask, company_id: int) -> None:
    with app.app_context(), acting_as(SYSTEM):
        db.session.execute(update(Company).where(Company.id == company_id).values(city_code="4201"))
        db.session.commit()
