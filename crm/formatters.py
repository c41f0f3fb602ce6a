"""How values are shown: Jinja filters, in the page's language and in Chinese time."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext

from crm.database import N_
from crm.rules import CURRENCY_WORDS, SHANGHAI, today

#: From here on 万元 are shown as 亿元.
ONE_YI = Decimal(10_000)

#: The words of the default routes, stages and tiers (migration 0002), which pages show through gettext. What an
#: administrator adds or renames has no English and is shown as it stands.
DEFAULT_WORDS = (
    *(N_("拿地自建"), N_("租购厂房"), N_("增资扩产"), N_("研发/总部"), N_("合作牵线")),
    *(N_("在谈"), N_("注册"), N_("装修"), N_("运营"), N_("对接"), N_("签约合作"), N_("合作落地")),
    *(
        N_("链主"),
        N_("重点"),
        N_("隐形冠军"),
        N_("专精特新“小巨人”"),
        N_("单项冠军"),
        N_("上市"),
        N_("高新技术企业"),
        N_("规上"),
    ),
)


def init_app(app: Flask) -> None:
    """Register every filter under its name."""
    for filter_ in (day, short_day, weekday, moment, clock, money, capital, plain, label, days_ago, due_text):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.jinja_env.globals["today"] = today


def day(value: date | None) -> str:
    """2026-11-24, or a dash."""
    return value.isoformat() if value else "—"


#: Monday first, as date.weekday() counts.
WEEKDAYS = (N_("周一"), N_("周二"), N_("周三"), N_("周四"), N_("周五"), N_("周六"), N_("周日"))


def weekday(value: date) -> str:
    """周二."""
    return gettext(WEEKDAYS[value.weekday()])


def short_day(value: date | None) -> str:
    """11月24日 周二, or a dash: for days near today, whose year nobody asks."""
    if value is None:
        return "—"
    return gettext("%(month)d月%(day)d日 %(weekday)s", month=value.month, day=value.day, weekday=weekday(value))


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


def capital(value: Decimal | None, currency: str) -> str:
    """An amount of 万 of a currency: 500 万美元; yuan as money does."""
    if value is None or currency == "CNY":
        return money(value)
    name = next((word for word, letters in CURRENCY_WORDS.items() if letters == currency), currency)
    if value >= ONE_YI:
        return gettext("%(amount)s 亿%(currency)s", amount=plain(round(value / ONE_YI, 2)), currency=gettext(name))
    return gettext("%(amount)s 万%(currency)s", amount=plain(round(value, 2)), currency=gettext(name))


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
    return gettext("昨天") if days == 1 else ngettext("%(num)d 天前", "%(num)d 天前", days)


def due_text(value: date | None) -> str:
    """By when something is due: 今天, 明天, 11月27日 周五, 逾期 3 天; a dash for None."""
    if value is None:
        return "—"
    days = (value - today()).days
    if days < 0:
        return ngettext("逾期 %(num)d 天", "逾期 %(num)d 天", -days)
    if days < 2:
        return gettext("明天") if days else gettext("今天")
    return short_day(value) if value.year == today().year or days < 180 else day(value)
