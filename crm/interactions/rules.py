"""Rules of a contact's and a task's fields: text in, value out, or RuleError. Forms and imports share them."""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import TypeVar

from crm import rules
from crm.database import N_, Labelled
from crm.errors import RuleError
from crm.interactions.models import Intent, InteractionKind
from crm.interactions.spoken import days_in, time_in
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
    "实地走访": InteractionKind.VISIT,
    "实地考察": InteractionKind.VISIT,
    "上门走访": InteractionKind.VISIT,
    "外出考察": InteractionKind.VISIT,
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
    """The day of something that has happened, as a date or as 今天, 昨天, 周三, 3 天前; not in the future."""
    value = spoken_day(text, ahead=False)
    if value is None:
        return rules.happened(text)
    return rules.happened(value.isoformat())


def clock(text: str) -> time | None:
    """A time of day: 14:30, 14：30, 下午2点半."""
    value = narrow(text)
    if value.lower() in NO_VALUE:
        return None
    found = time_in(value)
    if found is None:
        raise RuleError(N_("看不懂这个时间，请写成 14:30 这样。"))
    return found


def due(text: str) -> date | None:
    """The day by which something is to be done, as a date or as 明天, 3 天后, 下周一. A past day is late, not wrong."""
    return spoken_day(text, ahead=True) or rules.day(text)


def spoken_day(text: str, *, ahead: bool) -> date | None:
    """The day that 今天, 三天后, 周五, 下周一 or 20号 means, said today (spoken.py); None for other text and for dates
    that name their year, which the stricter rule reads."""
    value = narrow(text).replace(" ", "")
    found = next(days_in(value), None)
    if found is None or (found.start, found.end) != (0, len(value)) or found.match["year"]:
        return None
    return found.day(today(), ahead=ahead)
