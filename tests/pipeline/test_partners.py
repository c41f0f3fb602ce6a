"""双轨: whom a target could work with in the city, and 合作牵线 from the first press to the outcome."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.accounts.models import Role
from crm.chain.models import Position, Segment
from crm.companies.models import Company, CompanySegment, LocalCompany
from crm.landing.locals.models import Need, PartnerWish
from crm.pipeline import partners
from crm.pipeline.models import Introduction, Project, ProjectPartner, Secrecy
from tests import factories


@pytest.fixture
def crystal(session: Session) -> Segment:
    return factories.Segment(name="激光晶体", position=Position.UP)


@pytest.fixture
def laser(crystal: Segment) -> Segment:
    return factories.Segment(chain=crystal.chain, name="激光器", position=Position.MID)


def company(*segments: Segment, local: bool = False, **values) -> Company:
    made = factories.Company(**values)
    made.segments = [CompanySegment(segment=one, is_main=n == 0) for n, one in enumerate(segments)]
    made.local = LocalCompany() if local else None
    factories.db.session.flush()
    return made


def reasons(found: list[partners.Match]) -> dict[str, list[str]]:
    return {match.company.name: match.reasons for match in found}


def test_a_target_meets_whom_it_supplies_and_who_asks_for_it(app, session, crystal, laser):
    officer = factories.User()
    target = company(crystal)
    company(laser, name="下游", local=True)
    company(crystal, name="同环节", local=True)
    wishing = company(name="在找", local=True)
    session.add(PartnerWish(company=wishing, segment=crystal, body="稳定供应晶体"))
    session.add(PartnerWish(company=wishing, segment=crystal, body="过期的", until=date(2020, 1, 1)))
    company(laser, name="外地")
    needing = company(laser, name="有诉求", local=True)
    session.add(Need(company=needing, body="缺激光晶体货源", raised_on=date(2026, 1, 1)))
    session.flush()
    with app.test_request_context():
        found = partners.matches_of(target, officer)
    assert [match.company.name for match in found][:2] == ["在找", "有诉求"]
    assert reasons(found) == {
        "在找": ["本地企业在找：稳定供应晶体"],
        "有诉求": ["可向它供货：“激光晶体”供“激光器”", "本地企业有诉求：缺激光晶体货源"],
        "下游": ["可向它供货：“激光晶体”供“激光器”"],
        "同环节": ["同在“激光晶体”"],
    }


def test_a_local_company_meets_targets_that_one_may_read(app, session, crystal, laser):
    officer = factories.User()
    local = company(laser, local=True)
    session.add(PartnerWish(company=local, segment=crystal, body="晶体"))
    company(crystal, name="我的", owner=officer)
    company(crystal, name="别人的", owner=factories.User())
    company(crystal, name="没人跟进")
    session.flush()
    with app.test_request_context():
        found = partners.matches_of(local, officer)
    assert reasons(found) == {"我的": ["可向它采购：“激光晶体”供“激光器”", "本地企业在找：晶体"]}


def test_wishes_and_needs_of_companies_one_may_not_read_say_nothing(app, session, crystal):
    target = company(crystal)
    hidden = company(name="外科室的", local=True, owner=factories.User())
    session.add(PartnerWish(company=hidden, segment=crystal, body="机密"))
    session.flush()
    with app.test_request_context():
        assert partners.matches_of(target, factories.User()) == []


@given(st.lists(st.sampled_from([*Position, None]), min_size=2, max_size=2))
def test_who_could_supply_could_be_bought_from(positions):
    """What one side's page says of two companies, the other side's says the other way round."""
    ends = [Segment(id=n, chain_id=1, name=f"环节{n}", position=position) for n, position in enumerate(positions)]
    sides = []
    for mine, other in (ends, ends[::-1]):
        match = partners.Match(Company(segments=[CompanySegment(segment=other)]))
        partners.compare(match, [mine])
        sides.append([reason[:4] for reason in match.reasons])
    mirrored = {"可向它供": "可向它采", "可向它采": "可向它供"}
    assert [mirrored[reason] for reason in sides[0]] == sides[1]


def test_from_the_first_press_to_the_outcome(app, session, crystal, laser):
    officer = factories.User()
    target = company(crystal, name="示例星火", owner=officer)
    local = company(laser, name="示例岐江", local=True)
    client = factories.signed_in(app, officer)
    assert "可向它供货" in client.get(f"/companies/{target.id}").text
    assert client.post(f"/companies/{target.id}/cooperations", data={"local_id": local.id}).status_code == 302
    project = session.scalars(select(Project)).one()
    assert (project.name, project.route.makes_supply) == ("示例星火与示例岐江合作", False)
    base = f"/projects/{project.id}"
    assert client.post(f"{base}/introductions", data={"on_day": "2999-01-01"}).status_code == 422
    assert client.post(f"{base}/introductions", data={"on_day": "2026-11-02", "note": "看样品"}).status_code == 302
    partner = session.scalars(select(ProjectPartner)).one()
    outcome = {"outcome": "签供货框架", "outcome_on": "2026-11-20", "version": partner.version}
    url = f"/project-partners/{partner.id}/outcome"
    assert client.post(url, data={**outcome, "version": 0}).status_code == 409
    assert client.post(url, data={**outcome, "outcome": " "}).status_code == 422
    assert client.post(url, data=outcome).status_code == 302
    page = client.get(base).text
    assert all(words in page for words in ("示例岐江", "看样品", "签供货框架", "2026-11-02"))
    assert "签供货框架" in client.get(f"/companies/{local.id}").text
    held = session.scalars(select(Introduction)).one()
    assert client.post(f"/introductions/{held.id}/deletion").status_code == 302
    assert session.scalars(select(Introduction)).all() == []


def test_a_partner_is_local_and_the_route_one_of_cooperation(app, session, crystal):
    manager = factories.User(role=Role.MANAGER)
    target = company(crystal, owner=manager)
    client = factories.signed_in(app, manager)
    form = {"local_id": company(crystal).id}
    assert client.post(f"/companies/{target.id}/cooperations", data=form).status_code == 422
    building = factories.Project(company=target, owner=manager)
    local = company(crystal, local=True)
    assert client.post(f"/projects/{building.id}/partner", data={"company_id": local.id}).status_code == 422


def test_the_local_side_counts_what_it_may_not_name(app, session, crystal):
    officer = factories.User()
    local = company(crystal, name="示例本地", local=True, owner=officer)
    stranger = factories.User(office=officer.office)
    project = factories.Project(
        name="保密合作",
        route=factories.route("matchmaking"),
        stage_name="线索",
        owner=stranger,
        secrecy=Secrecy.RESTRICTED,
    )
    session.add(ProjectPartner(project=project, company=local))
    session.flush()
    text = factories.signed_in(app, officer).get(f"/companies/{local.id}").text
    assert "保密合作" not in text
    assert "另有 1 个受限或其他部门的项目" in text
