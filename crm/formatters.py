"""How values are shown: Jinja filters, in the page's language and in Chinese time."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import gettext

from crm.rules import SHANGHAI, today

#: From here on 万元 are shown as 亿元.
ONE_YI = Decimal(10_000)


def init_app(app: Flask) -> None:
    """Register every filter under its name."""
    for filter_ in (day, moment, clock, money, plain, label, days_ago):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.globals["today"] = today


def day(value: date | None) -> str:
    """2026-11-24, or a dash."""
    return value.isoformat() if value else "—"


def moment(value: datetime | None) -> str:
    """2026-11-24 15:04 in China, or a dash."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value else "—"


def clock(value: time | None) -> str:
    """15:04, or nothing."""
    return value.strftime("%H:%M") if value else ""


def plain(value: Decimal | int | None) -> str:
    """A number with thousands commas and without trailing zeros, or a dash."""
    if value is None:
        return "—"
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal | None) -> str:
    """An amount of 万元; in 亿元 from 1 亿 on, with at most two decimal places."""
    if value is None:
        return "—"
    if value >= ONE_YI:
        return gettext("%(amount)s 亿元", amount=plain(round(value / ONE_YI, 2)))
    return gettext("%(amount)s 万元", amount=plain(round(value, 2)))


def label(value: Any) -> str:
    """An enumeration member's word in the page's language; a dash for None."""
    return gettext(value.label) if value is not None else "—"


def days_ago(value: date | None) -> str:
    """今天, 昨天, 12 天前; 从未 for None."""
    if value is None:
        return gettext("从未")
    days = (today() - value).days
    if days <= 0:
        return gettext("今天") if days == 0 else day(value)
    return gettext("昨天") if days == 1 else gettext("%(days)d 天前", days=days)
