"""Days and times as people write them in a chat: 昨天, 周三, 11月20日, 二〇二四年三月五日, 下午三点半, 下周五前.

A word that does not say its week, month or year means the nearest such day: backwards for what happened, forwards for
what is to be done.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

#: Days counted from the one on which they are said.
DAY_WORDS = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "昨晚": -1,
    "昨夜": -1,
    "今天": 0,
    "今日": 0,
    "今早": 0,
    "今晚": 0,
    "明天": 1,
    "明日": 1,
    "明早": 1,
    "明晚": 1,
    "后天": 2,
    "大后天": 3,
}
WEEKDAYS = "一二三四五六日"
FIGURES = "〇一二三四五六七八九零"
COUNT = f"\\d{{1,2}}|[{FIGURES}十两]{{1,3}}"
YEAR = f"\\d{{4}}|[{FIGURES}]{{4}}"
#: What stands right behind a day by which something is to be done.
BY_THEN = re.compile("之?以?[前内]|底前|下班前")
PATTERN = re.compile(
    f"(?P<year>{YEAR})(?:年|[-/.])(?P<month>{COUNT})(?:月|[-/.])(?P<day>{COUNT})[日号]?"
    f"|(?P<month2>{COUNT}) ?月 ?(?P<day2>{COUNT}) ?[日号]?"
    r"|(?<![\d/.-])(?P<month3>\d{1,2})(?:/|-(?=\d{1,2} +\d{1,2}[:：]))(?P<day3>\d{1,2})(?![\d/.])"
    f"|(?P<month5>{COUNT}) ?月(?P<part>初|上旬|中旬|下旬|中|底)"
    f"|(?P<day4>{COUNT})[日号](?![一-龥]?线)"
    f"|(?P<word>{'|'.join(sorted(DAY_WORDS, key=len, reverse=True))})"
    f"|(?P<count>\\d{{1,3}}|{COUNT})个?(?P<unit>天|日|周|星期|礼拜|个?月)(?:以|之)?(?P<way>前|后|内)"
    f"|(?P<which>上上|上|本|这|下下|下)?个?(?:周|星期|礼拜)(?P<weekday>[{WEEKDAYS}天])"
    r"|(?P<end>(?:本|这|下)(?:周|星期|礼拜)(?![一二三四五六日天])|(?:本|这个|下个?)?月(?:初|中(?!山)|底)|年底"
    r"|(?:今年|明年)?第?[一二三四]季度)"
)
#: On which day a part of a month ends; 31 stands for the last.
PARTS = {"初": 5, "上旬": 10, "中": 15, "中旬": 20, "下旬": 31, "底": 31}
WEEKS = {"上上": -2, "上": -1, "本": 0, "这": 0, "下": 1, "下下": 2}

TIME = re.compile(
    f"(?P<part>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|今晚|昨晚)?(?P<hour>{COUNT})"
    f"(?:[:：](?P<minute>[0-5]\\d)(?::[0-5]\\d)?|点钟?(?![:：是意建要])(?P<past>半|一刻|三刻|(?:[0-5]?\\d|[{FIGURES}十]{{1,3}})分?)?)"
)
PAST_THE_HOUR = {"半": 30, "一刻": 15, "三刻": 45}
AFTERNOON = ("下午", "傍晚", "晚上", "今晚", "昨晚")


@dataclass(frozen=True)
class Spoken:
    """A day that stands in a text, and where."""

    start: int
    end: int
    #: Whether it names a month, or even a year: such a day counts from no other.
    is_dated: bool
    #: Whether it can only lie ahead: 明天, 三天后, 下周五, or any day with 前 behind it.
    is_ahead: bool
    match: re.Match[str]

    def day(self, base: date, *, ahead: bool) -> date | None:
        """The day, said on `base` of something behind or ahead; None for one that does not exist."""
        try:
            return resolved(self.match, base, ahead)
        except (ValueError, OverflowError):
            return None


def days_in(text: str) -> Iterator[Spoken]:
    """The days that a text names, in order."""
    for match in PATTERN.finditer(text):
        dated = bool(match["year"] or match["month2"] or match["month3"] or match["month5"])
        yield Spoken(match.start(), match.end(), dated, is_ahead(match, text), match)


def is_ahead(match: re.Match[str], text: str) -> bool:
    """Whether a day is one by which, or on which, something is to be done."""
    if match["word"]:
        return DAY_WORDS[match["word"]] > 0 or bool(BY_THEN.match(text, match.end()))
    if match["way"]:
        return match["way"] != "前"
    if match["end"]:
        return not match["end"].endswith(("月初", "月中")) or match["end"].startswith("下")
    if match["which"] in ("下", "下下"):
        return True
    return bool(BY_THEN.match(text, match.end()))


def resolved(match: re.Match[str], base: date, ahead: bool) -> date:
    """The day of a match; ValueError for one that does not exist."""
    if match["year"] or match["month2"] or match["month3"] or match["day4"]:
        return dated(match, base, ahead)
    if match["month5"]:
        month, part = number(match["month5"]), match["part"]
        return nearest_year(month, min(PARTS[part], calendar.monthrange(base.year, month)[1]), base, ahead)
    if match["word"]:
        return base + timedelta(days=DAY_WORDS[match["word"]])
    if match["count"]:
        return counted(number(match["count"]), match["unit"], match["way"], base)
    if match["weekday"]:
        return weekday(match["which"], WEEKDAYS.index(match["weekday"].replace("天", "日")), base, ahead)
    return end_of(match["end"], base)


def dated(match: re.Match[str], base: date, ahead: bool) -> date:
    """A day of a month."""
    if match["year"]:
        return date(number(match["year"]), number(match["month"]), number(match["day"]))
    if match["day4"]:
        return nearest_month(number(match["day4"]), base, ahead)
    month, day = match["month2"] or match["month3"], match["day2"] or match["day3"]
    return nearest_year(number(month), number(day), base, ahead)


def nearest_year(month: int, day: int, base: date, ahead: bool) -> date:
    """A day of a month in this year, or in the next or last one where it would lie on the other side."""
    found = date(base.year, month, day)
    if ahead and found < base:
        return date(base.year + 1, month, day)
    return date(base.year - 1, month, day) if not ahead and found > base else found


def nearest_month(day: int, base: date, ahead: bool) -> date:
    """A day of this month, or of the next or last one where it would lie on the other side."""
    found = date(base.year, base.month, day)
    if ahead and found < base:
        return (base.replace(day=1) + timedelta(days=32)).replace(day=day)
    return (base.replace(day=1) - timedelta(days=1)).replace(day=day) if not ahead and found > base else found


def counted(count: int, unit: str, way: str, base: date) -> date:
    """A day so many days, weeks or months (of 30 days) away."""
    days = count * {"天": 1, "日": 1, "周": 7, "星期": 7, "礼拜": 7}.get(unit, 30)
    return base - timedelta(days=days) if way == "前" else base + timedelta(days=days)


def weekday(which: str | None, index: int, base: date, ahead: bool) -> date:
    """A day of the week (Monday is 0), of the named week or the nearest."""
    found = base + timedelta(days=index - base.weekday())
    if which:
        return found + timedelta(weeks=WEEKS[which])
    if ahead and found < base:
        return found + timedelta(weeks=1)
    return found - timedelta(weeks=1) if not ahead and found > base else found


def end_of(word: str, base: date) -> date:
    """The last working day of a week, the last day of a part of a month, of a quarter, of the year."""
    if word == "年底":
        return date(base.year, 12, 31)
    if word.endswith("季度"):
        return end_of_quarter("一二三四".index(word[-3]) + 1, base.year + word.startswith("明年"))
    if word[-1] in PARTS:
        month = base.replace(day=1) + timedelta(days=32 if word.startswith("下") else 0)
        return month.replace(day=min(PARTS[word[-1]], calendar.monthrange(month.year, month.month)[1]))
    return base + timedelta(days=4 - base.weekday(), weeks=1 if word.startswith("下") else 0)


def end_of_quarter(quarter: int, year: int) -> date:
    """The last day of a quarter, 1 to 4."""
    return date(year, quarter * 3, calendar.monthrange(year, quarter * 3)[1])


def time_in(text: str) -> time | None:
    """The first time of day that a text names; None where there is none."""
    for match in TIME.finditer(text):
        hour = number(match["hour"])
        past = match["past"] or ""
        minute = PAST_THE_HOUR.get(past) or number(match["minute"] or past.removesuffix("分") or "0")
        if match["part"] in AFTERNOON and hour < 12:
            hour += 12
        if hour < 24 and minute < 60:
            return time(hour, minute)
    return None


def number(text: str) -> int:
    """A number in Arabic or Chinese figures: 20, 二十, 十一, 二〇二四."""
    if text.isdigit() and text.isascii():
        return int(text)
    digits = text.replace("两", "二").replace("零", "〇")
    if "十" not in digits:
        return int("".join(str(FIGURES.index(figure)) for figure in digits))
    tens, ones = digits.split("十", 1)
    return (FIGURES.index(tens) if tens else 1) * 10 + (FIGURES.index(ones) if ones else 0)
