"""Acts on companies: what they write, whom they refuse."""

from datetime import date

import pytest
from sqlalchemy import select

from crm.accounts.models import Role, Setting
from crm.companies import lists, queries, services
from crm.companies.models import ChosenBy, Company, CompanySegment, TargetListEntry
from crm.database import db
from crm.errors import Conflict, Forbidden, RuleError
from crm.history.models import HistoryRow
from tests import factories
from tests.companies.conftest import made


def test_a_new_company_is_its_makers_and_can_be_found(officer):
    company = services.create_company(
        {"name": "大族激光科技产业集团股份有限公司", "aliases": ["大族激光"], "division_code": "440305"}, by=officer
    )
    assert (company.owner, company.office_id) == (officer, officer.office_id)
    assert (company.city_code, company.pinyin_key[:5]) == ("4403", "da zu")
    assert queries.best("dzjg", officer) == [company]


def test_a_new_company_can_go_to_the_pool(officer, session):
    assert services.create_company({"name": "示例甲激光"}, by=officer, take=False).in_pool
    admin = factories.User(role=Role.ADMIN)
    assert services.create_company({"name": "示例乙激光"}, by=admin).in_pool
    with pytest.raises(Forbidden):
        services.create_company({"name": "示例丙激光"}, by=factories.User(role=Role.LEADER))


def test_a_code_is_one_companys(officer):
    made("示例甲激光", uscc="91110000600037341L")
    with pytest.raises(RuleError):
        services.create_company({"name": "示例乙激光", "uscc": "91110000600037341L"}, by=officer)


@pytest.mark.parametrize(
    ("name", "uscc", "aliases"),
    [
        ("大族激光科技产业集团股份有限公司", None, []),
        ("大族激光科技产业集团（股份）有限公司", None, []),
        ("大族 激光", None, []),
        ("别的名字", "91110000600037341L", []),
        ("别的名字", None, ["大族激光"]),
        ("別的名字", None, ["大族激光科技产业集团股份有限公司"]),
    ],
)
def test_likenesses_are_found_before_a_company_is_doubled(name, uscc, aliases, session):
    known = made("大族激光科技产业集团股份有限公司", "大族激光", uscc="91110000600037341L")
    made("示例无关激光有限公司")
    assert services.duplicates_of(name, uscc, aliases) == [known]


def test_one_main_segment_at_a_time(company, officer):
    chain = factories.Chain()
    one, two, three = (factories.Segment(chain=chain) for _ in range(3))
    company.segments.append(CompanySegment(segment=one, is_main=True, chosen_by=ChosenBy.IMPORT))
    company.segments.append(CompanySegment(segment=two, chosen_by=ChosenBy.IMPORT))
    db.session.flush()
    services.edit_company(company, {"main_segment_id": two.id, "segment_ids": [one.id, three.id]}, officer)
    db.session.refresh(company)
    assert company.main_segment is two
    assert {link.segment_id: link.chosen_by for link in company.segments} == {
        one.id: ChosenBy.IMPORT,
        two.id: ChosenBy.PERSON,
        three.id: ChosenBy.PERSON,
    }
    services.edit_company(company, {"main_segment_id": None, "segment_ids": []}, officer)
    assert company.segments == []


def test_a_changed_part_raises_the_version_and_an_unchanged_form_does_not(company, officer):
    tier = db.session.scalars(queries.tiers()).first()
    before = company.version
    services.edit_company(company, {"name": company.name, "tier_ids": [], "aliases": [], "segment_ids": []}, officer)
    db.session.refresh(company)
    assert company.version == before
    services.edit_company(company, {"tier_ids": [tier.id]}, officer)
    db.session.refresh(company)
    assert company.version == before + 1


def test_local_is_a_relation(company, officer):
    services.edit_company(company, {"is_local": True, "town": "火炬开发区"}, officer)
    assert company.local.town == "火炬开发区"
    services.edit_company(company, {"is_local": False}, officer)
    assert company.local is None


def test_taking_and_releasing(officer, stranger):
    company = made("示例池中激光")
    services.take(company, officer)
    assert company.owner is officer
    with pytest.raises(Forbidden):
        services.take(company, stranger)
    with pytest.raises(Forbidden):
        services.release(company, stranger)
    services.release(company, officer)
    assert company.in_pool


def test_nobody_holds_more_than_the_limit(officer, session):
    session.add(Setting(key="held_limit", value=2))
    made("示例一"), made("示例二", owner=officer)
    services.take(made("示例三"), officer)
    with pytest.raises(Forbidden):
        services.take(made("示例四"), officer)
    with pytest.raises(Forbidden):
        services.create_company({"name": "示例五"}, by=officer)
    assert services.create_company({"name": "示例六"}, by=officer, take=False).in_pool


def test_an_archived_company_is_left_alone_until_it_is_restored(company, officer, manager):
    services.archive(company, officer)
    assert company.is_archived
    assert queries.best("示例星火", officer) == []
    with pytest.raises(Conflict):
        services.edit_company(company, {"name": "改名"}, officer)
    with pytest.raises(Forbidden):
        services.restore(company, officer)
    services.restore(company, manager)
    assert not company.is_archived


def test_the_last_contact_is_the_latest_day_that_happened(company, officer):
    for day in (date(2026, 3, 1), date(2026, 5, 1), date(2026, 4, 1)):
        factories.Interaction(company=company, owner=officer, happened_on=day)
    services.refresh_last_contact([company.id])
    assert company.last_contact_on == date(2026, 5, 1)


def test_history_leaves_out_what_follows_from_other_columns(company, officer, session):
    services.edit_company(company, {"name": "示例改名晶体有限公司"}, officer)
    row = session.scalars(
        select(HistoryRow).where(HistoryRow.table_name == "companies", HistoryRow.operation == "update")
    ).one()
    assert set(row.changes) == {"name"}


def test_lists_are_their_owners_to_fill(company, officer, stranger, session):
    target_list = lists.create_list({"name": "深圳名单", "source": "示例"}, officer)
    lists.put_on_list(target_list, company, "先拜访", officer)
    lists.put_on_list(target_list, company, "已约", officer)
    assert session.scalars(select(TargetListEntry.note)).all() == ["已约"]
    with pytest.raises(Forbidden):
        lists.put_on_list(target_list, company, "", stranger)
    with pytest.raises(RuleError):
        lists.create_list({"name": "深圳名单"}, stranger)
    assert lists.take_off_list(target_list, company.id, officer).note == "已约"
    assert session.scalars(select(Company).where(queries.on_list(target_list.id))).all() == []
