"""Sheets of companies: what is created, matched, compared, left out."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from crm.accounts.models import Role
from crm.companies import personal
from crm.companies.models import Company, CompanyAlias, Contact, TargetList
from crm.companies.naming import name_key
from crm.companies.queries import matches
from crm.database import db
from crm.history.models import HistoryRow
from imports.models import RowFate
from tests import factories
from tests.imports.importing import check, company, fates, run, said

CODE, OTHER = "91000000DEM0000019", "91000000DEM000002C"
HEADER = ["企业名称", "统一社会信用代码", "所在地", "主营产品", "注册资本(亿元)"]


@pytest.fixture
def officer(session):
    return factories.User()


def known(name: str, uscc: str | None = None, **values) -> Company:
    return factories.Company(name=name, name_key=name_key(name), uscc=uscc, **values)


def test_new_companies_go_to_the_pool_with_all_that_the_sheet_says(officer):
    batch = run([HEADER, ["示例光电(深圳)有限公司", CODE, "广东深圳", "激光器；模组", "3.5"]], officer)
    row = company("示例光电（深圳）有限公司")
    assert fates(batch) == {"created": 1}
    assert (row.uscc, row.division_code, row.city_code, row.capital_wan) == (CODE, "4403", "4403", Decimal(35000))
    assert row.in_pool
    assert db.session.scalars(select(RowFate.number).where(RowFate.company_id == row.id)).one() == 2
    assert row.id in db.session.scalars(select(Company.id).where(matches("slgd")))


def test_a_check_writes_nothing_and_says_the_same(officer):
    rows = [HEADER, ["示例甲有限公司", CODE, "深圳", "", ""], ["示例乙有限公司", "错", "深圳", "", ""]]
    before = db.session.scalar(select(func.count()).select_from(Company))
    checked = check(rows, officer)
    assert db.session.scalar(select(func.count()).select_from(Company)) == before
    assert fates(checked) == fates(run(rows, officer)) == {"created": 1, "rejected": 1}


def test_the_same_sheet_again_changes_nothing(officer):
    rows = [HEADER, ["示例甲有限公司", CODE, "深圳", "激光器", "1"], ["示例乙有限公司", "", "上海", "", ""]]
    run(rows, officer)
    of_companies = select(func.count()).select_from(HistoryRow).where(HistoryRow.table_name == "companies")
    written = db.session.scalar(of_companies)
    assert fates(run(rows, officer)) == {"unchanged": 2}
    assert db.session.scalar(of_companies) == written


def test_a_changed_copy_shows_exactly_its_changes(officer):
    run([HEADER, ["示例甲有限公司", CODE, "深圳", "激光器", "1"], ["示例乙有限公司", "", "上海", "晶体", ""]], officer)
    batch = run([HEADER, ["示例甲有限公司", CODE, "深圳", "激光器", "2"], ["示例乙有限公司", "", "", "", ""]], officer)
    assert fates(batch) == {"updated": 1, "unchanged": 1}
    assert said(batch) == [(2, "change", "capital_wan")]
    assert company("示例乙有限公司").products == "晶体"  # an empty cell erases nothing


def test_capital_keeps_the_currency_of_its_cell_or_of_its_column(officer):
    rows = [["示例甲有限公司", "500万美元", ""], ["示例乙有限公司", "3.5亿", "港币"], ["示例丙有限公司", "800", ""]]
    run([["企业名称", "注册资本", "注册资本币种"], *rows], officer)
    held = {row[0]: (company(row[0]).capital_wan, company(row[0]).capital_currency) for row in rows}
    assert held == {
        "示例甲有限公司": (Decimal(500), "USD"),
        "示例乙有限公司": (Decimal(35_000), "HKD"),
        "示例丙有限公司": (Decimal(800), "CNY"),
    }  # fmt: skip


def test_an_amount_and_its_currency_change_together(officer):
    run([["企业名称", "注册资本"], ["示例甲有限公司", "500万美元"]], officer)
    batch = run([["企业名称", "注册资本"], ["示例甲有限公司", "3600万元"]], officer)
    assert said(batch) == [(2, "change", "capital_wan"), (2, "change", "capital_currency")]
    assert (company("示例甲有限公司").capital_wan, company("示例甲有限公司").capital_currency) == (Decimal(3600), "CNY")


def test_a_company_that_moved_is_found_in_its_new_city(officer):
    run([HEADER, ["示例甲有限公司", CODE, "上海", "", ""]], officer)
    run([HEADER, ["示例甲有限公司", CODE, "深圳", "", ""]], officer)
    assert (company("示例甲有限公司").division_code, company("示例甲有限公司").city_code) == ("4403", "4403")


def test_one_company_in_three_spellings_is_one(officer):
    batch = run(
        [
            HEADER,
            ["示例光电（深圳）有限公司", "", "深圳", "", ""],
            ["示例光电(深圳)有限责任公司", CODE, "", "", ""],
            ["示例光電（深圳）有限公司", "", "", "激光器", ""],
        ],
        officer,
    )
    assert fates(batch) == {"created": 1, "duplicates": 2}
    row = company("示例光电（深圳）有限公司")
    assert (row.uscc, row.products) == (CODE, "激光器")


def test_two_companies_of_one_name_stay_two(officer):
    rows = [HEADER, ["示例同名有限公司", CODE, "", "", ""], ["示例同名有限公司", OTHER, "", "", ""]]
    assert fates(run([*rows, ["示例同名有限公司", "", "", "", ""]], officer)) == {"created": 2, "ambiguous": 1}


def test_a_code_that_is_found_under_the_name_first_is_not_doubled(officer):
    known("示例甲有限公司")
    rows = [["企业名称", "统一社会信用代码"], ["示例甲有限公司", CODE], ["示例新名有限公司", CODE]]
    assert fates(run(rows, officer)) == {"updated": 1, "duplicates": 1}


def test_another_offices_company_is_left_as_it_is_and_named_as_held(officer):
    held = known("示例甲有限公司", owner=factories.User(), products="旧")
    batch = run([HEADER, ["示例甲有限公司", "", "深圳", "新", ""]], officer)
    assert (fates(batch), said(batch)) == ({"unchanged": 1}, [(2, "held", "")])
    db.session.refresh(held)
    assert held.products == "旧"


def test_importing_never_claims(officer):
    pool = known("示例甲有限公司")
    rows = [["企业名称", "归属人"], ["示例甲有限公司", officer.display_name], ["示例乙有限公司", officer.display_name]]
    run(rows, officer)
    db.session.refresh(pool)
    assert pool.in_pool
    assert company("示例乙有限公司").owner_id == officer.id


@pytest.mark.parametrize(("role", "expected"), [(Role.OFFICER, {"rejected": 1}), (Role.ADMIN, {"created": 1})])
def test_only_some_may_name_somebody_of_another_office_as_owner(session, role, expected):
    importer, stranger = factories.User(role=role), factories.User()
    assert fates(run([["企业名称", "归属人"], ["示例甲有限公司", stranger.display_name]], importer)) == expected


def test_segments_tiers_lists_and_being_local(officer):
    segment = factories.Segment(name="激光晶体")
    batch = run(
        [
            ["企业名称", "产业链", "产业链环节", "梯队", "本地企业", "镇街", "招商清单"],
            ["示例甲有限公司", segment.chain.name, "激光晶体", "链主；专精特新小巨人", "是", "火炬", "晶体清单"],
            ["示例乙有限公司", segment.chain.name, "没有的环节", "没有的梯队", "", "", "晶体清单"],
        ],
        officer,
    )
    row = company("示例甲有限公司")
    assert row.main_segment is not None
    assert row.main_segment.id == segment.id
    assert [link.tier.name for link in row.tiers] == ["链主", "专精特新“小巨人”"]
    assert row.local is not None
    assert row.local.town == "火炬"
    made = db.session.scalars(select(TargetList).where(TargetList.name == "晶体清单")).one()
    assert (made.owner_id, made.chain_id, len(made.entries)) == (officer.id, segment.chain_id, 2)
    assert said(batch) == [(3, "note", "tiers"), (3, "note", "segment")]


def test_a_persons_main_segment_stays(officer):
    chain = factories.Chain()
    first, second = factories.Segment(chain=chain), factories.Segment(chain=chain)
    run([["企业名称", "产业链环节"], ["示例甲有限公司", first.name]], officer)
    run([["企业名称", "产业链环节"], ["示例甲有限公司", second.name]], officer)
    row = company("示例甲有限公司")
    assert row.main_segment is not None
    assert (row.main_segment.id, len(row.segments)) == (first.id, 2)


def test_contacts_are_sealed_and_never_told(officer):
    rows = [["企业名称", "联系人", "职务", "联系电话"], ["示例甲有限公司", "王示例", "总经理", "13800138000"]]
    batch = run([*rows, ["示例乙有限公司", "李示例", "", "1380013"]], officer)
    contact = db.session.scalars(select(Contact).where(Contact.name == "王示例")).one()
    assert (contact.phone_mask, contact.title) == ("138****8000", "总经理")
    assert personal.open_phone(contact) == "13800138000"
    assert said(batch) == [(3, "error", "phone")]
    told = str(db.session.execute(select(HistoryRow.after)).all())
    assert "13800138000" not in told
    assert "1380013" not in str(list(said(batch)))
    assert fates(run(rows, officer)) == {"unchanged": 1}


def test_a_short_name_that_is_all_that_is_known_waits_for_a_person(officer):
    short = known("示例光韵")
    rows = [["公司全称", "简称", "城市"], ["示例光韵光电科技股份有限公司", "示例光韵", "深圳"]]
    assert fates(check(rows, officer)) == {"ambiguous": 1}
    batch = run(rows, officer, choices={"0-2": short.id})
    assert fates(batch) == {"updated": 1}
    db.session.refresh(short)
    assert short.name == "示例光韵光电科技股份有限公司"
    aliases = db.session.scalars(select(CompanyAlias.alias).filter_by(company_id=short.id)).all()
    assert aliases == ["示例光韵"]


def test_a_person_may_say_that_it_is_a_new_one(officer):
    known("示例光韵")
    rows = [["公司全称", "简称"], ["示例光韵光电科技股份有限公司", "示例光韵"]]
    assert fates(run(rows, officer, choices={"0-2": "new"})) == {"created": 1}
    other = [rows[0], ["示例光韵二号有限公司", "示例光韵"]]
    assert fates(run(other, officer, choices={"0-2": 10**12})) == {"ambiguous": 1}


def test_each_record_keeps_who_when_and_in_which_batch(officer):
    batch = run([["企业名称"], ["示例甲有限公司"]], officer)
    row = company("示例甲有限公司")
    written = select(HistoryRow).where(HistoryRow.table_name == "companies", HistoryRow.row_id == row.id)
    history = db.session.scalars(written).one()
    assert (history.actor_id, history.batch_id, history.operation.value) == (officer.id, batch.id, "insert")
