"""Places as people write them (广东, 广东省深圳市南山区, 440300, 德国) → codes, from the lists in crm/chain/divisions.

The mainland's codes are those of GB/T 2260. A municipality (北京, 天津, 上海, 重庆) is its own city: its code has two
digits. 台湾, 香港, 澳门 (GB/T 2260) and other countries (two letters of ISO 3166-1, named after the Unicode CLDR) are
known as a whole, without cities.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel import Locale

FOLDER = Path(__file__).parents[1] / "chain" / "divisions"
MUNICIPALITIES = ("11", "12", "31", "50")
#: 市辖区 and the like are lines of the list, not names of places.
NO_PLACE = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
SUFFIX = re.compile("(特别行政区|(壮族|回族|维吾尔)?自治区|自治[州县旗]|[省市区县旗盟]|地区|林区|新区)$")
SEPARATORS = re.compile(r"[\s/·\-—－,，、>]+")
#: What may stand before any place of ours.
CHINA = re.compile("^(中华人民共和国|中国)(?=.)")
#: 巴西路 is a street.
STREET = re.compile("[东南西北中一二三四五]?(路|街|大街|大道|巷|村|镇|乡|园|城|广场)")
#: Names besides those of the lists, as offices write them.
ALSO = {
    "阿联酋": "AE",
    "印尼": "ID",
    "沙特": "SA",
    "波黑": "BA",
    "新西兰": "NZ",
    "英格兰": "GB",
    "美利坚合众国": "US",
    "大韩民国": "KR",
    "南韩": "KR",
    "USA": "US",
    "UK": "GB",
    "Korea": "KR",
}


@cache
def names() -> Mapping[str, str]:
    """{code: name} of every province (2 digits), city (4) and district (6), and of what lies beyond the mainland."""
    return {**mainland(), **listed("beyond")}


@cache
def provinces() -> Mapping[str, str]:
    """{code: name} of the mainland's provinces."""
    return listed("provinces")


@cache
def mainland() -> Mapping[str, str]:
    """{code: name} of every province, city and district that has its cities in the list."""
    return listed("provinces", "cities", "areas")


def listed(*files: str) -> dict[str, str]:
    """{code: name} of lists."""
    found = {}
    for file in files:
        with (FOLDER / f"{file}.csv").open(encoding="utf-8", newline="") as lines:
            found.update({row["code"]: row["name"] for row in csv.DictReader(lines)})
    return found


@cache
def codes() -> dict[str, tuple[str, ...]]:
    """{name, also without 省, 市, 区 …: codes} on the mainland, the larger division first."""
    found: dict[str, list[str]] = defaultdict(list)
    for code, name in sorted(mainland().items(), key=lambda item: (len(item[0]), item[0])):
        if name in NO_PLACE:
            continue
        short = SUFFIX.sub("", name)
        for spelling in dict.fromkeys((name, short if len(short) > 1 else name)):
            found[spelling].append(code)
    return {name: tuple(values) for name, values in found.items()}


@cache
def beyond() -> dict[str, str]:
    """{name in Chinese or English, in lower case: code} beyond the mainland; the longest names first."""
    english = Locale("en").territories
    found = {SUFFIX.sub("", name): code for code, name in listed("beyond").items()}
    for code, name in listed("beyond").items():
        spoken = {"71": "Taiwan", "81": "Hong Kong", "82": "Macao"}.get(code) or english[code]
        found |= {name: code, SEPARATORS.sub("", spoken): code}
    found |= ALSO
    return {name.casefold(): found[name] for name in sorted(found, key=len, reverse=True)}


def place_length(name: str) -> int:
    """How many characters a name of a company spends on the place with which it begins: 深圳市南山区大族 6, 大族 0."""
    taken = 0
    while found := max((n for n in range(2, 12) if name[taken : taken + n] in codes()), default=0):
        taken += found
    return taken if taken < len(name) else 0


def code_of(text: str) -> str | None:
    """The code of the smallest division that the text names; None if it names none, or several that it could mean.

    The text is read from the left, each name within the division before it. What follows the last division (a street)
    is left out.
    """
    rest = CHINA.sub("", SEPARATORS.sub("", text))
    if re.fullmatch(r"\d{2}(\d{2}(\d{2})?)?", rest):
        return from_digits(rest)
    within, whole = "", rest
    while rest:
        name = next((rest[:n] for n in range(min(len(rest), 15), 1, -1) if inside(rest[:n], within)), "")
        if not name:
            break
        choices = inside(name, within)
        if not within and len(choices) > 1 and len(choices[0]) == 6:
            return None  # 鼓楼区 is in four cities
        within, rest = choices[0], rest[len(name) :]
    return within or beyond_the_mainland(whole)


def beyond_the_mainland(text: str) -> str | None:
    """The code of a country, 台湾, 香港 or 澳门 with which a text begins; one in letters is the whole text."""
    text = text.casefold()
    if text.isascii():
        return beyond().get(text)
    name = next((name for name in beyond() if text.startswith(name) and not name.isascii()), None)
    return None if name is None or STREET.match(text, len(name)) else beyond()[name]


def inside(name: str, within: str) -> list[str]:
    """The codes that a name can mean below a division."""
    return [code for code in codes().get(name, ()) if code.startswith(within) and len(code) > len(within)]


def from_digits(digits: str) -> str | None:
    """The division of a code, also written with trailing zeros (440300 is 深圳, 440000 广东)."""
    code = next((digits[:n] for n in (2, 4) if len(digits) == 6 and set(digits[n:]) == {"0"}), digits)
    if code in names() and names()[code] not in NO_PLACE:
        return code
    return digits if digits in names() and names()[digits] not in NO_PLACE else None


def city_of(code: str | None) -> str | None:
    """The city that a division belongs to: 4 digits; 2 for a municipality, or where only the province is known.

    What lies beyond the mainland is its own city.
    """
    if code is None or code[:2] in MUNICIPALITIES:
        return code and code[:2]
    return code[:4]


def full_name(code: str | None) -> str:
    """广东省深圳市南山区; '' for None or an unknown code."""
    if code is None:
        return ""
    parts = (names().get(code[:n], "") for n in (2, 4, 6) if len(code) >= n)
    return "".join(dict.fromkeys(part for part in parts if part not in NO_PLACE))


def last_name(code: str | None) -> str:
    """深圳市, without the province; '' for None or an unknown code."""
    return names().get(code or "", "")
