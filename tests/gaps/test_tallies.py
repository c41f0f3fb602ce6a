"""What is kept of segments equals what counting gives, whatever is written and whenever it is refreshed."""

from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from crm.chain.models import Segment
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, Tier
from crm.gaps.models import SegmentTally, StaleSegment, TallyKind
from crm.gaps.tallies import ROWS, STATEMENTS, refresh, tallied
from crm.pipeline.models import Project, ProjectSegment, Route, Secrecy, Stage, Status
from tests import factories

KINDS = list(TallyKind)


def counted(session: Session, ids: list[int]) -> dict[TallyKind, set]:
    """What the statements give."""
    return {
        kind: {ROWS[kind](*row) for row in session.execute(statement(ids, None))}
        for kind, statement in STATEMENTS.items()
    }


def told(ids: list[int]) -> dict[TallyKind, set]:
    """What a page is told."""
    return {kind: set(rows) for kind, rows in tallied(ids, KINDS).items()}


ACTS = (
    "link", "unlink", "turn", "local", "foreign", "tier", "no tier", "weigh", "archive", "restore", "move", "rename",
    "project", "stage", "pause", "complete", "secret", "shelve", "relink", "likely", "land", "segment", "refresh",
)  # fmt: skip
acts = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), max_size=10)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
def test_tallies_follow_every_act(session, chosen):
    with session.begin_nested() as savepoint:
        segments = [factories.Segment().id for _ in range(3)]
        companies = [factories.Company(city_code="4403").id for _ in range(2)]
        projects = [factories.Project(company=session.get(Company, one), stage_name="在谈").id for one in companies]
        refresh()
        for act, number in chosen:
            if act == "segment":
                segments.append(factories.Segment().id)
            else:
                perform(session, act, number, segments, companies, projects)
            assert told(segments) == counted(session, segments), act
        savepoint.rollback()


def perform(
    session: Session, act: str, number: int, segments: list[int], companies: list[int], projects: list[int]
) -> None:
    company_id, project_id = companies[number % 2], projects[number % 2]
    segment_id = segments[number % 3]
    link = {"company_id": company_id, "segment_id": segment_id}
    company, project = update(Company).where(Company.id == company_id), update(Project).where(Project.id == project_id)
    stages = session.scalars(select(Stage.id).where(Stage.route_id == session.get(Project, project_id).route_id)).all()
    statements = {
        "unlink": delete(CompanySegment).where(CompanySegment.company_id == company_id),
        "turn": update(CompanySegment).where(CompanySegment.segment_id == segment_id).values(is_main=False),
        "foreign": delete(LocalCompany).where(LocalCompany.company_id == company_id),
        "no tier": delete(CompanyTier).where(CompanyTier.company_id == company_id),
        "weigh": update(Tier).where(Tier.name == "链主").values(weight=number + 1),
        "archive": company.values(archived_at=datetime.now(UTC)),
        "restore": company.values(archived_at=None),
        "move": company.values(city_code=[None, "4403", "4201"][number % 3]),
        "rename": company.values(name=f"示例改名{number}"),
        "stage": project.values(stage_id=stages[number % len(stages)]),
        "pause": project.values(status=Status.PAUSED, status_reason="等批复", status_on=date(2026, 2, 1)),
        "complete": project.values(status=Status.COMPLETED, status_on=date(2026, 2, 1), status_reason="已投产"),
        "secret": project.values(secrecy=Secrecy.RESTRICTED, investment_wan=number * 100),
        "shelve": project.values(archived_at=datetime.now(UTC)),
        "relink": delete(ProjectSegment).where(ProjectSegment.project_id == project_id),
        "likely": update(Stage).where(Stage.name == "在谈").values(probability=number / 10),
        "land": project.values(local_company_id=companies[(number + 1) % 2]),
    }
    if act == "refresh":
        refresh()
    elif act in statements:
        session.execute(statements[act])
    elif act == "link" and session.scalar(select(CompanySegment.id).filter_by(**link)) is None:
        session.add(CompanySegment(**link, is_main=False))
    elif act == "local" and session.scalar(select(LocalCompany.id).filter_by(company_id=company_id)) is None:
        session.add(LocalCompany(company_id=company_id))
    elif act == "tier" and session.scalar(select(CompanyTier.id).filter_by(company_id=company_id)) is None:
        session.add(CompanyTier(company_id=company_id, tier_id=session.scalar(select(Tier.id).filter_by(name="链主"))))
    elif act == "project" and (
        session.scalar(select(ProjectSegment.id).filter_by(project_id=project_id, segment_id=segment_id)) is None
    ):
        session.add(ProjectSegment(project_id=project_id, segment_id=segment_id, is_main=False))
    session.flush()
    session.expire_all()


def test_a_write_marks_its_segments_alone_and_refreshing_takes_the_marks(session):
    busy, quiet = factories.Segment(), factories.Segment()
    session.flush()
    refresh()
    made = factories.Company()
    made.segments, made.local = [CompanySegment(segment=busy, is_main=True)], LocalCompany()
    session.flush()
    assert set(session.scalars(select(StaleSegment.segment_id))) == {busy.id}
    refresh()
    assert session.scalar(select(func.count()).select_from(StaleSegment)) == 0
    kept = select(SegmentTally.rows).filter_by(segment_id=busy.id, kind=TallyKind.SUPPLIERS)
    assert [row[1:] for row in session.scalar(kept)] == [[True, 0, 1]]
    session.execute(delete(Segment).where(Segment.id == quiet.id))
    refresh()
    assert session.scalar(select(func.count()).where(SegmentTally.segment_id == quiet.id)) == 0


def test_a_route_that_no_longer_makes_supply_is_seen_at_once(session):
    segment = factories.Segment()
    project = factories.Project(stage_name="在谈")
    project.segments = [ProjectSegment(segment=segment, is_main=True)]
    session.flush()
    refresh()
    assert [work.is_coming for work in tallied([segment.id], [TallyKind.WORKS])[TallyKind.WORKS]] == [True]
    session.execute(update(Route).where(Route.id == project.route_id).values(makes_supply=False))
    assert [work.is_coming for work in tallied([segment.id], [TallyKind.WORKS])[TallyKind.WORKS]] == [False]
