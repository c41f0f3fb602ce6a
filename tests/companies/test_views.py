"""Pages of companies as people use them; what another office's officer gets to see."""

import pytest
from sqlalchemy import select

from crm.companies import people, queries
from crm.companies.models import Company, Contact, TargetListEntry
from crm.database import db
from crm.tokens import index_text
from tests import factories
from tests.companies.conftest import made
from tests.content import content_hash


@pytest.fixture
def known(company, officer):
    """The company with a contact, a visit and a project."""
    people.add_contact(company, {"name": "王示例", "title": "董秘", "phone": "13812345678"}, officer)
    factories.Interaction(company=company, owner=officer, summary="谈到二期扩产")
    factories.Project(company=company, owner=officer, name="示例晶体基地")
    db.session.commit()
    return company


def text_of(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def test_its_officer_sees_everything(known, officer, sign_in):
    page = text_of(sign_in(officer), f"/companies/{known.id}")
    for said in ("示例星火晶体科技有限公司", "掺镱光纤", "王示例", "138****5678", "谈到二期扩产", "示例晶体基地"):
        assert said in page


def test_another_office_sees_the_card_and_nothing_else(known, stranger, sign_in, session):
    client = sign_in(stranger)
    page = text_of(client, f"/companies/{known.id}")
    assert "由激光产业科跟进" in page
    for hidden in ("掺镱光纤", "科技园一号", "王示例", "138****5678", "谈到二期扩产", "示例晶体基地", "林岚", "编辑"):
        assert hidden not in page
    contact = session.scalars(select(Contact)).one()
    assert client.get(f"/contacts/{contact.id}/edit").status_code == 404
    assert client.post(f"/contacts/{contact.id}/reveal", data={"reason": "好奇"}).status_code == 404
    assert client.get("/projects/1").status_code == 404


def test_what_another_office_may_not_do_is_not_written(known, stranger, sign_in, session):
    client = sign_in(stranger)
    before = content_hash(session.connection())
    form = {"name": "改了", "version": known.version}
    for path in ("edit", "take", "release", "archive", "contacts/new"):
        assert client.post(f"/companies/{known.id}/{path}", data=form).status_code == 403, path
    assert content_hash(session.connection()) == before


def test_the_list_hides_what_is_beyond_the_card(known, stranger, sign_in):
    page = text_of(sign_in(stranger), "/companies")
    assert "示例星火晶体科技有限公司" in page
    assert "激光产业科" in page
    for hidden in ("林岚", "天前", "示例晶体基地"):
        assert hidden not in page


def test_a_new_company_warns_of_likenesses_first(officer, sign_in, session):
    made("大族激光科技产业集团股份有限公司", "大族激光", uscc="91110000600037341L")
    client = sign_in(officer)
    form = {"name": "大族激光", "take": "me"}
    answer = client.post("/companies/new", data=form)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "91110000600037341L" in page
    assert "仍要新建" in page
    answer = client.post("/companies/new", data={**form, "confirmed": "1"})
    assert answer.status_code == 302
    assert session.scalars(select(Company.owner_id).where(Company.name == "大族激光")).one() == officer.id


def test_a_known_code_cannot_be_doubled(officer, sign_in):
    made("示例甲激光", uscc="91110000600037341L")
    form = {"name": "示例乙激光", "uscc": "91110000600037341L", "take": "me", "confirmed": "1"}
    answer = sign_in(officer).post("/companies/new", data=form)
    assert answer.status_code == 422
    assert "仍要新建" not in answer.get_data(as_text=True)


def test_a_form_with_errors_says_what_to_do_and_keeps_what_was_typed(officer, sign_in, session):
    form = {"name": "示例甲激光", "uscc": "123", "division_code": "火星", "capital_wan": "很多", "take": "me"}
    page = sign_in(officer).post("/companies/new", data=form).get_data(as_text=True)
    for said in ("应是 18 位，现在是 3 位", "没有认出这个地方", "请填金额", 'value="火星"', 'value="很多"'):
        assert said in page
    assert session.scalars(select(Company)).all() == []


def test_editing_sets_all_fields(company, officer, sign_in, session):
    segments = [factories.Segment() for _ in range(2)]
    tier = session.scalars(queries.tiers()).first()
    form = {
        "name": "示例星火晶体科技股份有限公司",
        "uscc": "91110000600037341L",
        "division_code": "广东省深圳市",
        "aliases": "示例星火\n星火晶体",
        "main_segment_id": segments[0].id,
        "segment_ids": [segments[1].id],
        "tier_ids": [tier.id],
        "capital_wan": "1.2亿",
        "employees": "320",
        "is_local": "y",
        "town": "火炬开发区",
        "version": company.version,
    }
    client = sign_in(officer)
    assert client.post(f"/companies/{company.id}/edit", data=form).status_code == 302
    page = text_of(client, f"/companies/{company.id}")
    for said in ("星火晶体", "广东省深圳市", "1.2 亿元", "320 人", "火炬开发区", tier.name, segments[1].name):
        assert said in page
    session.refresh(company)
    assert (company.city_code, company.products) == ("4403", "掺镱光纤"), "a field that was not sent stays"


def test_capital_has_a_currency_and_is_yuan_where_none_is_said(company, officer, sign_in, session):
    client = sign_in(officer)
    form = {"name": company.name, "capital_wan": "500", "capital_currency": "美元", "version": company.version}
    client.post(f"/companies/{company.id}/edit", data=form)
    assert "500 万美元" in text_of(client, f"/companies/{company.id}")
    session.refresh(company)
    emptied = form | {"capital_currency": "", "version": company.version}
    assert client.post(f"/companies/{company.id}/edit", data=emptied).status_code == 302
    assert "500 万元" in text_of(client, f"/companies/{company.id}")


def test_fields_that_the_form_does_not_have_change_nothing(company, officer, stranger, sign_in, session):
    form = {
        "name": company.name,
        "version": company.version,
        "owner_id": stranger.id,
        "office_id": stranger.office_id,
        "is_demo": "1",
        "id": "1",
        "archived_at": "2026-01-01",
    }
    assert sign_in(officer).post(f"/companies/{company.id}/edit", data=form).status_code == 302
    session.refresh(company)
    assert (company.owner_id, company.is_demo, company.archived_at) == (officer.id, False, None)


@pytest.mark.parametrize("version", ["", "0", "99", "x"])
def test_an_old_form_gets_both_versions_and_can_insist(version, company, officer, sign_in, session):
    client = sign_in(officer)
    form = {"name": "示例我改的名", "products": "我写的产品", "version": version}
    answer = client.post(f"/companies/{company.id}/edit", data=form)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "示例星火晶体科技有限公司" in page
    assert "示例我改的名" in page
    assert "掺镱光纤" in page
    session.refresh(company)
    assert company.name == "示例星火晶体科技有限公司"
    form["version"] = company.version
    assert client.post(f"/companies/{company.id}/edit", data=form).status_code == 302


def test_a_company_cannot_be_its_own_parent(company, officer, sign_in):
    form = {"name": company.name, "parent_id": company.id, "version": company.version}
    assert sign_in(officer).post(f"/companies/{company.id}/edit", data=form).status_code == 422


def test_the_parent_can_be_chosen_without_a_script(company, officer, sign_in):
    parent = made("示例集团有限公司")
    form = {"name": company.name, "find": "parent_id", "parent_id_q": "sljt", "version": company.version}
    page = sign_in(officer).post(f"/companies/{company.id}/edit", data=form).get_data(as_text=True)
    assert f'type="radio" name="parent_id" value="{parent.id}"' in page


def test_taking_from_the_pool_and_undoing_it(officer, sign_in, session):
    company = made("示例池中激光")
    client = sign_in(officer)
    answer = client.post(f"/companies/{company.id}/take", follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert "已领取" in page
    assert f'action="/companies/{company.id}/release"' in page
    client.post(f"/companies/{company.id}/release")
    session.refresh(company)
    assert company.in_pool


def test_archiving_offers_to_undo_to_whom_may(company, officer, manager, sign_in):
    assert "恢复请联系部门负责人" in sign_in(officer).post(
        f"/companies/{company.id}/archive", follow_redirects=True
    ).get_data(as_text=True)
    client = sign_in(manager)
    assert client.post(f"/companies/{company.id}/restore", follow_redirects=True).status_code == 200
    page = client.post(f"/companies/{company.id}/archive", follow_redirects=True).get_data(as_text=True)
    assert f'action="/companies/{company.id}/restore"' in page


def test_a_combobox_offers_only_what_one_may_use(company, officer, stranger, sign_in):
    made("示例星火池中激光")
    assert "示例星火晶体" in text_of(sign_in(officer), "/companies/options?q=slxh&act=interaction.create")
    offered = text_of(sign_in(stranger), "/companies/options?q=slxh&act=interaction.create")
    assert "示例星火晶体" not in offered
    assert "示例星火池中激光" in offered
    assert "示例星火晶体" in text_of(sign_in(stranger), "/companies/options?q=slxh")
    assert sign_in(officer).get("/companies/options?q=a&act=user.edit").status_code == 400


def test_a_contact_is_edited_without_showing_the_number(known, officer, sign_in, session):
    contact = session.scalars(select(Contact)).one()
    client = sign_in(officer)
    page = text_of(client, f"/contacts/{contact.id}/edit")
    assert "已存 138****5678" in page
    form = {"name": "王改名", "title": "总经理", "phone": "", "basis": "取得本人同意", "version": contact.version}
    assert client.post(f"/contacts/{contact.id}/edit", data=form).status_code == 302
    session.refresh(contact)
    assert (contact.name, contact.phone_mask, contact.basis) == ("王改名", "138****5678", "取得本人同意")
    assert client.post(f"/contacts/{contact.id}/edit", data=form).status_code == 409


def test_an_erased_contact_is_gone(known, manager, sign_in, session):
    contact = session.scalars(select(Contact)).one()
    client = sign_in(manager)
    assert "不能撤销" in text_of(client, f"/contacts/{contact.id}/erase")
    assert client.post(f"/contacts/{contact.id}/erase").status_code == 302
    assert "王示例" not in text_of(client, f"/companies/{known.id}")
    assert client.get(f"/contacts/{contact.id}/edit").status_code == 404


def test_who_erases_a_person_is_led_to_the_words_that_name_her(known, manager, officer, sign_in, session):
    """Erasing does not change what somebody typed: a person has to correct it."""
    contact = session.scalars(select(Contact)).one()
    said = {"owner": officer, "company": known}
    factories.Interaction(**said, summary="与王示例谈供电，她说要 10 kV 双回路。", search=index_text("与王示例谈供电"))
    factories.Interaction(**said, summary="与总工谈供电。", search=index_text("与总工谈供电"))
    session.commit()
    client = sign_in(manager)
    for page in ("erase", "record"):
        text = text_of(client, f"/contacts/{contact.id}/{page}")
        assert "与王示例谈供电，她说" in text
        assert "与总工谈供电" not in text


def test_a_list_is_made_filled_and_emptied(company, officer, sign_in, session):
    client = sign_in(officer)
    made_list = client.post("/lists/new", data={"name": "深圳名单", "source": "中工信函"})
    list_id = int(made_list.location.rsplit("/", 1)[-1])
    entry = {"list_id": list_id, "company_id": company.id, "note": "先拜访"}
    assert client.post("/list-entries", data=entry).status_code == 302
    page = text_of(client, f"/lists/{list_id}")
    assert "示例星火晶体科技有限公司" in page
    assert "先拜访" in page
    assert "深圳名单" in text_of(client, f"/companies/{company.id}")
    removed = client.post("/list-entries/removals", data=entry, follow_redirects=True)
    assert "撤销" in removed.get_data(as_text=True)
    assert session.scalars(select(TargetListEntry)).all() == []
    assert client.post("/list-entries/removals", data=entry).status_code == 404
    assert client.post("/list-entries", data={"list_id": list_id, "company_id": "x"}).status_code == 400
    assert client.post("/lists/new", data={"name": "深圳名单"}).status_code == 422


def test_filters_show_as_chips_and_empty_lists_say_what_to_do(officer, sign_in):
    client = sign_in(officer)
    assert "您名下还没有企业" in text_of(client, "/companies?scope=mine")
    page = text_of(client, "/companies?q=没有这家&idle=30")
    assert "没有符合条件的企业" in page
    assert "30 天以上" in page
    assert "只列出您能查看的企业" in page


def test_markup_in_a_name_stays_text(officer, sign_in):
    company = made(
        "示例<script>alert(1)</script>激光", owner=officer, website="", products="<img src=x onerror=alert(1)>"
    )
    client = sign_in(officer)
    for path in ("/companies", f"/companies/{company.id}", "/companies/options?q=示例"):
        page = text_of(client, path)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
