"""Lists as offices have them: several tables, covers, forms, people and numbers in one cell."""

import io

import pytest
import xlsxwriter
from sqlalchemy import select

from crm.companies.models import Company, Contact
from crm.database import acting_as, db
from crm.errors import RuleError
from imports import columns, rows, services
from imports.feeds.companies import CompanyFeed
from imports.feeds.projects import ProjectFeed
from imports.feeds.reach import reached
from imports.problems import HeadNotFound
from imports.workbook import Sheet
from tests import factories
from tests.imports.importing import fates, run, said

COMPANIES = CompanyFeed.fields
NUMBER, OTHER = "13800000000", "13900000001"


def sheet(*lines: list[str]) -> Sheet:
    return Sheet("", rows=[(number, line) for number, line in enumerate(lines, 1) if any(line)])


def checked(*lines: list[str]) -> rows.Checked:
    found = sheet(*lines)
    return rows.check(found, columns.find_head(found, COMPANIES), COMPANIES)


def test_no_table_of_a_sheet_is_lost():
    result = checked(
        ["一、上游"],
        ["序号", "企业名称", "城市"],
        ["1", "示例甲有限公司", "深圳"],
        [],
        ["二、中游"],
        ["序号", "企业名称", "主营产品", "注册资本（万元）", "城市"],
        ["1", "示例乙有限公司", "激光器", "5", "武汉"],
        ["序号", "企业名称", "主营产品", "注册资本（万元）", "城市"],
        ["2", "示例丙有限公司", "镜头", "6", "中山"],
    )
    assert result.numbers == [3, 7, 9]
    assert result.values("name") == ["示例甲有限公司", "示例乙有限公司", "示例丙有限公司"]
    assert result.values("city") == ["深圳", "武汉", "中山"]
    assert result.values("products") == [None, "激光器", "镜头"]
    assert [row.message for row in result.skipped] == [rows.HEADING_ROW, rows.REPEATED_HEADER]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([["企业名称", "示例甲有限公司"], ["统一社会信用代码", ""], ["联系人", "张三"], ["联系电话", "1"]], "form"),
        ([["序号", "企业名称", "序号", "企业名称"], ["1", "示例甲有限公司", "2", "示例乙有限公司"]], "side_by_side"),
    ],
)
def test_what_is_no_list_is_refused(lines, code):
    with pytest.raises(HeadNotFound) as refusal:
        columns.find_head(sheet(*lines), COMPANIES)
    assert refusal.value.code == code


def test_long_instructions_stand_above_the_header():
    lines = [[f"填报说明第{number}条"] for number in range(1, 36)]
    assert columns.find_head(sheet(*lines, ["企业名称", "城市"]), COMPANIES).row == 36


def test_a_cover_is_passed_by(session):
    content, user = io.BytesIO(), factories.User()
    with xlsxwriter.Workbook(content) as book:
        book.add_worksheet("封面").write(0, 0, "请按要求填写")
        book.add_worksheet("空白")
        book.add_worksheet("名单").write_column(0, 0, ["企业名称", "示例甲有限公司"])
    with acting_as(user.id):
        batch = services.take(content.getvalue(), "名单.xlsx", user)
    assert (batch.sheet, batch.head_row, batch.problem) == ("名单", 1, None)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (f"张三 {NUMBER}、李四 {OTHER}", [("张三", "", NUMBER), ("李四", "", OTHER)]),
        (f"张三{NUMBER}李四{OTHER}", [("张三", "", NUMBER), ("李四", "", OTHER)]),
        (f"张三（总经理）{NUMBER}", [("张三", "总经理", NUMBER)]),
        (f"张三，{NUMBER}", [("张三", "", NUMBER)]),
        ("张三：0760-88880000转801", [("张三", "", "0760-88880000-801")]),
        (NUMBER, [("", "", NUMBER)]),
        (f"办公室：0760-88880000 手机：{NUMBER}", [("办公室", "", "0760-88880000"), ("", "", NUMBER)]),
        ("联系人待定", []),
        ("张三", [("张三", "", None)]),
    ],
)
def test_people_and_their_numbers_in_one_cell(text, people):
    assert reached(text) == people


@pytest.mark.parametrize("text", [f"{NUMBER}/{OTHER}", "张三 123456789012", "x" * 40])
def test_what_is_neither_name_nor_number_is_refused_without_repeating_it(text):
    with pytest.raises(RuleError) as refusal:
        reached(text)
    assert not any(part in refusal.value.message for part in (NUMBER, "123456789012", "xxx"))


def test_each_of_them_becomes_a_contact_whose_number_stands_nowhere_in_the_open(session):
    officer = factories.User()
    batch = run(
        [
            ["企业名称", "联系人及电话", "联系人"],
            ["示例甲有限公司", f"张三 {NUMBER}、李四 {OTHER}", ""],
            ["示例乙有限公司", "", f"张三 {NUMBER}"],
            ["示例丙有限公司", NUMBER, "王五"],
            ["示例丁有限公司", "", "张三 123456789012"],
        ],
        officer,
    )
    assert (fates(batch), said(batch)) == ({"created": 3, "rejected": 1}, [(5, "error", "contact")])
    found = select(Company.name, Contact.name, Contact.phone_mask).join(Contact.company).order_by(Contact.id)
    assert [tuple(row) for row in db.session.execute(found)] == [
        ("示例甲有限公司", "张三", "138****0000"),
        ("示例甲有限公司", "李四", "139****0001"),
        ("示例乙有限公司", "张三", "138****0000"),
        ("示例丙有限公司", "王五", "138****0000"),
    ]


@pytest.mark.parametrize(
    ("word", "stage"),
    [("已签约", "签约"), ("正在洽谈", "在谈"), ("在谈阶段", "在谈"), ("建成投产", "投产"), ("拟签约", None)],
)
def test_a_ledgers_word_for_a_stage(session, word, stage):
    batch = run(
        [["项目名称", "企业名称", "目前阶段"], ["示例项目", "示例甲有限公司", word]], factories.User(), feed="projects"
    )
    assert fates(batch) == ({"created": 1} if stage else {"rejected": 1})


def test_the_fields_of_projects_have_people_too():
    assert {"contact", "phone", "reach"} <= {field.key for field in ProjectFeed.fields}
