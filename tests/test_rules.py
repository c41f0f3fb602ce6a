"""The shared rules as tables: what people type, and what it means."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from crm import rules
from crm.errors import RuleError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-03-05", date(2024, 3, 5)),
        ("2024/3/5", date(2024, 3, 5)),
        ("2024.3.5", date(2024, 3, 5)),
        ("2024年3月5日", date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5)),
        ("２０２４-０３-０５", date(2024, 3, 5)),
        ("2024-03-05 00:00:00", date(2024, 3, 5)),
        ("2024-03-05T08:00:00", date(2024, 3, 5)),
        ("45292", date(2024, 1, 1)),
        ("二〇二四年三月五日", date(2024, 3, 5)),
        ("二〇二四年十二月二十三日", date(2024, 12, 23)),
        ("二零二四年十月十日", date(2024, 10, 10)),
        ("", None),
        ("—", None),
        ("不详", None),
    ],
)
def test_day(text: str, value: date | None) -> None:
    assert rules.day(text) == value


@pytest.mark.parametrize(
    "text", ["2024.13.45", "2024-02-30", "2024年3月", "二〇二四年三月", "昨天吧", "0001-01-01", "5/3", "99999999"]
)
def test_day_refused(text: str) -> None:
    with pytest.raises(RuleError):
        rules.day(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1200", Decimal(1200)),
        ("1,200万元", Decimal(1200)),
        ("￥1,200万元", Decimal(1200)),
        ("3.5亿", Decimal(35_000)),
        ("1.2亿元", Decimal(12_000)),
        ("５００", Decimal(500)),
        ("500元", Decimal("0.05")),
        ("约3000万", Decimal(3000)),
        ("面议", None),
        ("", None),
    ],
)
def test_wan(text: str, value: Decimal | None) -> None:
    assert rules.wan(text) == value


@pytest.mark.parametrize("text", ["-5", "abc", "1e9", "NaN亿", "500万美元", "1.2.3", "99999999亿元"])
def test_wan_refused(text: str) -> None:
    with pytest.raises(RuleError):
        rules.wan(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("50", "50.00"), ("约50亩", "50.00"), ("33335㎡", "50.00"), ("2公顷", "30.00"), ("10000平方米", "15.00")],
)
def test_mu(text: str, value: str) -> None:
    assert rules.mu(text) == Decimal(value)


@pytest.mark.parametrize(("text", "value"), [("12000", "12000.00"), ("1.2万㎡", "12000.00"), ("800平", "800.00")])
def test_m2(text: str, value: str) -> None:
    assert rules.m2(text) == Decimal(value)


@pytest.mark.parametrize(("rule", "text"), [(rules.mu, "50里"), (rules.m2, "很大"), (rules.mu, "1" * 12)])
def test_area_refused(rule: Any, text: str) -> None:
    with pytest.raises(RuleError):
        rule(text)


@pytest.mark.parametrize(("text", "value"), [("1,200", 1200), ("１５", 15), ("12.0", 12), ("", None)])
def test_whole(text: str, value: int | None) -> None:
    assert rules.whole(0, 10_000)(text) == value


@pytest.mark.parametrize("text", ["1.5", "-1", "10001", "一百", "inf", "nan1"])
def test_whole_refused(text: str) -> None:
    with pytest.raises(RuleError):
        rules.whole(0, 10_000)(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("  大族\u3000激光 \n", "大族 激光"),
        ("A\x00B\u202eC", "ABC"),
        ("\ufeff名称", "名称"),
        ("\u200b", ""),
        ("\ud800x", "x"),
    ],
)
def test_line(text: str, value: str) -> None:
    assert rules.line(10)(text) == value


def test_too_long_says_how_long() -> None:
    with pytest.raises(RuleError) as error:
        rules.line(5)("六个字的名称")
    assert error.value.details == {"longest": 5, "length": 6}


def test_prose_keeps_lines() -> None:
    assert rules.prose()("一\r\n二\r三\n") == "一\n二\n三"


@time_machine.travel("2026-03-01T17:00:00Z", tick=False)
def test_today_is_the_day_in_china() -> None:
    assert rules.today() == date(2026, 3, 2)
    assert rules.happened("2026-03-02") == date(2026, 3, 2)
    with pytest.raises(RuleError):
        rules.happened("2026-03-03")


@pytest.mark.parametrize(
    ("text", "found"), [("7", 7), ("", 0), ("-7", 0), ("٧", 0), ("7.0", 0), ("9" * 19, 0), ("9" * 9_999, 0)]
)
def test_what_cannot_be_an_id_is_none(text, found):
    assert rules.id_of(text) == found
