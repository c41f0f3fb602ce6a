"""The one box: what finds what, in which order, and for whom."""

from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage

from crm.accounts.models import Role
from crm.companies import people
from crm.companies.models import CompanyDocument
from crm.database import db
from crm.files.services import add_document, remove
from crm.search import services
from crm.tokens import index_text
from tests import factories
from tests.companies.conftest import made

HAN, SHORT = "大族激光科技产业集团股份有限公司", "大族激光"
CODE = "91110000600037341L"


@pytest.fixture
def officer(session):
    return factories.User(display_name="林岚")


@pytest.fixture
def stranger(session):
    return factories.User(display_name="外科室")


@pytest.fixture
def world(officer):
    """Companies with names that are hard to tell apart, a contact, a project, a visit."""
    hans = made(HAN, SHORT, "Han's Laser", owner=officer, uscc=CODE, division_code="4403")
    made("厦门示例重工光电有限公司")
    made("示例長光衛星激光有限公司")
    made("中山新诺科技股份有限公司", division_code="4420")
    made("深圳市大族数控科技股份有限公司")
    made("ABC Photonics Ltd.")
    people.add_contact(hans, {"name": "张长乐", "phone": "13812345678"}, officer)
    project = factories.Project(company=hans, owner=officer, name="示例晶体生长基地")
    project.search = index_text(project.name)
    visit = factories.Interaction(company=hans, owner=officer, summary="参观车间，谈到供电增容")
    visit.search = index_text(visit.summary)
    db.session.flush()


def found(text, user):
    """{group: [names]}."""
    groups = services.answer(text, user)
    return {group.key: [getattr(row, "name", None) or row.summary for row in group.found] for group in groups}


XIAMEN, CHANGGUANG, NEWNUO, CNC, ABC = (
    "厦门示例重工光电有限公司",
    "示例長光衛星激光有限公司",
    "中山新诺科技股份有限公司",
    "深圳市大族数控科技股份有限公司",
    "ABC Photonics Ltd.",
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("大族激光", HAN),
        ("大族", HAN),
        ("大", HAN),
        ("激光科技", HAN),
        ("大族激光科技产业集团股份有限公司", HAN),
        ("大族激光科技产业集团", HAN),
        ("dzjg", HAN),
        ("DZJG", HAN),
        ("dazu", HAN),
        ("dazujiguang", HAN),
        ("dazujg", HAN),
        ("dazujiguangkeji", HAN),
        ("jiguangkeji", HAN),
        ("kjcy", HAN),
        ("han's", HAN),
        ("hans", HAN),
        ("laser", HAN),
        ("lase", HAN),
        ("91110000", HAN),
        ("9111", HAN),
        (CODE, HAN),
        (CODE.lower(), HAN),
        ("大族　激光", HAN),
        ("大族 科技", HAN),
        ("ＤＺＪＧ", HAN),
        ("廈門", XIAMEN),
        ("厦门", XIAMEN),
        ("xiamen", XIAMEN),
        ("zhonggong", XIAMEN),
        ("chonggong", XIAMEN),
        ("长光卫星", CHANGGUANG),
        ("長光衛星", CHANGGUANG),
        ("changguang", CHANGGUANG),
        ("zhangguang", CHANGGUANG),
        ("新诺", NEWNUO),
        ("xinnuo", NEWNUO),
        ("zsxn", NEWNUO),
        ("新諾", NEWNUO),
        ("大族数控", CNC),
        ("dzsk", CNC),
        ("abc", ABC),
        ("photo", ABC),
        ("没有这家", None),
        ("（）", None),
        ("'); drop table companies; --", None),
        ("%", None),
        ("大族 & !激光 | :*", HAN),
    ],
)
def test_what_finds_a_company(text, wanted, world, officer):
    names = found(text, officer).get("companies", [])
    assert (wanted in names) if wanted else names == []


@pytest.mark.parametrize("text", ["张长乐", "长乐", "zhangchangle", "zcl", "5678", "13812345678", "138 1234 5678"])
def test_what_finds_a_person(text, world, officer):
    assert found(text, officer)["people"] == ["张长乐"]


def test_projects_and_visits_are_found_by_words_and_company(world, officer):
    assert found("晶体生长", officer)["projects"] == ["示例晶体生长基地"]
    assert found("dzjg", officer)["projects"] == ["示例晶体生长基地"]
    assert found("供电增容", officer)["interactions"] == ["参观车间，谈到供电增容"]


def test_documents_are_found_by_title_and_file_name(world, officer, stranger, app):
    company = services.answer("大族激光", officer)[0].found[0]
    file = FileStorage(BytesIO(b"%PDF-1.7"), filename="合作意向函.pdf")
    document = add_document(file, by=officer, title="示例回函")
    db.session.add(CompanyDocument(company_id=company.id, document_id=document.id))
    db.session.flush()
    for text in ("回函", "合作意向", "huihan", "slhh"):
        [group] = [group for group in services.answer(text, officer) if group.key == "documents"]
        assert [found.title for found in group.found] == ["示例回函"], text
        assert services.answer(text, stranger) == [], text
    remove(document)
    db.session.flush()
    assert services.answer("回函", officer) == []


def test_another_office_finds_cards_alone(world, stranger):
    assert found("大族激光", stranger) == {"companies": [HAN]}
    for text in ("张长乐", "5678", "13812345678", "晶体生长", "供电增容"):
        assert found(text, stranger) == {}, text


def test_exact_and_own_come_first(world, officer, stranger):
    made("大族激光一号示例有限公司")
    other = made("示例大族激光配套有限公司", owner=stranger)
    own = made("示例大族激光配套二厂", owner=officer)
    names = found("大族激光", officer)["companies"]
    assert names[0] == HAN, "its short name is exactly that"
    assert names[1] == "大族激光一号示例有限公司", "the beginning of the name"
    assert names.index(own.name) < names.index(other.name)


def test_archived_companies_and_erased_people_are_not_found(world, officer):
    manager = factories.User(role=Role.MANAGER, office=officer.office)
    company = services.answer("大族激光", officer)[0].found[0]
    people.erase_contact(company.contacts[0], manager)
    company.archived_at = company.updated_at
    db.session.flush()
    assert found("张长乐", officer) == {}
    assert HAN not in found("大族激光", officer).get("companies", [])


def test_the_page_shows_masks_and_says_what_to_try(world, officer, sign_in):
    client = sign_in(officer)
    page = client.get("/search?q=5678").get_data(as_text=True)
    assert "138****5678" in page
    assert "13812345678" not in page
    assert "试试简称" in client.get("/search?q=没有这家").get_data(as_text=True)
    assert client.get("/search").status_code == 200
    assert client.get("/search", query_string={"q": "a" * 5_000}).status_code == 200
    assert client.get("/search", query_string={"q": "\x00大族"}).status_code == 200


def test_suggestions_are_links_to_a_few_of_each(world, officer, sign_in):
    for i in range(6):
        made(f"示例大族{i}号")
    page = sign_in(officer).get("/search/suggestions?q=大族").get_data(as_text=True)
    assert page.count('class="suggestion" href="/companies/') == services.BELOW_BOX
    assert "/search?q=%E5%A4%A7%E6%97%8F" in page
    assert "没有找到" in sign_in(officer).get("/search/suggestions?q=没有这家").get_data(as_text=True)
