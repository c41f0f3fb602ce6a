"""The figures of each month: from history as they were, once, and what follows from them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from crm.accounts.models import Role
from crm.chain.models import Chain
from crm.companies.models import CompanySegment, CompanyTier, LocalCompany, Tier
from crm.gaps import snapshots
from crm.gaps.analysis import GapStatus
from crm.gaps.models import GapOverride, GapSnapshot
from crm.gaps.queries import figures_of, gaps_of
from crm.gaps.snapshots import Course, Point
from crm.pipeline.models import ProjectSegment
from crm.rules import today
from tests import factories

NOW = datetime.now(UTC)


@pytest.fixture
def crystal(session):
    return factories.Segment(name="激光晶体", importance=4, wanted=Decimal(2))


def local(segment, *tiers: str):
    made = factories.Company()
    made.local = LocalCompany()
    made.segments = [CompanySegment(segment=segment, is_main=True)]
    session = factories.db.session
    made.tiers = [CompanyTier(tier=session.scalars(select(Tier).where(Tier.name == name)).one()) for name in tiers]
    session.flush()
    return made


def test_figures_of_now_and_of_a_moment_agree(session, crystal):
    """The same rules, whether tables are read or history: a moment after the last change must give today's figures."""
    local(crystal, "链主")
    done = factories.Project(stage_name="在谈")
    done.segments = [ProjectSegment(segment=crystal, is_main=True)]
    session.flush()
    assert figures_of(crystal.chain_id, NOW + timedelta(days=1)) == figures_of(crystal.chain_id)


def test_a_moment_before_everything_has_no_segments(session, crystal):
    local(crystal)
    assert figures_of(crystal.chain_id, NOW - timedelta(days=1)).gaps == []


def test_months_that_lack_are_taken_once(session, crystal):
    local(crystal)
    began = datetime(2026, 1, 15, tzinfo=UTC)
    session.execute(update(Chain).values(created_at=began))
    days = snapshots.missing_days()
    assert days[0] == date(2026, 2, 1)
    assert days[-1] == today().replace(day=1)
    snapshots.take(tomorrow := today() + timedelta(days=1))
    snapshots.take(tomorrow)
    (row,) = session.scalars(select(GapSnapshot))
    assert (row.on_day, row.supply, row.coverage, row.gap) == (tomorrow, 1, Decimal("0.5"), 2)
    assert row.status is GapStatus.BASIC


def test_the_job_makes_up_for_months_without_a_run(session, crystal):
    """Nothing existed in those months, so nothing is kept of them; it must still end."""
    local(crystal)
    session.execute(update(Chain).values(created_at=NOW - timedelta(days=70)))
    snapshots.take_missing()
    assert session.scalar(select(func.count()).select_from(GapSnapshot)) == 0


def test_first_days_of_months_run_over_the_year():
    began = datetime(2025, 11, 30, 18, tzinfo=UTC)  # the first of December in China
    assert list(snapshots.first_days(began, date(2026, 2, 1))) == [date(2026, 1, 1), date(2026, 2, 1)]


def course(*coverages: float | None) -> Course:
    """A course of one point a month."""
    return Course(
        [
            Point(date(2026, month, 1), Decimal(0), Decimal(0), None if c is None else Decimal(c), None, GapStatus.WEAK)
            for month, c in enumerate(coverages, start=1)
        ]
    )


@pytest.mark.parametrize(
    ("coverages", "closed", "opened"),
    [
        ([0, 0.5, 1, 1], 3, None),
        ([0, 1, 0.5, 1], 4, None),
        ([1, 1], None, None),
        ([None, 1], None, None),
        ([1, 0.5, 0.5], None, 2),
        ([0, 1, None], 2, None),
        ([], None, None),
    ],
)
def test_closed_since_is_the_first_day_of_the_last_run(coverages, closed, opened):
    found = course(*coverages)
    assert (found.closed_since and found.closed_since.month) == closed
    assert (found.open_since and found.open_since.month) == opened


def test_a_judgement_stands_beside_the_figures_until_it_is_taken_back(session, crystal, sign_in):
    local(crystal)
    manager = factories.User(role=Role.MANAGER, display_name="何科")
    client = sign_in(manager)
    path = f"/chains/{crystal.chain.slug}/segments/{crystal.id}"
    form = {"status": "strong", "reason": "邻市企业一小时内供货", "on_day": "2026-11-20"}
    assert client.post(f"{path}/judgements", data=form).status_code == 302
    (gap,) = gaps_of(crystal.chain_id)
    assert (gap.status, gap.judged, gap.standing) == (GapStatus.BASIC, GapStatus.STRONG, GapStatus.STRONG)
    page = client.get(path).get_data(as_text=True)
    for words in ("邻市企业一小时内供货", "何科", "2026-11-20", "基本具备", "优势"):
        assert words in page
    form = {"status": "", "reason": "企业外迁"}
    assert client.post(f"{path}/judgements", data=form).status_code == 302
    (gap,) = gaps_of(crystal.chain_id)
    assert (gap.judged, gap.standing) == (None, GapStatus.BASIC)
    assert session.scalar(select(func.count()).select_from(GapOverride)) == 2


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"status": "strong", "reason": " "}, "请填写"),
        ({"status": "best", "reason": "甲"}, "选"),
        ({"status": "", "reason": "甲"}, "没有人工判断"),
    ],
)
def test_a_judgement_needs_a_reason_and_something_to_say(session, crystal, sign_in, form, said):
    client = sign_in(factories.User(role=Role.MANAGER))
    answer = client.post(f"/chains/{crystal.chain.slug}/segments/{crystal.id}/judgements", data=form)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
