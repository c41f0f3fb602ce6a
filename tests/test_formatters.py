"""How values are shown."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from flask import Flask, render_template_string

from crm import formatters
from imports.problems import sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        (Decimal(1200), "1,200 万元"),
        (Decimal("0.05"), "0.05 万元"),
        (Decimal(10_000), "1 亿元"),
        (Decimal(35_500), "3.55 亿元"),
        (Decimal(9_999), "9,999 万元"),
    ],
)
def test_money(app: Flask, value: Decimal | None, text: str) -> None:
    with app.test_request_context():
        assert formatters.money(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "—"), (Decimal("50.00"), "50"), (Decimal("50.50"), "50.5"), (1_200, "1,200"), (100, "100")],
)
def test_plain(value: Decimal | int | None, text: str) -> None:
    assert formatters.plain(value) == text


def test_moments_are_shown_in_china() -> None:
    assert formatters.moment(datetime(2026, 3, 1, 17, 5, tzinfo=UTC)) == "2026-03-02 01:05"


@time_machine.travel("2026-03-10T02:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "从未"),
        (date(2026, 3, 10), "今天"),
        (date(2026, 3, 9), "昨天"),
        (date(2026, 2, 26), "12 天前"),
        (date(2026, 3, 12), "2026-03-12"),
    ],
)
def test_days_ago(app: Flask, value: date | None, text: str) -> None:
    with app.test_request_context():
        assert formatters.days_ago(value) == text


def test_a_count_in_a_sentence_has_its_commas(app):
    with app.test_request_context():
        text = "{{ ngettext('%(num)s 行', '%(num)s 行', 100000) }} {{ ngettext('%(num)s 家', '%(num)s 家', 2) }}"
        assert render_template_string(text) == "100,000 行 2 家"
        assert sentence("rows", {"limit": 1_048_576}) == "表格超过 1,048,576 行，请拆成几个文件上传。"
        assert "第 12345 行" in sentence("quote", {"row": 12_345})
