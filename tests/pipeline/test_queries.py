"""What a user sees of projects: by office, by name on a 受限 one, and by filter."""

from datetime import date
from decimal import Decimal

import pytest

from crm.accounts.models import Role
from crm.database import db
from crm.errors import BadRequest
from crm.pipeline import board, queries
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.models import Phase, ProjectInteraction, ProjectMember, ProjectSegment, Secrecy, Status
from crm.pipeline.permissions import may_read
from crm.pipeline.services import refresh_last_contact
from crm.tokens import index_text
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


def seen(user, query=None) -> set[int]:
    return set(
        db.session.scalars(
            (query if query is not None else queries.visible_to(user)).with_only_columns(queries.Project.id)
        )
    )


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("secrecy", list(Secrecy))
@pytest.mark.parametrize("standing", ["own", "office", "other", "pool", "member", "sponsor"])
def test_query_and_question_agree_on_who_may_know_of_a_project(role, secrecy, standing) -> None:
    office = factories.Office()
    user = factories.User(role=role, office=office)
    owner = {
        "own": user,
        "office": factories.User(office=factories.Office(parent=office)),
        "pool": None,
    }.get(standing, factories.User())
    project = factories.Project(owner=owner, secrecy=secrecy, sponsor=user if standing == "sponsor" else None)
    if standing == "member":
        project.members.append(ProjectMember(user=user, user_id=user.id))
    db.session.flush()
    assert (project.id in seen(user)) == may_read(user, project)
    if secrecy is Secrecy.RESTRICTED:
        assert may_read(user, project) == (standing in ("own", "member", "sponsor"))
    elif standing == "other":
        assert may_read(user, project) == (role is Role.ADMIN)


def test_a_filter_narrows_by_each_of_its_fields() -> None:
    segment = factories.Segment()
    user = factories.User(role=Role.ADMIN)
    wanted = factories.Project(
        name="示例星火基地",
        company=factories.Company(name="示例晶体", search=index_text("示例晶体")),
        search=index_text("示例星火基地"),
        stage_name="在谈",
        stage_since=date(2026, 1, 1),
    )
    wanted.segments.append(ProjectSegment(segment=segment, is_main=True))
    wanted.members.append(ProjectMember(user=user, user_id=user.id))
    other = factories.Project(
        route=factories.route("premises"), status=Status.PAUSED, status_reason="等", status_on=date(2026, 2, 1)
    )
    db.session.flush()
    for args in (
        {"route": "greenfield"},
        {"phase": "negotiating"},
        {"stage": str(wanted.stage_id)},
        {"status": "ongoing"},
        {"chain": segment.chain.slug},
        {"segment": str(segment.id)},
        {"officer": str(wanted.owner_id)},
        {"office": str(wanted.office_id)},
        {"mine": "1"},
        {"stale": "1"},
        {"q": "xinghuo"},
        {"q": "星火"},
        {"q": "晶体"},
    ):
        found = seen(user, ProjectFilter.from_args({"status": "all"} | args).apply(queries.visible_to(user), user))
        assert found == {wanted.id}, args
    everything = ProjectFilter.from_args({"status": "all"}).apply(queries.visible_to(user), user)
    assert seen(user, everything) == {wanted.id, other.id}
    assert seen(user, ProjectFilter.from_args({"status": "open"}).apply(queries.visible_to(user), user)) == {
        wanted.id,
        other.id,
    }


@pytest.mark.parametrize(
    "args", [{"stage": "x"}, {"stage": "-1"}, {"officer": str(2**63)}, {"phase": "done"}, {"status": "x"}]
)
def test_a_filter_that_no_page_offers_is_refused(args) -> None:
    with pytest.raises(BadRequest):
        ProjectFilter.from_args(args)


def test_hidden_projects_are_a_count_that_no_name_or_officer_can_probe() -> None:
    user = factories.User()
    factories.Project(name="示例机密基地", search=index_text("示例机密基地"))
    factories.Project(owner=factories.User(office=user.office), secrecy=Secrecy.RESTRICTED)
    factories.Project(owner=user)
    assert ProjectFilter.from_args({}).hidden_count(user) == 2
    assert ProjectFilter.from_args({"route": "premises"}).hidden_count(user) == 0
    assert ProjectFilter.from_args({"q": "机密"}).hidden_count(user) == 0
    assert ProjectFilter.from_args({"office": str(user.office_id)}).hidden_count(user) == 0


def test_columns_count_and_sum_what_one_sees() -> None:
    user = factories.User(role=Role.MANAGER)
    mate = factories.User(office=user.office)
    factories.Project(owner=mate, investment_wan=Decimal(3000))
    factories.Project(owner=mate, investment_wan=Decimal(4000), stage_name="签约")
    factories.Project(owner=mate, stage_name="注册")
    factories.Project(investment_wan=Decimal(9000))
    route = factories.route()
    found = {
        c.name: (c.count, c.investment_wan, len(c.cards)) for c in board.columns(user, ProjectFilter(), [route], route)
    }
    assert found["线索"] == (1, 3000, 1)
    assert found["签约"] == (1, 4000, 1)
    by_phase = {c.phase: (c.count, c.investment_wan) for c in board.totals(user, ProjectFilter())}
    assert by_phase[Phase.SIGNED] == (2, 4000)
    assert by_phase[Phase.OPERATING] == (0, 0)


def test_a_column_shows_the_longest_idle_first_and_says_how_many_more(monkeypatch) -> None:
    monkeypatch.setattr(board, "FIRST", 2)
    user = factories.User()
    days = [date(2026, 1, 3), date(2026, 1, 1), date(2026, 1, 2)]
    projects = [factories.Project(owner=user, stage_since=day) for day in days]
    first = board.columns(user, ProjectFilter(), [], factories.route())[0]
    assert [card.project for card in first.cards] == [projects[1], projects[2]]
    assert first.more == 1


def test_cards_count_what_the_next_gate_asks() -> None:
    user = factories.User()
    project = factories.Project(owner=user, summary="二期")
    card = board.Card.of(project, date(2026, 1, 10))
    assert card.missing == 4
    assert (card.days_in_stage, card.idle_days, card.is_stale) == (5, 5, False)
    assert board.Card.of(project, date(2026, 3, 10)).is_stale


def test_idle_days_count_from_the_last_real_contact() -> None:
    project = factories.Project(stage_since=date(2026, 1, 5))
    for day in (date(2026, 2, 1), date(2026, 3, 1), date(2025, 12, 1)):
        contact = factories.Interaction(company=project.company, happened_on=day)
        db.session.add(ProjectInteraction(project_id=project.id, interaction_id=contact.id))
    db.session.flush()
    refresh_last_contact([project.id])
    db.session.refresh(project)
    assert project.last_contact_on == date(2026, 3, 1)
    assert project.idle_days(date(2026, 3, 11)) == 10


def test_company_reads_show_only_visible_projects() -> None:
    user = factories.User()
    company = factories.Company()
    own = factories.Project(owner=user, company=company, stage_name="在谈")
    factories.Project(company=company, secrecy=Secrecy.RESTRICTED)
    assert list(db.session.scalars(queries.of_company(user, company.id))) == [own]
    assert len(db.session.scalars(queries.all_of_company(company.id)).all()) == 2  # one of them to be counted alone
    assert {c: [s.name for s in v] for c, v in queries.stages_of([company.id], user).items()} == {company.id: ["在谈"]}
    assert list(db.session.scalars(queries.companies_in_phase(Phase.LEAD, user))) == []
    assert list(db.session.scalars(queries.companies_in_phase(Phase.NEGOTIATING, user))) == [company.id]
