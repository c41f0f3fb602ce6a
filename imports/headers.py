"""Words that head columns: compared without spaces, brackets, units and marks, so that spellings do not matter."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

#: A longer word inside a header counts, a shorter one must be the whole header.
SHORTEST_INNER_WORD = 4
LONGEST_WORD = 12
#: A cell with more characters is no header, whatever it ends in.
LONGEST_HEADER = 80

MONEY = "(?:人民币)?[亿万千](?:元人民币|元|美元|港元|港币|欧元|日元|人民币)?|元|美元|欧元|港元"
UNIT = re.compile(
    f"(?:单位[:为]?)?({MONEY}|万?平方米|平方公里|万?㎡|万?m2|公顷|亩|人|名|家|吨标准?煤|天[前后]|[年天%])(?:/年)?"
)
#: A line above the header that gives units for the whole sheet: 单位：万元、亩.
UNIT_LINE = re.compile("单位[:：](.{1,20})")
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
BRACKETS = re.compile(r"[(\[【〔{<《](.*?)[)\]】〕}>》]")
MARKS = re.compile(r"[\s*#:：、,，.。;；'\"‘’“”`|·_-]+")
TAIL_UNIT = re.compile(r"/?(亿元|万元|亿美元|万美元|亩|平方米|㎡|m2)$")
SLASHED_UNIT = re.compile(r"/(元|人)$")
#: Under a group's heading a short word is completed by it: 企业基本情况 above 名称 is 企业名称.
GROUPS = ("企业", "公司", "单位", "客商", "项目")


@lru_cache(maxsize=8_192)
def normal(header: str) -> tuple[str, str]:
    """A header's word without spaces, brackets and marks, and the unit that stood in it."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", header)).lower()
    text = re.sub(r"\s+", "", text)
    unit = next((found[1] for inner in BRACKETS.findall(text) if (found := UNIT.fullmatch(inner))), "")
    text = BRACKETS.sub("", text)
    tail = TAIL_UNIT.search(text) or SLASHED_UNIT.search(text)
    if tail and tail.start():
        unit, text = unit or tail[1], text[: tail.start()]
    return MARKS.sub("", text), unit


def units_of_line(text: str) -> list[str]:
    """The units that a line above the header names."""
    found = UNIT_LINE.search(unicodedata.normalize("NFKC", text))
    return [unit for part in re.split("[、,，/;；\\s)）]+", found[1]) if (unit := part.strip())] if found else []


def meaning(header: str, words: Mapping[str, str]) -> str | None:
    """The field that a header names, if it is known; `words` are {header word: field}."""
    return exact_meaning(header, words) or inner_meaning(header, words)


def exact_meaning(header: str, words: Mapping[str, str]) -> str | None:
    """The field of which the header is a word."""
    if len(header) > LONGEST_HEADER:
        return None
    word, _unit = normal(header)
    return words.get(word) or words.get(word.removesuffix("1"))


def inner_meaning(header: str, words: Mapping[str, str]) -> str | None:
    """The field of which a word ends the header."""
    return inner_word(normal(header)[0], words) if len(header) <= LONGEST_HEADER else None


def meaning_below(
    upper: str, lower: str, words: Mapping[str, str], told: Callable[[str, Mapping[str, str]], str | None] = meaning
) -> str | None:
    """The field that a header of two rows names: 企业 above 名称, 联系方式 above 电话."""
    if not lower or normal(upper) == normal(lower):
        return told(upper, words)
    completed = [upper + lower, *(group + lower for group in GROUPS if group in upper), lower]
    return next(filter(None, (told(text, words) for text in completed)), None)


def inner_word(word: str, words: Mapping[str, str]) -> str | None:
    """The field whose word ends the header, as 企业名称 ends 拟招引企业名称; a whole sentence is no header."""
    if len(word) > LONGEST_WORD:
        return None
    found = [known for known in words if len(known) >= SHORTEST_INNER_WORD and word.endswith(known)]
    return words[max(found, key=len)] if found else None
