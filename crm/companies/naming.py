"""Names as matching compares them and lists sort them."""

import re
from collections import defaultdict
from functools import cache

from crm.companies import places
from crm.tokens import normal_characters, syllables

#: White space, what cannot be seen, brackets, quotes, dots and dashes tell no two companies apart.
NOISE = re.compile(
    r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    r"()\[\]{}<>《》〈〉【】〔〕「」『』“”‘’\"'`·•・.,，。、;；:：\-‐‑‒–—―_/\\|*#&+~!?]+"
)
#: Two ways to write one legal form.
FORMS = (("有限责任公司", "有限公司"), ("股份公司", "股份有限公司"))
#: How registered names end, but for a few; a name that does not, and is no longer than this, is a short one.
REGISTERED = re.compile("(公司|厂|合伙|合伙企业|合作社|事务所)$")
LONGEST_SHORT = 8
LEGAL_FORM = re.compile("(股份有限公司|有限公司|公司)$")
#: What a short name has besides what is said: *ST, N, XD in front, the class of the share or the form behind.
MARKET = re.compile("^(s?st|n|c|xd|xr|dr)(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(a|b|u|w|d|uw)$|(?<=..)股份$")


def name_key(name: str) -> str:
    """A name without what spelling varies in: width, case, spaces, brackets, traditional characters, legal form, place.

    Of the place in front, 省 and 市 go, and a province before its city (广东省深圳市 → 深圳). Equal keys mean one
    name, not surely one company: matching decides with the code.
    """
    key = NOISE.sub("", normal_characters(name))
    for variant, form in FORMS:
        if key.endswith(variant) and not key.endswith(form):
            key = key[: -len(variant)] + form
    return bare_place(key)[:200]


def bare_place(key: str) -> str:
    """The key with the place in front as short as it is said; one that is nothing but a place stays."""
    if key[:2] not in place_names():
        return key
    said, rest = [], key
    while name := place_in_front(rest):
        said.append(name)
        rest = rest[len(name) :]
    if len(said) > 1 and is_province_of(*said[:2]):
        del said[0]
    return "".join(map(short_place, said)) + rest


def place_in_front(text: str) -> str:
    """The longest name of a place with which a text begins, as long as something follows it; '' for none."""
    for name in place_names().get(text[:2], ()):
        if len(name) < len(text) and text.startswith(name):
            return name
    return ""


@cache
def place_names() -> dict[str, list[str]]:
    """The names of places by their first two characters, the longest first."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(places.codes(), key=len, reverse=True):
        found[name[:2]].append(name)
    return found


@cache
def short_place(name: str) -> str:
    """深圳 for 深圳市; a name of one character keeps its 县."""
    short = places.SUFFIX.sub("", name)
    return short if len(short) > 1 else name


@cache
def is_province_of(outer: str, inner: str) -> bool:
    """Whether the first name is a province and the second a city in it."""
    provinces = [code for code in places.codes()[outer] if len(code) == 2]
    return any(len(code) == 4 and code[:2] in provinces for code in places.codes()[inner])


def is_short(key: str) -> bool:
    """Whether the key of a name lacks the ending of a registered one: 大族激光, unlike 大族激光科技股份有限公司."""
    return len(key) <= LONGEST_SHORT and not REGISTERED.search(key)


def spoken(key: str) -> str:
    """A short name's key without what tells nothing: 万科 for 万科a, 生物 for st生物, 德昌 for 德昌股份."""
    return MARKET.sub("", key) or key


def core(key: str) -> str:
    """What of a name's key tells it from others: without the place in front and the legal form."""
    rest = key
    while name := place_in_front(rest):
        rest = rest[len(name) :]
    return LEGAL_FORM.sub("", rest) or rest


def pinyin_key(name: str) -> str:
    """What a name sorts by: its syllables set apart by spaces, which sort before letters (大 da before 戴 dai)."""
    return " ".join(syllables(character)[0] for character in normal_characters(name) if not character.isspace())[:200]
