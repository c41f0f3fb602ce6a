"""Whether a company is known: decided by code and name, never guessed."""

import pytest

from crm.companies.matching import OTHER_CODE, SEVERAL, TWO_COMPANIES, match, match_all
from crm.companies.models import CompanyAlias
from crm.companies.naming import name_key
from tests import factories

CODE, OTHER = "91000000DEM0000019", "91000000DEM000002C"


def company(name: str, uscc: str | None = None, alias: str = ""):
    row = factories.Company(name=name, name_key=name_key(name), uscc=uscc)
    if alias:
        row.aliases.append(CompanyAlias(alias=alias, alias_key=name_key(alias)))
    return row


@pytest.mark.parametrize(
    "spelling",
    [
        "示例光电（深圳）有限公司",
        "示例光电(深圳)有限公司",
        " 示例光电 (深圳) 有限责任公司 ",
        "示例光電（深圳）有限公司",
    ],
)
def test_spellings_of_one_name_match(session, spelling):
    known = company("示例光电（深圳）有限公司")
    session.flush()
    assert match(spelling).company_id == known.id


def test_the_code_decides_over_the_name(session):
    known = company("示例旧名有限公司", CODE)
    session.flush()
    assert match("示例新名有限公司", CODE).company_id == known.id


def test_two_companies_of_one_name_are_told_apart_by_code(session):
    first, second = company("示例同名有限公司", CODE), company("示例同名有限公司", OTHER)
    session.flush()
    assert match("示例同名有限公司", OTHER).company_id == second.id
    assert match("示例同名有限公司").reason == SEVERAL
    assert {candidate.company_id for candidate in match("示例同名有限公司").candidates} == {first.id, second.id}


def test_a_name_with_another_code_waits_for_a_person(session):
    company("示例同名有限公司", CODE)
    session.flush()
    assert match("示例同名有限公司", OTHER).reason == OTHER_CODE


def test_code_of_one_and_name_of_another_waits_for_a_person(session):
    company("示例甲有限公司", CODE)
    company("示例乙有限公司", OTHER)
    session.flush()
    assert match("示例乙有限公司", CODE).reason == TWO_COMPANIES


def test_a_short_name_matches_only_if_it_is_one_companys(session):
    known = company("示例激光科技股份有限公司", alias="示例激光")
    session.flush()
    assert match("示例激光").company_id == known.id
    company("示例激光设备股份有限公司", alias="示例激光")
    session.flush()
    assert match("示例激光").is_ambiguous


def test_many_are_asked_at_once_in_order(session):
    known = company("示例甲有限公司", CODE)
    session.flush()
    verdicts = match_all([("", None), (name_key("示例丙有限公司"), None), ("", CODE)])
    assert [verdict.company_id for verdict in verdicts] == [None, None, known.id]
