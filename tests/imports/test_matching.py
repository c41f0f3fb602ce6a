"""Which company a row is about: spellings, short names, who holds it. A likeness proposes, a person decides."""

import pytest
from sqlalchemy import select

from crm.accounts.models import Role
from crm.companies import likeness, matching
from crm.companies.models import Company, CompanyAlias
from crm.companies.naming import bare_place, is_short, name_key
from crm.companies.services import refresh_derived
from crm.database import db
from imports.models import Finding
from tests import factories
from tests.imports.importing import check, company, fates, run, said


@pytest.fixture
def officer(session):
    return factories.User()


def known(name: str, *aliases: str, **values) -> Company:
    """A company that is found as one made on the page."""
    made = factories.Company(name=name, **values)
    made.aliases.extend(CompanyAlias(alias=alias) for alias in aliases)
    refresh_derived(made)
    db.session.flush()
    return made


def candidates(batch) -> list[str]:
    details = db.session.scalars(select(Finding.details).where(Finding.batch_id == batch.id)).all()
    return [candidate["name"] for found in details for candidate in found.get("candidates", ())]


@pytest.mark.parametrize(
    "spelling",
    [
        "深圳市示例光电（集团）股份有限公司",
        " 深圳市 示例光电(集团)股份有限公司　",
        "\ufeff深圳市示例\u200b光电【集团】股份有限公司",
        "深圳市示例光電（集團）股份有限公司",
        "深圳市示例光电集团股份公司",
        "深圳示例光电（集团）股份有限公司",
        "广东省深圳市示例光电（集团）股份有限公司",
        "广东深圳示例光电（集团）股份有限公司",
    ],
)
def test_a_name_is_known_in_every_spelling(officer, spelling):
    old = known("深圳市示例光电(集团)股份有限公司")
    assert matching.match(spelling) == matching.Verdict(old.id)
    assert fates(run([["企业名称", "主营产品"], [spelling, "激光器"]], officer)) == {"updated": 1}


def test_what_tells_names_apart_is_kept():
    assert bare_place("深圳市") == "深圳市"
    assert name_key("深圳市示例有限公司") != name_key("东莞市示例有限公司")
    assert name_key("示例(深圳)有限公司") != name_key("深圳示例有限公司")
    assert [is_short(name_key(name)) for name in ("示例激光", "*ST示例", "示例厂", "示例激光有限公司")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_a_short_name_waits_for_a_person_and_is_known_from_then_on(officer):
    right, _other = known("示例金力光电科技集团股份有限公司"), known("示例金力贸易有限公司")
    rows = [["企业名称", "主营产品"], ["金力光电", "激光器"]]
    batch = check(rows, officer)
    assert fates(batch) == {"ambiguous": 1}
    assert candidates(batch) == ["示例金力光电科技集团股份有限公司"]
    assert fates(run(rows, officer, choices={"0-2": right.id})) == {"updated": 1}
    db.session.refresh(right)
    assert [alias.alias for alias in right.aliases] == ["金力光电"]
    assert fates(run(rows, officer)) == {"unchanged": 1}


def test_a_person_may_say_that_a_short_name_is_nobody_known(officer):
    known("示例金力光电科技集团股份有限公司")
    assert fates(run([["企业名称"], ["金力光电"]], officer, choices={"0-2": "new"})) == {"created": 1}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("金力光电", ["深圳示例金力光电有限公司"]),
        ("金力", ["深圳示例金力光电有限公司"]),
        ("ST金光电", ["深圳示例金力光电有限公司"]),
        ("*ST金力A", ["深圳示例金力光电有限公司"]),
        ("光电金力", []),
        ("深圳示例金利光电有限公司", ["深圳示例金力光电有限公司"]),
        ("深圳示例精力光电有限公司", ["深圳示例金力光电有限公司"]),
        ("深圳示例天力光电有限公司", ["深圳示例金力光电有限公司"]),
        ("深圳示例天元光电有限公司", []),
    ],
)
def test_what_may_have_been_meant_is_proposed(session, asked, found):
    known("深圳示例金力光电有限公司")
    assert [candidate.name for candidate in likeness.proposals([asked]).get(asked, [])] == found


def test_a_nearly_equal_full_name_is_said_but_decides_nothing(officer):
    known("深圳示例金力光电有限公司")
    batch = check([["企业名称"], ["深圳示例金利光电有限公司"]], officer)
    assert (fates(batch), said(batch)) == ({"created": 1}, [(2, "note", "name")])


def test_who_holds_a_company_is_said_and_nothing_of_it_changes(officer):
    colleague, stranger = factories.User(office=officer.office), factories.User()
    held = [
        known("示例甲有限公司", owner=colleague, products="旧"),
        known("示例乙有限公司", owner=stranger, products="旧"),
        known("示例丙有限公司", owner=stranger),
        known("示例丁有限公司", archived_at=officer.created_at, products="旧"),
    ]
    rows = [["企业名称", "主营产品"], *([made.name, "新"] for made in held)]
    rows[3][1] = ""
    batch = run(rows, officer)
    assert fates(batch) == {"unchanged": 4}
    found = select(Finding.number, Finding.kind, Finding.message, Finding.details).order_by(Finding.number)
    told = [(kind.value, message % details) for _number, kind, message, details in db.session.execute(found)]
    assert told == [
        ("held", f"由本部门的{colleague.display_name}跟进，您不能修改；这一行的其他内容没有采用。"),
        ("held", f"由{stranger.office.name}跟进，您不能修改；这一行的其他内容没有采用。"),
        ("held", f"由{stranger.office.name}跟进。"),
        ("note", "这家企业已归档，恢复后才能修改；这一行的内容没有采用。"),
    ]
    assert company("示例乙有限公司").products == "旧"


def test_a_manager_may_change_what_her_officers_hold(session):
    manager = factories.User(role=Role.MANAGER)
    known("示例甲有限公司", owner=factories.User(office=manager.office), products="旧")
    assert fates(run([["企业名称", "主营产品"], ["示例甲有限公司", "新"]], manager)) == {"updated": 1}
