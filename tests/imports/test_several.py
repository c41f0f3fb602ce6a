"""Cells with several values, ranges of which a person chooses an end, and sheets without a header."""

import pytest
from sqlalchemy import select

from crm import rules
from crm.companies import rules as company_rules
from crm.companies.models import Contact
from crm.database import db
from crm.errors import RuleError
from imports import rejects
from imports.feeds.companies import CompanyFeed
from imports.feeds.projects import ProjectFeed
from imports.feeds.several import others
from imports.models import CellEdit
from tests import factories
from tests.imports.importing import company, content, fates, run, said
from tests.imports.test_preview import checked, confirm, newest, upload

RULES = {field.key: field.parse for field in (*ProjectFeed.fields, *CompanyFeed.fields)}
FIRST, SECOND = "10000000001", "0760-88880000"


@pytest.fixture
def officer(session):
    return factories.User()


@pytest.fixture
def client(officer, sign_in):
    return sign_in(officer)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{FIRST}/{SECOND}", [FIRST, SECOND]),
        (f"{FIRST}、{SECOND}", [FIRST, SECOND]),
        (f"{FIRST} {SECOND}", [FIRST, SECOND]),
        (f"{FIRST}；{FIRST}", [FIRST]),
        ("100 0000 0001", [FIRST]),
        ("0760 88880000", [SECOND]),
        ("0760-88880000转801", ["0760-88880000-801"]),
    ],
)
def test_numbers_of_a_cell_are_told_apart(text, values):
    found = RULES["phone"](text)
    assert [found, *others(found)] == values


@pytest.mark.parametrize("text", [f"{FIRST}/01", f"{FIRST}、无人", "0760-88880000/1"])
def test_what_is_no_row_of_numbers_is_judged_as_a_whole(text):
    with pytest.raises(RuleError):
        RULES["phone"](text)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("www.example.com、www.example.org", ["https://www.example.com", "https://www.example.org"]),
        ("http://www.example.com；example.org", ["http://www.example.com", "https://example.org"]),
        ("www.example.com www.example.org", ["https://www.example.com", "https://www.example.org"]),
        ("www. example .com", ["https://www.example.com"]),
        ("www.example.com/a,b", ["https://www.example.com/a,b"]),
    ],
)
def test_addresses_of_a_cell_are_told_apart(text, values):
    found = RULES["website"](text)
    assert [found, *others(found)] == values
    if len(values) > 1:
        with pytest.raises(RuleError, match="只填一个网址"):
            company_rules.website(text)


def test_further_values_are_kept_and_it_is_said_where(officer):
    lists = [
        ["企业名称", "联系人", "手机", "网址", "备注"],
        ["示例甲有限公司", "王示例", f"{FIRST}/{SECOND}", "www.example.com、www.example.org", "老客户"],
        ["示例乙有限公司", "", f"{FIRST} {SECOND}", "", ""],
    ]
    batch = run(lists, officer)
    assert (fates(batch), said(batch)) == (
        {"created": 2},
        [(2, "note", "phone"), (2, "note", "website"), (3, "note", "phone")],
    )
    first = company("示例甲有限公司")
    assert (first.website, first.source) == ("https://www.example.com", "老客户\n其他网址：https://www.example.org")
    found = db.session.execute(select(Contact.name, Contact.phone_last4).order_by(Contact.id)).all()
    assert found == [
        ("王示例", "0001"), ("王示例（号码2）", "0000"), ("联系人", "0001"), ("联系人（号码2）", "0000"),
    ]  # fmt: skip
    assert fates(run(lists, officer)) == {"unchanged": 2}


@pytest.mark.parametrize(
    ("key", "text", "ends"),
    [
        ("investment_wan", "5-8亿", ("5亿", "8亿")),
        ("investment_wan", "约5—8亿元", ("5亿元", "8亿元")),
        ("investment_wan", "5000万～1.2亿", ("5000万", "1.2亿")),
        ("investment_wan", "500至800万美元", ("500万美元", "800万美元")),
        ("land_mu", "80-100", ("80", "100")),
        ("floor_m2", "1-2万m2", ("1万㎡", "2万㎡")),
        ("employees", "100-499人", ("100人", "499人")),
    ],
)
def test_a_range_is_refused_with_both_ends_and_each_of_them_is_taken(key, text, ends):
    with pytest.raises(RuleError) as refusal:
        RULES[key](text)
    assert (refusal.value.message, refusal.value.details) == (
        rules.ONE_OF_RANGE,
        {"low": ends[0], "high": ends[1]},
    )
    assert RULES[key](ends[0]) < RULES[key](ends[1])


def test_words_for_no_land_are_no_value():
    assert [rules.mu(text) for text in ("不需用地", "无需供地", "租赁厂房", "不涉及")] == [None] * 4


RANGES = [
    ["企业名称", "注册资本（万元）", "员工人数"],
    ["示例甲有限公司", "500-800", "100-200人"],
    ["示例乙有限公司", "2-3亿", ""],
]


def test_an_end_is_picked_for_a_cell_or_for_all_cells_of_a_column(client):
    batch = checked(client, RANGES)
    assert fates(batch) == {"rejected": 2}
    page = client.get(f"/imports/{batch.id}").text
    assert "写的是一个范围，请只填一个数，例如 500 或 800。" in page
    assert 'value="cell-0-2-1=500"' in page
    client.post(f"/imports/{batch.id}/choices", data={"cell-0-2-2": "100-200人", "pick": "cell-0-2-2=200人"})
    confirm(client, newest())
    client.post(f"/imports/{batch.id}/choices", data={"field": "capital_wan", "end": "high"})
    batch = confirm(client, newest())
    assert fates(batch) == {"created": 2}
    edits = db.session.execute(select(CellEdit.number, CellEdit.before, CellEdit.after).order_by(CellEdit.id)).all()
    assert edits == [(2, "100-200人", "200人"), (2, "500-800", "800"), (3, "2-3亿", "3亿")]


def test_a_sheet_that_begins_with_data_is_read_from_its_first_row(client, officer):
    rows = [["1", "示例甲有限公司", "100-200"], ["2", "示例乙有限公司", ""]]
    batch = upload(client, content(rows))
    assert batch.problem["code"] == "no_head"
    reading = {"feed": "companies", "sheets": "", "head_row": "0"}
    assert client.post(f"/imports/{batch.id}/sheet", data=reading).status_code == 302
    assert "（第 2 列，没有表头）" in client.get(f"/imports/{batch.id}").text
    batch = confirm(client, newest(), **{"column-1": "name", "column-2": "employees"})
    assert (batch.head_row, fates(batch)) == (0, {"created": 1, "rejected": 1})
    assert "没有表头" in client.get(f"/imports/{batch.id}").text
    again = upload(client, rejects.build(batch), "未采用.xlsx")
    assert again.problem["code"] == "no_head"


def test_a_wide_sheet_shows_the_columns_of_which_something_is_said(client):
    head = ["企业名称", "信用代码", "省份", "城市", "区县", "地址", "主营产品", "网址", "员工人数"]
    batch = checked(client, [head, ["示例甲有限公司", "", "广东", "中山", "", "示例路", "激光器", "", "很多"]])
    page = client.get(f"/imports/{batch.id}").text
    assert "另有 6 列没有要说的" in page
    assert "示例路" not in page
    assert "示例路" in client.get(f"/imports/{batch.id}?columns=all").text
    assert "示例路" in client.get(f"/imports/{batch.id}?edit=0-2").text
