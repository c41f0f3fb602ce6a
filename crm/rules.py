"""Rules that fields of many slices share: text in, value out, or RuleError with a sentence that says what to do.

Forms wrap a rule (crm/forms.py), imports map it over distinct values: a value is judged the same on either way in.
Empty text is no value: None (for texts ''), whatever the rule; whether a value is required is the field's matter.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from zoneinfo import ZoneInfo

from crm.database import N_, Labelled
from crm.errors import RuleError

Value = TypeVar("Value")
Rule = Callable[[str], Value]

SHANGHAI = ZoneInfo("Asia/Shanghai")
#: Control characters (but line breaks and tabs) and marks that turn the direction of text have no place in a field.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
#: What people write where they have no value.
NO_VALUE = {"", "-", "—", "——", "－", "/", "n/a", "na", "nan", "none", "null"}
NO_VALUE |= {"无", "暂无", "空", "不详", "未知", "面议", "待定", "未定", "待议", "待确定", "待确认", "不涉及", "不明"}


def clean(text: str) -> str:
    """Text without unwanted characters and outer white space (full-width and no-break spaces count), NFC."""
    return unicodedata.normalize("NFC", UNWANTED.sub("", text)).strip()


TOO_LONG = N_("太长了：最多 %(longest)d 个字，现在是 %(length)d 个。")
OUT_OF_RANGE = N_("数字超出范围：应在 0 到 %(largest)s 之间。")


def line(longest: int) -> Rule[str]:
    """A rule for one line of at most `longest` characters; inner white space becomes one space."""

    def rule(text: str) -> str:
        value = re.sub(r"\s+", " ", clean(text))
        if len(value) > longest:
            raise RuleError(TOO_LONG, longest=longest, length=len(value))
        return value

    return rule


def prose(longest: int = 20_000) -> Rule[str]:
    """A rule for several lines."""

    def rule(text: str) -> str:
        value = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
        if len(value) > longest:
            raise RuleError(TOO_LONG, longest=longest, length=len(value))
        return value

    return rule


def number(places: int, largest: Decimal) -> Rule[Decimal | None]:
    """A rule for a number of 0 to `largest`, rounded to `places` decimal places; 1,200 and １２００ are read."""

    def rule(text: str) -> Decimal | None:
        value = narrow(text)
        if value.lower() in NO_VALUE:
            return None
        try:
            found = Decimal(value.replace(",", ""))
        except InvalidOperation:
            raise RuleError(N_("请填数字，例如 1200 或 1200.5。")) from None
        if not found.is_finite() or found < 0 or found > largest:
            raise RuleError(OUT_OF_RANGE, largest=f"{largest:,}")
        return found.quantize(Decimal(1).scaleb(-places))

    return rule


def whole(smallest: int, largest: int) -> Rule[int | None]:
    """A rule for a whole number in a range."""
    as_number = number(0, Decimal(largest))

    def rule(text: str) -> int | None:
        value = narrow(text)
        if value.lower() in NO_VALUE:
            return None
        found = as_number(value)
        if found is None or Decimal(value.replace(",", "")) != found or found < smallest:
            raise RuleError(N_("请填 %(smallest)d 到 %(largest)d 之间的整数。"), smallest=smallest, largest=largest)
        return int(found)

    return rule


#: Two numbers with one unit or one each; NFKC has made the many dashes and waves few.
RANGE = re.compile(
    r"^[^\d\s]{0,4}(?P<low>\d[\d,]*(?:\.\d+)?)(?P<first>[^\d\s.,~—–-]{0,6})\s*(?:[-~—–]{1,2}|至|到)\s*"
    r"(?P<high>\d[\d,]*(?:\.\d+)?)(?P<unit>\D{0,8})$"
)
ONE_OF_RANGE = N_("写的是一个范围，请只填一个数，例如 %(low)s 或 %(high)s。")


def refuse_range(text: str) -> None:
    """Raise RuleError with both ends of 5-8亿 or 80～100亩: which number counts, only a person knows."""
    found = RANGE.match(re.sub(r"\s", "", narrow(text)).replace("m2", "㎡"))
    if found:
        unit = found["unit"].removesuffix("左右")
        raise RuleError(ONE_OF_RANGE, low=found["low"] + (found["first"] or unit), high=found["high"] + unit)


UNITS_IN_WAN = {unit: Decimal(worth) for unit, worth in {"万": "1", "亿": "10000", "": "0.0001"}.items()}
LARGEST_WAN = Decimal("99999999999")


def about(value: str) -> str:
    """An amount without the words that make it a rough one: 约50亩, 近3亿元, 1200余万元, 5亿元左右."""
    value = re.sub(r"(?<=\d)[余多](?=[亿万元亩㎡平公])", "", value)
    return value.lstrip("￥¥约近").removesuffix("左右").strip()


def wan(text: str) -> Decimal | None:
    """An amount in 万元: a bare number is 万元; 3.5亿, 1,200万元, 500元 and 50(万元人民币) convert."""
    value = about(re.sub(r"[()\s]|人民币", "", narrow(text)))
    if value.lower() in NO_VALUE:
        return None
    found = re.fullmatch(r"([\d,]*\.?\d+)\s*(亿元|万元|亿|万|元)?", value)
    if not found:
        refuse_range(value)
    if not found and re.search("[美欧日港]元|港币|USD|EUR|HKD|JPY", value):
        raise RuleError(N_("这一栏按人民币填写，请换算后再填。"))
    if not found:
        raise RuleError(N_("请填金额，例如 1200（万元）、3.5亿 或 1,200万元。"))
    unit = "万" if found[2] is None else found[2].removesuffix("元")
    amount = Decimal(found[1].replace(",", "")) * UNITS_IN_WAN[unit]
    if amount > LARGEST_WAN:
        raise RuleError(OUT_OF_RANGE, largest=f"{LARGEST_WAN:,}")
    return amount.quantize(Decimal("0.0001"))


LARGEST_AREA = Decimal("999999999")
#: 不需用地, 无需供地, 租用厂房: a project without land of its own.
NO_LAND = re.compile("^(不|无|不需|无需|不需要|不涉及)(新增)?(用地|供地|占地|土地)$|^(租赁|租用)(标准)?厂房$")
M2_PER_MU = Decimal(10_000) / 15  # 1 亩 = 1/15 公顷


def mu(text: str) -> Decimal | None:
    """An area in 亩: a bare number is 亩; 33335㎡ and 2公顷 convert."""
    value = about(narrow(text))
    if value.lower() in NO_VALUE:
        return None
    found = re.fullmatch(r"([\d,]*\.?\d+)\s*(亩|㎡|m2|平方米|平米|公顷)?", value.lower())
    if not found and NO_LAND.match(value):
        return None
    if not found:
        refuse_range(value)
        raise RuleError(N_("请填面积，例如 50（亩）或 33335㎡。"))
    amount = Decimal(found[1].replace(",", ""))
    if found[2] == "公顷":
        amount *= 15
    elif found[2] not in (None, "亩"):
        amount /= M2_PER_MU
    return in_area_range(amount)


def m2(text: str) -> Decimal | None:
    """A floor area in ㎡: a bare number is ㎡; 1.2万㎡ converts."""
    value = about(narrow(text))
    if value.lower() in NO_VALUE:
        return None
    found = re.fullmatch(r"([\d,]*\.?\d+)\s*(万)?\s*(㎡|m2|平方米|平米|平)?", value.lower())
    if not found:
        refuse_range(value)
        raise RuleError(N_("请填面积，例如 12000（㎡）或 1.2万㎡。"))
    return in_area_range(Decimal(found[1].replace(",", "")) * (10_000 if found[2] else 1))


def in_area_range(amount: Decimal) -> Decimal:
    """The area with two decimal places; RuleError when no column could hold it."""
    if amount > LARGEST_AREA:
        raise RuleError(OUT_OF_RANGE, largest=f"{LARGEST_AREA:,}")
    return amount.quantize(Decimal("0.01"))


#: 45292 is how a spreadsheet stores 2024-01-01; days count from here (the 1900 leap-year fault included).
SPREADSHEET_EPOCH = date(1899, 12, 30)
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?")
CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")


def day(text: str) -> date | None:
    """A date: 2024-03-05, 2024/3/5, 2024.3.5, 2024年3月5日, 20240305, 二〇二四年三月五日 or a spreadsheet's day number.

    A month alone is not a day: RuleError asks for one rather than inventing it.
    """
    value = narrow(text).split(" ")[0].split("T")[0] if re.match(r"\d{4}-\d", narrow(text)) else narrow(text)
    if value.lower() in NO_VALUE:
        return None
    value = from_chinese_numerals(value)
    if re.fullmatch(r"\d{5}", value):
        return in_day_range(SPREADSHEET_EPOCH + timedelta(days=int(value)))
    if re.fullmatch(r"\d{8}", value):
        value = f"{value[:4]}-{value[4:6]}-{value[6:]}"
    found = DAY.fullmatch(value)
    if not found:
        raise RuleError(N_("看不懂这个日期，请写成 2024-03-05 这样。"))
    if not found[3]:
        raise RuleError(N_("日期缺少“日”，请写成 2024-03-05 这样。"))
    try:
        return in_day_range(date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        raise RuleError(N_("没有这一天，请检查月份和日期。")) from None


def from_chinese_numerals(value: str) -> str:
    """二〇二四年十二月三日 with Arabic figures; other text unchanged."""
    if "年" not in value or not re.search("[〇零一二三四五六七八九]", value):
        return value

    def tens(found: re.Match[str]) -> str:
        return f"{found[1] or '一'}{found[2] or '〇'}"

    return re.sub("([一二三])?十([一二三四五六七八九])?", tens, value).translate(CHINESE_DIGITS)


def in_day_range(value: date) -> date:
    """The day, or RuleError for one that no office can mean."""
    if not date(1900, 1, 1) <= value <= date(2200, 1, 1):
        raise RuleError(N_("日期超出范围，请检查年份。"))
    return value


def happened(text: str) -> date | None:
    """The date of something that has happened: not after today."""
    value = day(text)
    if value is not None and value > today():
        raise RuleError(N_("这一天还没有到，请检查日期。"))
    return value


YES, NO = {"是", "有", "√", "1", "y", "yes", "true"}, {"否", "×", "0", "n", "no", "false"}


def yes(text: str) -> bool:
    """是 or 否 in the ways that people write them."""
    word = narrow(text).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise RuleError(N_("请填“是”或“否”。"))


def split(text: str) -> list[str]:
    """The parts of a cell that lists several things."""
    return [part for part in (piece.strip() for piece in re.split(r"[;；、\n]", clean(text))) if part]


def member_of(enum: type[Labelled]) -> Callable[[str], Labelled]:
    """A rule for the Chinese words of a choice."""
    words = {member.label: member for member in enum}

    def rule(text: str) -> Labelled:
        found = words.get(narrow(text))
        if found is None:
            raise RuleError(N_("请填其中之一：%(words)s。"), words="、".join(words))
        return found

    return rule


#: The largest id that the database can hold, and its digits.
LARGEST_ID = 2**63 - 1
LONGEST_ID = len(str(LARGEST_ID))


def number_of(text: str) -> int | None:
    """A whole number of an address or a form that the database can hold; None for anything else, of any length."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None
    return found if found is None or found <= LARGEST_ID else None


def id_of(text: str) -> int:
    """A row's id of an address or a form; 0, which no row has, for what cannot be one."""
    return number_of(text) or 0


def narrow(text: str) -> str:
    """Cleaned text with full-width figures and letters made half-width."""
    return unicodedata.normalize("NFKC", clean(text)).replace("￥", "¥").strip()


def today() -> date:
    """Today in China, whatever the server's clock is set to."""
    return datetime.now(SHANGHAI).date()


#: What people write for a currency, and its three letters (ISO 4217); the first of several words is the one shown.
CURRENCY_WORDS = {
    "人民币": "CNY",
    "RMB": "CNY",
    N_("美元"): "USD",
    N_("港元"): "HKD",
    "港币": "HKD",
    N_("欧元"): "EUR",
    N_("日元"): "JPY",
}


def currency(text: str) -> str | None:
    """A currency's three letters (ISO 4217), from them or from its Chinese name. Stands as ck_projects_currency."""
    value = narrow(text).upper()
    if value.lower() in NO_VALUE:
        return None
    value = CURRENCY_WORDS.get(value, value)
    if not re.fullmatch("[A-Z]{3}", value):
        raise RuleError(N_("请填币种，例如 人民币、美元 或 USD。"))
    return value
