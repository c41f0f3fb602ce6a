"""The leader's page: what it gathers, and what it keeps from others."""

from datetime import date
from decimal import Decimal

import pytest

from crm.accounts.models import Role
from crm.home.leader import overview_of
from crm.pipeline.models import Secrecy
from crm.rules import today
from tests import factories

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def leader():
    return factories.User(role=Role.LEADER)


@pytest.fixture
def officer(leader):
    return factories.User(office=factories.Office(parent=leader.office))


def test_it_gathers_what_a_leader_looks_at(leader, officer) -> None:
    stale = factories.Project(owner=officer, stage_since=date(2026, 1, 1), investment_wan=Decimal(900))
    sponsored = factories.Project(owner=officer, sponsor=leader, stage_since=today(), investment_wan=Decimal(5000))
    large = factories.Project(owner=officer, stage_since=today(), investment_wan=Decimal(80000))
    factories.Project(investment_wan=Decimal(99999))
    overview = overview_of(leader)
    assert (overview.count, overview.investment_wan, overview.hidden) == (3, Decimal(85900), 1)
    assert overview.sponsored.rows == [sponsored]
    assert overview.stale.rows == [stale]
    assert overview.largest == [large]


def test_the_page_names_projects_below_and_offers_their_officers(leader, officer, sign_in) -> None:
    project = factories.Project(owner=officer, name="示例星火基地", stage_since=today(), investment_wan=Decimal(62000))
    hidden = factories.Project(owner=officer, name="示例机密基地", secrecy=Secrecy.RESTRICTED)
    page = sign_in(leader).get("/leader").get_data(as_text=True)
    assert "6.2 亿元" in page
    assert f"/instructions/new?project={project.id}" in page
    assert officer.display_name in page
    assert hidden.name not in page


def test_officers_and_administrators_have_no_such_page(officer, sign_in) -> None:
    for user in (officer, factories.User(role=Role.ADMIN)):
        assert sign_in(user).get("/leader").status_code == 403
