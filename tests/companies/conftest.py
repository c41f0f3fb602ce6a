"""People of two offices, and what makes a company of a factory findable."""

import pytest

from crm.accounts.models import Role
from crm.companies.models import Company, CompanyAlias
from crm.companies.services import refresh_derived
from crm.database import db
from tests import factories


@pytest.fixture
def office(session):
    return factories.Office(name="激光产业科")


@pytest.fixture
def officer(office):
    return factories.User(display_name="林岚", office=office)


@pytest.fixture
def manager(office):
    return factories.User(display_name="陈科", role=Role.MANAGER, office=office)


@pytest.fixture
def stranger(session):
    return factories.User(display_name="外科室", office=factories.Office(name="光电产业科"))


@pytest.fixture
def company(officer):
    """A company of the officer's, with what only her office may see."""
    return made("示例星火晶体科技有限公司", owner=officer, products="掺镱光纤", address="科技园一号")


def made(name: str, *aliases: str, **values) -> Company:
    """A company as services write it: keys, city and search tokens follow its names, code and place."""
    row = factories.Company(name=name, **values)
    row.aliases = [CompanyAlias(alias=alias, alias_key="") for alias in aliases]
    refresh_derived(row)
    db.session.flush()
    return row
