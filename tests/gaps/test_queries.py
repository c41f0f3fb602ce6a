"""What the database brings to the formula: who counts where, with which weight, and what a viewer may know of it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.chain.models import Cluster, ClusterDivision, Segment
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, Tier
from crm.gaps import matrix, queries
from crm.gaps.analysis import Gap, GapStatus
from crm.pipeline.models import Phase, Project, ProjectSegment, Secrecy, Status
from tests import factories


@pytest.fixture
def crystal(session: Session) -> Segment:
    return factories.Segment(name="激光晶体", importance=5, wanted=Decimal(3))


@pytest.fixture
def fibre(crystal: Segment) -> Segment:
    return factories.Segment(chain=crystal.chain, name="特种光纤", importance=4, wanted=Decimal(2))


def company(
    main: Segment | None, *others: Segment, tiers: tuple[str, ...] = (), local: bool = True, **values
) -> Company:
    made = factories.Company(**values)
    links = [(main, True)] if main else []
    made.segments = [CompanySegment(segment=s, is_main=m) for s, m in links + [(other, False) for other in others]]
    session = factories.db.session
    made.tiers = [CompanyTier(tier=session.scalars(select(Tier).where(Tier.name == name)).one()) for name in tiers]
    made.local = LocalCompany() if local else None
    session.flush()
    return made


def project(main: Segment, *, stage_name: str = "在谈", **values) -> Project:
    made = factories.Project(stage_name=stage_name, **values)
    made.segments = [ProjectSegment(segment=main, is_main=True)]
    factories.db.session.flush()
    return made


def gap_of(segment: Segment) -> Gap:
    return next(gap for gap in queries.gaps_of(segment.chain_id) if gap.segment_id == segment.id)


def test_supply_is_share_times_the_largest_tier(session, crystal, fibre):
    company(crystal, fibre, tiers=("重点", "链主"))  # 3 in its main segment, 1/1 × 3 in the other
    company(fibre, tiers=("隐形冠军",))  # 1
    company(fibre)  # 1, without any tier
    assert gap_of(crystal).supply == 3
    assert gap_of(fibre).supply == 5


def test_the_share_in_others_looks_at_all_chains(session, crystal, fibre):
    elsewhere = factories.Segment(name="电视背光")
    company(elsewhere, crystal, fibre, tiers=("链主",))
    assert gap_of(crystal).supply == Fraction(3, 2)
    assert gap_of(elsewhere).supply == 3


def test_targets_and_archived_companies_are_no_supply(session, crystal):
    company(crystal, local=False)
    company(crystal, archived_at=datetime.now(UTC))
    assert gap_of(crystal).supply == 0
    assert gap_of(crystal).status is GapStatus.UNASSESSED


def test_a_company_in_one_segment_makes_the_others_missing(session, crystal, fibre):
    company(crystal)
    assert gap_of(fibre).status is GapStatus.MISSING


def test_expected_is_probability_times_weight(session, crystal):
    project(crystal, stage_name="在谈", company=company(None, tiers=("链主",), local=False))  # 0.25 × 3
    project(crystal, stage_name="签约")  # 0.6 × 1
    assert gap_of(crystal).expected == Fraction(75, 100) + Fraction(60, 100)


@pytest.mark.parametrize("status", [Status.PAUSED, Status.LOST, Status.ABORTED])
def test_a_project_that_stands_still_is_not_expected(session, crystal, status):
    project(crystal, status=status, status_reason="企业暂停扩产", status_on=date(2026, 2, 1))
    assert gap_of(crystal).expected == 0


def test_brokered_cooperation_is_not_expected(session, crystal):
    project(crystal, stage_name="对接", route=factories.route("matchmaking"))
    assert gap_of(crystal).expected == 0


def test_a_landed_project_counts_until_its_local_company_does(session, crystal):
    landed = project(
        crystal, stage_name="投产", status=Status.COMPLETED, status_reason="投产", status_on=date(2026, 2, 1)
    )
    company(crystal)
    assert (gap_of(crystal).supply, gap_of(crystal).expected) == (1, 1)
    landed.local_company = company(None)
    session.flush()
    assert (gap_of(crystal).supply, gap_of(crystal).expected) == (1, 1)  # local, but in no segment yet
    landed.local_company.segments = [CompanySegment(segment=crystal, is_main=True)]
    session.flush()
    assert (gap_of(crystal).supply, gap_of(crystal).expected) == (2, 0)


def test_an_expansion_of_a_company_that_already_counts_adds_nothing(session, crystal):
    project(crystal, stage_name="签约", route=factories.route("expansion"), company=company(crystal))
    assert (gap_of(crystal).supply, gap_of(crystal).expected) == (1, 0)


def test_figures_are_the_same_for_everybody_but_names_are_not(session, crystal):
    mine, theirs = factories.User(), factories.User()
    project(crystal, owner=mine, name="我的项目")
    project(crystal, owner=theirs, name="别人的项目")
    project(crystal, owner=theirs, name="秘密项目", secrecy=Secrecy.RESTRICTED)
    session.flush()

    def names(user):
        return {row[0].name for row in session.execute(queries.prospect_rows(crystal.id, user))}

    assert gap_of(crystal).expected == 3 * Fraction(25, 100)
    assert sum(row.count for row in queries.figures_of(crystal.chain_id).prospects) == 3
    assert names(mine) == {"我的项目"}
    assert names(theirs) == {"别人的项目", "秘密项目"}


def test_working_lists_those_that_count_most_first(session, crystal, fibre):
    other = company(fibre, crystal, tiers=("链主",), name="其他环节")
    plain = company(crystal, name="一般")
    leader = company(crystal, tiers=("链主",), name="链主")
    rows = session.execute(queries.supplier_rows(crystal.id)).all()
    assert [(row[0], row[1], row[2], row[3]) for row in rows] == [
        (leader, 3, True, 0),
        (plain, 1, True, 0),
        (other, 3, False, 1),
    ]


def test_companies_by_cluster_find_the_city_before_its_province(session, crystal):
    delta, rest = Cluster(name="珠三角"), Cluster(name="其他广东")
    delta.divisions = [ClusterDivision(division_code="4403")]
    rest.divisions = [ClusterDivision(division_code="44")]
    session.add_all([delta, rest])
    session.flush()
    for city_code in ("4403", "4403", "4451", "44", "4201", None):
        company(crystal, local=city_code == "4451", city_code=city_code)
    company(crystal, city_code="4403", archived_at=datetime.now(UTC))
    rows = {tuple(row) for row in session.execute(matrix.companies_by_cluster(crystal.chain_id))}
    assert rows == {
        (crystal.id, delta.id, True, 2),
        (crystal.id, rest.id, True, 2),
        (crystal.id, None, True, 2),
    }


def test_only_open_projects_stand_on_the_board(session, crystal):
    project(crystal)
    project(crystal, secrecy=Secrecy.RESTRICTED)
    project(crystal, stage_name="签约", status=Status.PAUSED, status_reason="等批复", status_on=date(2026, 2, 1))
    project(crystal, status=Status.LOST, status_reason="去了外地", status_on=date(2026, 2, 1))
    project(crystal, archived_at=datetime.now(UTC))
    assert set(queries.figures_of(crystal.chain_id).on_board) == {
        (crystal.id, Phase.NEGOTIATING, True, 2),
        (crystal.id, Phase.SIGNED, True, 1),
    }


def test_unclassified_are_local_companies_without_any_segment(session, crystal):
    waiting = company(None)
    company(crystal)
    company(None, local=False)
    company(None, is_demo=True)
    assert session.scalars(queries.unclassified(is_demo=False)).all() == [waiting]


def test_top_gaps_leave_a_fictitious_chain_out_once_a_real_one_is_assessed(session, crystal, fibre):
    demo = factories.Segment(chain=factories.Chain(is_demo=True), name="示例环节", importance=5, wanted=Decimal(9))
    company(demo, is_demo=True)
    assert [row.segment for row in queries.top_gaps(5)] == [demo]
    company(fibre)
    assert [(row.segment, row.gap.gap) for row in queries.top_gaps(5)] == [(crystal, 5), (fibre, 2)]
