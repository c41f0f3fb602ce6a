"""Cells under the rules of their fields."""

from decimal import Decimal

from crm import rules
from imports import columns, rows
from imports.columns import Field
from imports.workbook import Sheet

FIELDS = (
    Field("name", "企业名称", "企业名称", rules.line(20), identity=True, required=True),
    Field("investment", "投资总额", "投资总额", rules.wan, takes_unit=True),
    Field("day", "日期", "日期", rules.day),
)


def checked(*lines: list[str]) -> rows.Checked:
    sheet = Sheet("", rows=[(number, line) for number, line in enumerate(lines, 1) if any(line)])
    return rows.check(sheet, columns.find_head(sheet, FIELDS), FIELDS)


def test_values_errors_and_the_users_row_numbers():
    result = checked(
        ["企业名称", "投资总额(亿元)", "日期"],
        ["示例一", "3.5", "2024.3.5"],
        [],
        ["", "1,200万元", "2024-13-45"],
        ["示例三", "约五千", ""],
    )
    assert result.numbers == [2, 4, 5]
    assert result.values("investment") == [Decimal(35000), Decimal(1200), None]
    assert sorted((result.numbers[trouble.place], trouble.key) for trouble in result.troubles) == [
        (4, "day"),
        (4, "name"),
        (5, "investment"),
    ]
    assert result.bad == {1, 2}


def test_what_says_nothing_is_no_value():
    result = checked(
        ["企业名称", "投资总额"], ["示例", "面议"], ["示例二", "#N/A"], ["示例三", "—"], ["示例四", "\u3000"]
    )
    assert result.values("investment") == [None] * 4
    assert result.troubles == []


def test_repeated_headers_sums_and_notes_are_no_rows():
    result = checked(
        ["企业名称", "投资总额"], ["示例一", "1"], ["企业 名称", "投资总额"], ["合计", "1"], ["注：以上为在谈项目"]
    )
    assert result.numbers == [2]


def test_equal_texts_are_judged_once():
    calls = []

    def rule(text: str) -> str:
        calls.append(text)
        return text

    field = Field("name", "企业名称", "企业名称", rule, identity=True)
    sheet = Sheet("", rows=[(1, ["企业名称"]), *[(number, ["示例"]) for number in range(2, 50)]])
    assert len(rows.check(sheet, columns.find_head(sheet, [field]), [field])) == 48
    assert calls == ["示例"]
