"""Cells under the rules of their fields."""

from decimal import Decimal

import pytest

from crm import rules
from imports import columns, rows
from imports.columns import Field
from imports.feeds import FieldError
from imports.feeds.money import in_currency, settle_currency
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


def test_chunks_say_what_the_whole_says(monkeypatch):
    lines = [["企业名称", "投资总额"], ["示例一", "1"], ["", "很多"], ["合计", ""], ["示例二", "3"], ["注：说明"]]
    other = [["企业名称", "日期"], ["示例三", "2024-01-01"]]
    tables = [Sheet("", rows=list(enumerate(each, 1))) for each in (lines, other)]
    parts = [(sheet, columns.find_head(sheet, FIELDS)) for sheet in tables]
    whole = rows.check_all(parts, FIELDS)
    assert (whole.numbers, whole.sheets, len(whole.skipped)) == ([2, 3, 5, 2], [0, 0, 0, 1], 2)
    assert whole.values("day")[:3] == [None] * 3
    for size in (1, 2, 3):
        monkeypatch.setattr(rows, "CHUNK", size)
        assert str(rows.check_all(parts, FIELDS)) == str(whole)
        assert all(len(chunk) <= size for chunk in rows.chunks(parts, FIELDS))


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


@pytest.mark.parametrize(
    ("text", "unit", "amount", "currency"),
    [
        ("3.5亿", "", 35_000, None),
        ("1,200万元", "", 1_200, None),
        ("￥1,200万元", "", 1_200, None),
        ("近3亿元", "", 30_000, None),
        ("1200余万元", "", 1_200, None),
        ("5亿元人民币", "", 50_000, None),
        ("500(万元人民币)", "", 500, None),
        ("50（万人民币元）", "", 50, None),
        ("500万美元", "", 500, "USD"),
        ("10(万美元)", "", 10, "USD"),
        ("500", "万美元", 500, "USD"),
        ("USD 2亿", "", 20_000, "USD"),
        ("300万港币", "", 300, "HKD"),
        ("5000000美元", "", 500, "USD"),
        ("3", "亿元", 30_000, None),
    ],
)
def test_an_amount_keeps_its_currency(text, unit, amount, currency):
    field = Field("investment_wan", "投资总额", "投资总额", in_currency(rules.wan), takes_unit=True)
    value = rows.understand(text, unit, field).value
    assert (value, getattr(value, "currency", None)) == (amount, currency)


@pytest.mark.parametrize(
    ("text", "area"), [("约50亩", 50), ("33335㎡", 50), ("50余亩", 50), ("2公顷", 30), ("５０", 50), ("50亩左右", 50)]
)
def test_land_in_any_unit_is_mu(text, area):
    field = Field("land_mu", "用地", "用地", rules.mu, takes_unit=True)
    assert round(rows.understand(text, "", field).value) == area


def test_two_currencies_in_one_row_are_refused():
    parse = in_currency(rules.wan)
    both = {"investment_wan": parse("500万美元"), "fixed_investment_wan": parse("300万美元")}
    assert settle_currency(both)["currency"] == "USD"
    assert "currency" not in settle_currency({"investment_wan": parse("500万")})
    with pytest.raises(FieldError):
        settle_currency(both | {"currency": "EUR"})
