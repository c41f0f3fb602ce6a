"""Search tokens: what a name can be found by, and what a typed query asks for.

One function makes the tokens of every search column: characters and pairs of characters of Chinese text (two-character
queries are the commonest, and no trigram index answers them), pinyin and initials from every character on, and Latin
or numeric words. Pinyin comes from a table by character, with every common reading of the few hundred that have two:
a phrase dictionary would be a hundred times slower and still miss names.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources

from pypinyin import Style, pinyin
from pypinyin.pinyin_dict import pinyin_dict

#: A pinyin token spans this many syllables, an initials token this many letters; longer queries ask for several.
SYLLABLES = 4
INITIALS = 8
#: With two readings in a row a window would multiply: no more variants than this.
VARIANTS = 4
LONGEST_TOKEN = 64
#: Long prose is found by its beginning; an index of whole reports would cost more than it finds.
LONGEST_TEXT = 2_000

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
RUN = re.compile(f"([{HAN}]+)|([0-9a-z]+)")
#: Endings that nearly every company has: they tell nothing and would be the index's largest entries.
LEGAL_FORM = re.compile("(?:股份有限公司|有限责任公司|有限公司)(?=$|[^" + HAN + "])")

#: Readings that names use besides a character's first one in the table.
OTHER_READINGS = {
    reading[0]: tuple(reading[1:].split())
    for reading in (
        "厦xia sha,长chang zhang,重zhong chong,行hang xing,乐le yue,都du dou,朝chao zhao,调tiao diao,传chuan zhuan,"
        "藏cang zang,单dan shan,解jie xie,曾zeng ceng,覃qin tan,会hui kuai,盛sheng cheng,尉wei yu,蚌beng bang,泊bo po,"
        "和he huo,宿su xiu,率lv shuai,卡ka qia,薄bo bao,校xiao jiao,纤xian qian,模mo mu,壳ke qiao,角jiao jue,参can shen,"
        "差cha chai,弹dan tan,番fan pan,贾jia gu,系xi ji,轧zha ya,还huan hai,柏bai bo,涌yong chong,种zhong chong,"
        "奇qi ji,绿lv lu,吕lv lu,铝lv lu,旅lv lu,滤lv lu,仇qiu chou,区qu ou,查cha zha,折zhe she,翟zhai di,"
        "瑞rui,石shi dan,万wan mo,洗xi xian,冼xian,术shu zhu,降jiang xiang,强qiang jiang,便bian pian,铺pu,浒xu hu,"
        "勒le lei,丽li,荥xing ying,亳bo,郫pi,六liu lu,莘shen xin,台tai,应ying,占zhan,阿a e,拓tuo ta,尺chi,大da dai"
    ).split(",")
}


def index_text(*texts: str | None) -> str:
    """The tokens of texts, as the text of a tsvector (without positions) for a search column."""
    found: set[str] = set()
    for text in texts:
        if text:
            found.update(_tokens(text[:LONGEST_TEXT]))
    return " ".join(sorted(found))


def query_text(query: str) -> str | None:
    """The text of a tsquery that finds what a person typed; None when nothing in it can be searched.

    All runs of characters must occur; a Latin run may be a word, pinyin, initials or the beginning of one.
    """
    parts = [_ask_han(han) if han else _ask_latin(latin) for han, latin in RUN.findall(normal(query[:LONGEST_TOKEN]))]
    return " & ".join(parts) or None


def normal(text: str) -> str:
    """Normal characters, without the legal form at the end of a name."""
    return LEGAL_FORM.sub("", normal_characters(text))


def normal_characters(text: str) -> str:
    """NFKC (half width), lower case, simplified characters."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_simplified())


def _tokens(text: str) -> Iterator[str]:
    for han, latin in RUN.findall(normal(text)):
        if latin:
            yield latin[:LONGEST_TOKEN]
            continue
        yield from han
        yield from map("".join, itertools.pairwise(han))
        yield from _spoken(han)


def _spoken(han: str) -> Iterator[str]:
    """Pinyin and initials from every character on; all combinations only where a character has two readings."""
    readings = [syllables(c) for c in han]
    first = [reading[0] for reading in readings]
    initials = "".join(syllable[0] for syllable in first)
    ambiguous = [len(reading) > 1 for reading in readings]
    for start in range(len(han)):
        yield "".join(first[start : start + SYLLABLES])
        yield initials[start : start + INITIALS]
        if True in ambiguous[start : start + INITIALS]:
            yield from map("".join, _variants(readings[start : start + SYLLABLES]))
            yield from map("".join, _variants([tuple(s[0] for s in r) for r in readings[start : start + INITIALS]]))


def _variants(readings: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    return itertools.islice(itertools.product(*readings), VARIANTS)


@cache
def syllables(character: str) -> tuple[str, ...]:
    """The common readings of a character in pinyin without tones (ü as v); itself if it has none."""
    if character in OTHER_READINGS:
        return OTHER_READINGS[character]
    readings = pinyin(character, style=Style.NORMAL, v_to_u=False, errors="default")
    return (readings[0][0] or character,)


def _ask_han(han: str) -> str:
    if len(han) == 1:
        return han
    return " & ".join(map("".join, itertools.pairwise(han)))


def _ask_latin(word: str) -> str:
    """The word's beginning, or, where it is longer than any token, all its windows of syllables or initials."""
    spoken = split_pinyin(word)
    asked = [f"{word}:*"]
    if spoken and len(spoken) > SYLLABLES:
        windows = ["".join(spoken[i : i + SYLLABLES]) for i in range(len(spoken) - SYLLABLES + 1)]
        asked.append(" & ".join(f"{window}:*" for window in windows))
    elif not spoken and len(word) > INITIALS:
        windows = [word[i : i + INITIALS] for i in range(len(word) - INITIALS + 1)]
        asked.append(" & ".join(f"{window}:*" for window in windows))
    return f"({' | '.join(f'({part})' for part in asked)})"


@cache
def _all_syllables() -> frozenset[str]:
    plain = "".join(dict.fromkeys(chr(code) for code in pinyin_dict if 0x4E00 <= code <= 0x9FFF))
    return frozenset(s for c in plain for s in syllables(c) if s.isascii())


def split_pinyin(word: str) -> list[str] | None:
    """A word of pinyin cut into syllables, longest first, the last perhaps unfinished; None if it is not pinyin."""
    known = _all_syllables()
    cut: list[str] = []
    while word:
        length = next((n for n in range(min(6, len(word)), 0, -1) if word[:n] in known), 0)
        if not length:
            return [*cut, word] if any(s.startswith(word) for s in known) else None
        cut.append(word[:length])
        word = word[length:]
    return cut


@cache
def _simplified() -> dict[int, str]:
    """Traditional → simplified by character, from OpenCC's table."""
    table = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {ord(old): new.split(" ")[0] for old, new in pairs if len(old) == 1}
