"""Rules of a contact's and a task's fields: text in, value out, or RuleError. Forms and imports share them."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from crm import rules
from crm.database import N_, Labelled
from crm.errors import RuleError
from crm.interactions.models import Intent, InteractionKind
from crm.rules import NO_VALUE, narrow, today

Member = TypeVar("Member", bound=Labelled)

#: What offices write for a kind or an intent besides the word on our screens.
KIND_WORDS = {
    "拜访": InteractionKind.VISIT,
    "走访": InteractionKind.VISIT,
    "上门": InteractionKind.VISIT,
    "上门拜访": InteractionKind.VISIT,
    "登门拜访": InteractionKind.VISIT,
    "外出走访": InteractionKind.VISIT,
    "接待": InteractionKind.RECEPTION,
    "来访": InteractionKind.RECEPTION,
    "来访考察": InteractionKind.RECEPTION,
    "考察接待": InteractionKind.RECEPTION,
    "会议": InteractionKind.MEETING,
    "座谈会": InteractionKind.MEETING,
    "洽谈": InteractionKind.MEETING,
    "线上会议": InteractionKind.MEETING,
    "视频会议": InteractionKind.MEETING,
    "来电": InteractionKind.CALL,
    "去电": InteractionKind.CALL,
    "电话沟通": InteractionKind.CALL,
    "电话联系": InteractionKind.CALL,
    "微信沟通": InteractionKind.WECHAT,
    "微信联系": InteractionKind.WECHAT,
    "展览": InteractionKind.EXHIBITION,
    "展会接触": InteractionKind.EXHIBITION,
}
INTENT_WORDS = {
    "强": Intent.STRONG,
    "强烈": Intent.STRONG,
    "高": Intent.STRONG,
    "一般": Intent.WATCHING,
    "中": Intent.INTERESTED,
    "有": Intent.INTERESTED,
    "待观察": Intent.WATCHING,
    "低": Intent.NONE,
    "无意向": Intent.NONE,
    "没有意向": Intent.NONE,
}

#: Days counted from today, as people say them.
DAY_WORDS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
}
WEEKDAYS = "一二三四五六日"
COUNTED = re.compile(r"(\d{1,3}|[一两二三四五六七八九十])\s*个?(天|日|周|星期|礼拜)(?:以)?(前|后)")
ON_WEEKDAY = re.compile(r"(上|本|这|下)?个?(?:周|星期|礼拜)([一二三四五六日天])")
CHINESE_COUNTS = {word: n for n, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2}


def one_of(members: type[Member], words: Mapping[str, Member], complaint: str) -> Callable[[str], Member | None]:
    """A rule for a member of an enumeration: its value, the word on our screens, or another word for it."""
    known = {**words, **{member.value: member for member in members}, **{member.label: member for member in members}}

    def rule(text: str) -> Member | None:
        value = narrow(text).replace(" ", "").lower()
        if value in known:
            return known[value]
        if value in NO_VALUE:
            return None
        raise RuleError(complaint, words="、".join(member.label for member in members))

    return rule


kind = one_of(InteractionKind, KIND_WORDS, N_("看不懂这种接触方式，请写：%(words)s。"))
intent = one_of(Intent, INTENT_WORDS, N_("看不懂这个意向，请写：%(words)s。"))
summary = rules.prose()
demands = rules.prose()
people = rules.prose(2_000)
note = rules.prose()
title = rules.line(200)
#: The next step of a contact becomes a task's title.
next_step = title


def happened(text: str) -> date | None:
    """The day of something that has happened, as a date or as 今天, 昨天, 3 天前; not in the future."""
    value = spoken_day(text)
    if value is None:
        return rules.happened(text)
    return rules.happened(value.isoformat())


def due(text: str) -> date | None:
    """The day by which something is to be done, as a date or as 明天, 3 天后, 下周一. A past day is late, not wrong."""
    value = spoken_day(text)
    return rules.day(text) if value is None else value


def spoken_day(text: str) -> date | None:
    """The day that 今天, 昨天, 三天后, 两周后, 周五 or 下周一 means, said today; None for other text.

    A weekday without a word before it is this week's; weeks begin on Monday.
    """
    value = narrow(text)
    if value in DAY_WORDS:
        return today() + timedelta(days=DAY_WORDS[value])
    if found := COUNTED.fullmatch(value):
        count = CHINESE_COUNTS.get(found[1]) or int(found[1])
        days = count if found[2] in "天日" else count * 7
        return today() + timedelta(days=days if found[3] == "后" else -days)
    if found := ON_WEEKDAY.fullmatch(value):
        monday = today() - timedelta(days=today().weekday())
        weeks = {"上": -1, "下": 1}.get(found[1] or "", 0)
        return monday + timedelta(weeks=weeks, days=WEEKDAYS.index(found[2].replace("天", "日")))
    return None
