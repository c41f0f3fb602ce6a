"""Headers as offices make them: titles and counts above, two rows, merged cells, sums and notes below."""

from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter

from imports import columns, rows, workbook
from imports.feeds.companies import CompanyFeed
from imports.feeds.projects import ProjectFeed
from imports.workbook import Sheet

from .ledgers import GROUPS, ledger
from .sheets import xlsx

PROJECTS, COMPANIES = ProjectFeed.fields, CompanyFeed.fields
LEDGER_KEYS = {"project", "name", "investment_wan", "land_mu", "stages", "next_step"}


def first(path: Path) -> Sheet:
    return workbook.read(path).sheet(None)


def text_sheet(*lines: list[str]) -> Sheet:
    return Sheet("", rows=[(number, line) for number, line in enumerate(lines, 1) if any(line)])


@pytest.mark.parametrize("two_rows", [False, True])
def test_a_weekly_ledger(tmp_path, two_rows):
    sheet = first(ledger(tmp_path / "台账.xlsx", two_rows=two_rows))
    head = columns.find_head(sheet, PROJECTS)
    assert (head.row, head.depth) == (4, 2 if two_rows else 1)
    assert head.mapping.keys() >= LEDGER_KEYS
    checked = rows.check(sheet, head, PROJECTS)
    assert checked.numbers == [head.last_row + 1, head.last_row + 2]
    assert checked.values("investment_wan") == [Decimal(15000), Decimal(35000)]
    assert checked.values("land_mu") == [Decimal(30), Decimal(30)]
    assert [row.message for row in checked.skipped] == [rows.SUM_ROW, rows.NOTE_ROW, rows.NOTE_ROW]
    assert checked.troubles == []


def test_sheets_of_one_layout_are_one_list(tmp_path):
    book = workbook.read(ledger(tmp_path / "台账.xlsx"))
    heads = [(sheet, columns.find_head(sheet, PROJECTS)) for sheet in book.sheets]
    checked = rows.check_all(heads, PROJECTS)
    assert (checked.sheets, checked.numbers) == ([0, 0, 1], [5, 6, 5])
    assert checked.values("name") == [line.company for group in GROUPS for line in group.lines]
    assert checked.values("investment_wan")[-1] is None


def test_a_group_above_completes_the_words_below():
    head = columns.find_head(
        text_sheet(
            ["序号", "企业基本情况", "", "", "联系方式", ""],
            ["", "名称", "信用代码", "主营产品", "联系人", "电话"],
            ["1", "示例一有限公司", "", "激光器", "王示例", "10000000001"],
        ),
        COMPANIES,
    )
    assert (head.row, head.depth) == (1, 2)
    assert {key: column.index for key, column in head.mapping.items()} == {
        "name": 1, "uscc": 2, "products": 3, "contact": 4, "phone": 5,
    }  # fmt: skip


def test_a_row_of_data_is_no_second_row_of_the_header():
    head = columns.find_head(text_sheet(["企业名称", "城市", ""], ["示例一有限公司", "深圳", "x"]), COMPANIES)
    assert (head.row, head.depth) == (1, 1)


def test_a_line_above_gives_the_unit_to_those_that_can_have_it():
    sheet = text_sheet(
        ["在谈项目表", "", "", "单位：万元、亩"],
        ["项目名称", "企业名称", "总投资", "用地"],
        ["示例项目", "示例有限公司", "1200", "50"],
    )
    head = columns.find_head(sheet, PROJECTS)
    assert (head.mapping["investment_wan"].unit, head.mapping["land_mu"].unit) == ("万元", "亩")


def test_a_merged_cell_says_the_same_for_every_row_that_it_covers(tmp_path):
    path = tmp_path / "合并.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["企业名称", "城市", "产品"])
        page.write_column(1, 0, ["示例一有限公司", "示例二有限公司", "示例三有限公司"])
        page.merge_range(1, 1, 2, 1, "深圳")
        page.write(3, 1, "东莞")
    sheet = first(path)
    checked = rows.check(sheet, columns.find_head(sheet, COMPANIES), COMPANIES)
    assert checked.values("city") == ["深圳", "深圳", "东莞"]


def test_headings_numbers_alone_and_repeated_headers_are_no_data():
    sheet = text_sheet(
        ["序号", "企业名称", "城市"],
        ["一、在谈企业（2 家）"],
        ["1", "示例一有限公司", "深圳"],
        ["序号", "企业名称", "城市"],
        ["2", "共计科技有限公司", "深圳"],
        ["3"],
        ["小计：", "2 家"],
        ["", "", "深圳"],
    )
    checked = rows.check(sheet, columns.find_head(sheet, COMPANIES), COMPANIES)
    assert checked.numbers == [3, 5, 8]
    assert [row.message for row in checked.skipped] == [
        rows.HEADING_ROW, rows.REPEATED_HEADER, rows.ONLY_NUMBERED, rows.SUM_ROW,
    ]  # fmt: skip


@pytest.mark.parametrize("suffix", ["xls", "et"])
def test_a_biff_file_keeps_what_it_hides_and_merges(tmp_path, suffix):
    """`biff.xls` is of our own making (LibreOffice): a hidden row, column and sheet, merged cells."""
    path = tmp_path / f"名单.{suffix}"
    path.write_bytes((Path(__file__).parent / "biff.xls").read_bytes())
    found = workbook.read(path)
    assert [(sheet.name, sheet.hidden) for sheet in found.sheets] == [
        ("名单", False),
        ("旧数据", True),
        ("第二组", False),
    ]
    sheet = found.sheet("名单")
    assert (sheet.hidden_numbers, sheet.layout.hidden_columns) == ({5}, [3])
    assert found.sheet("第二组").hidden_numbers == {2}
    shown = sheet.without_hidden_rows()
    checked = rows.check(shown, columns.find_head(shown, COMPANIES), COMPANIES)
    assert (checked.numbers, checked.values("note")) == ([3, 4, 6], [None] * 3)
    assert checked.values("segment") == ["激光器", "激光器", "镜头"]


def test_hidden_rows_columns_and_sheets_are_known(tmp_path):
    path = tmp_path / "隐藏.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("名单")
        page.write_row(0, 0, ["企业名称", "城市", "税号"])
        page.write_column(1, 0, ["示例一有限公司", "示例二有限公司", "示例三有限公司", "示例四有限公司"])
        page.set_row(2, None, None, {"hidden": True})
        page.set_row(3, None, None, {"hidden": True})
        page.set_column(2, 2, None, None, {"hidden": True})
        book.add_worksheet("旧表").hide()
    found = workbook.read(path)
    sheet = found.sheet("名单")
    assert sheet.hidden_numbers == {3, 4}
    assert [number for number, _cells in sheet.without_hidden_rows().rows] == [1, 2, 5]
    assert found.sheet("旧表").hidden
    head = columns.find_head(sheet, COMPANIES)
    assert [column.hidden for column in head.columns] == [False, False, True]
    assert "uscc" not in head.mapping


def test_a_known_header_is_found_by_its_words(tmp_path):
    book = workbook.read(xlsx(tmp_path / "a.xlsx", [["标题"], ["甲", "乙", "城市"], ["示例有限公司", "x", "深圳"]]))
    head = columns.find_by_words(book.sheet(None), {"甲": "name", "乙": ""}, COMPANIES)
    assert head is not None
    assert {key: column.index for key, column in head.mapping.items()} == {"name": 0, "city": 2}
    assert columns.find_by_words(book.sheet(None), {"丙": "name"}, COMPANIES) is None


def test_a_row_that_was_emptied_is_no_data():
    sheet = text_sheet(["企业名称", "城市"], ["示例一有限公司", "深圳"])
    sheet.rows.append((3, ["", ""]))
    checked = rows.check(sheet, columns.find_head(sheet, COMPANIES), COMPANIES)
    assert (checked.numbers, [row.number for row in checked.skipped]) == ([2], [3])
