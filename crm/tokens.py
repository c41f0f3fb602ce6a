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
from string import ascii_lowercase

from pypinyin import Style, pinyin
from pypinyin.pinyin_dict import pinyin_dict

#: A pinyin token spans this many syllables, an initials token this many letters; longer queries ask for several.
SYLLABLES = 4
INITIALS = 8
#: So many initials in a row are rarely those of another name.
TELLING_INITIALS = 5
#: With two readings in a row a window would multiply: no more variants than this.
VARIANTS = 4
LONGEST_TOKEN = 64
#: Long prose is found by its beginning; an index of whole reports would cost more than it finds.
LONGEST_TEXT = 2_000

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
RUN = re.compile(f"([{HAN}]+)|([0-9a-z]+)")
#: Endings that nearly every company has: they tell nothing and would be the index's largest entries.
LEGAL_FORM = re.compile("(?:股份有限公司|有限责任公司|有限公司|股份公司)(?=$|[^" + HAN + "])")

#: The readings that names use of characters that have several, the commonest first (干 stands for 乾 too).
_READINGS = """
厦 xia sha, 长 chang zhang, 重 zhong chong, 行 hang xing, 乐 le yue, 都 du dou, 朝 chao zhao, 调 tiao diao,
传 chuan zhuan, 藏 cang zang, 单 dan shan, 解 jie xie, 曾 zeng ceng, 覃 qin tan, 会 hui kuai, 盛 sheng cheng,
尉 wei yu, 蚌 beng bang, 泊 bo po, 和 he huo, 宿 su xiu, 率 lv shuai, 卡 ka qia, 薄 bo bao, 校 xiao jiao,
纤 xian qian, 模 mo mu, 壳 ke qiao, 角 jiao jue, 参 can shen, 差 cha chai, 弹 dan tan, 番 fan pan, 贾 jia gu,
系 xi ji, 轧 zha ya, 还 huan hai, 柏 bai bo, 涌 yong chong, 种 zhong chong, 绿 lv lu, 吕 lv lu,
铝 lv lu, 旅 lv lu, 滤 lv lu, 仇 qiu chou, 区 qu ou, 查 cha zha, 折 zhe she, 翟 zhai di, 瑞 rui,
洗 xi xian, 冼 xian, 术 shu zhu, 降 jiang xiang, 便 bian pian, 铺 pu, 浒 xu hu,
勒 le lei, 丽 li, 荥 xing ying, 亳 bo, 郫 pi, 六 liu lu, 莘 shen xin, 台 tai, 应 ying, 占 zhan, 阿 a e,
拓 tuo ta, 尺 chi, 干 gan qian
"""
OTHER_READINGS = {words[0]: tuple(words[1:]) for words in map(str.split, _READINGS.split(","))}


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
    """The word's beginning, or, where it is longer than any token or mixes pinyin and initials, what that asks for."""
    spoken = split_pinyin(word)
    asked = [f"{word}:*"]
    if spoken and len(spoken) > SYLLABLES:
        asked.append(_windows(spoken, SYLLABLES))
    elif not spoken and len(word) > INITIALS and not _is_mixed(word):
        asked.append(_windows(list(word), INITIALS))
    elif not spoken and _is_mixed(word):
        asked.append(_ask_mixed(word))
    return f"({' | '.join(f'({part})' for part in asked)})"


def _windows(parts: list[str], width: int) -> str:
    """That every so many parts in a row begin a token."""
    count = max(len(parts) - width, 0) + 1
    return " & ".join(f"{''.join(parts[i : i + width])}:*" for i in range(count))


def _is_mixed(word: str) -> bool:
    """Whether a word is pinyin of some characters and initials of others (dazujg): letters alone, some of each.

    No syllable begins with i, u or v, so a word that would need one is misspelt.
    """
    cut = _cut_mixed(word)
    are_initials = word.isalpha() and not any(part[0] in "iuv" for part in cut)
    return are_initials and any(len(part) > 1 for part in cut) and any(len(part) == 1 for part in cut)


def _cut_mixed(word: str) -> list[str]:
    """A word cut into syllables of two letters and more, longest first, and single letters."""
    known, cut = _all_syllables(), list[str]()
    while word:
        length = next((n for n in range(min(6, len(word)), 1, -1) if word[:n] in known), 1)
        cut.append(word[:length])
        word = word[length:]
    return cut


def _ask_mixed(word: str) -> str:
    """Of dazujg: what is spoken in full with the initial behind it (dazuj), and the initials of all (dzjg).

    A single syllable begins the tokens of half the names, so it is asked for only where the initials tell little.
    """
    cut = _cut_mixed(word)
    asked = [_windows([part[0] for part in cut], INITIALS)]
    for start, end in _in_full(cut):
        if end - start > 1 or len(cut) < TELLING_INITIALS:
            asked.append(_windows(cut[start : end + 1], SYLLABLES))
    return " & ".join(asked)


def _in_full(cut: list[str]) -> Iterator[tuple[int, int]]:
    """Where syllables in full stand in a row: (first, behind the last)."""
    place = 0
    for is_full, run in itertools.groupby(cut, key=lambda part: len(part) > 1):
        start, place = place, place + len(list(run))
        if is_full:
            yield start, place


#: Sounds that speakers of southern dialects, and fingers, take for each other: each pair in both directions.
ALIKE = (
    ("zh", "z"),
    ("ch", "c"),
    ("sh", "s"),
    ("ng", "n"),
    ("l", "n"),
    ("f", "h"),
    ("r", "l"),
    ("v", "u"),
    ("iu", "ui"),
)
#: So many misspellings of a word are tried.
MISSPELT = 48
#: A longer run of letters that is no pinyin is no run of initials either.
LONGEST_INITIALS = 6
#: A shorter word has too many neighbours to guess from.
SHORTEST_GUESS = 5


def near_text(query: str) -> str | None:
    """The text of a tsquery for what was perhaps meant by words that find nothing; None where there is no guess.

    Names leave characters out when they grow short (锐科激光 of 锐科光纤激光), so a longer run may stand in pairs with
    others between them, in characters, pinyin or initials. Pinyin may besides be misspelt: tried are sounds that people
    take for each other (zhang, zang), then one letter too many, too few, wrong or swapped.
    """
    asked = [_ask_near(han, latin) for han, latin in RUN.findall(normal(query[:LONGEST_TOKEN]))]
    exact = query_text(query)
    near = " & ".join(asked) or None
    return near if near != exact else None


def _ask_near(han: str, latin: str) -> str:
    if len(han) > 2:
        return " & ".join(han[i : i + 2] for i in range(0, len(han), 2))
    if han or not latin.isalpha() or len(latin) < SHORTEST_GUESS - 1:
        return _ask_han(han) if han else _ask_latin(latin)
    spoken = split_pinyin(latin) or (list(latin) if len(latin) <= LONGEST_INITIALS else [])
    guesses = [_windows(cut, SYLLABLES) for cut in (_near(latin) if len(latin) >= SHORTEST_GUESS else [])]
    if len(spoken) > 2:
        starts = [*range(0, len(spoken) - 2, 2), len(spoken) - 2]  # the last two go together, also of an odd number
        guesses.append(" & ".join(f"{''.join(spoken[i : i + 2])}:*" for i in starts))
    return f"({' | '.join(f'({guess})' for guess in guesses)})" if guesses else _ask_latin(latin)


def alike(word: str) -> str:
    """Pinyin with one letter for all sounds that people take for each other."""
    for sound, other in ALIKE:
        word = word.replace(sound, other)
    return word


def _near(word: str) -> list[list[str]]:
    """Words of whole syllables one mistake away from a word, likely mistakes first, cut into their syllables."""
    found: dict[str, list[str]] = {}
    for candidate in itertools.chain(_sounding_alike(word), _one_letter_off(word)):
        cut = split_pinyin(candidate) if candidate not in found else None
        if cut and len(cut) > 1 and cut[-1] in _all_syllables() and all(len(part) > 1 for part in cut):
            found[candidate] = cut
        if len(found) == MISSPELT:
            break
    return list(found.values())


def _sounding_alike(word: str) -> Iterator[str]:
    for pair in ALIKE:
        for old, new in (pair, pair[::-1]):
            for place in range(len(word)):
                if word.startswith(old, place):
                    yield word[:place] + new + word[place + len(old) :]


def _one_letter_off(word: str) -> Iterator[str]:
    places = range(len(word))
    yield from (word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in places[:-1])
    yield from (word[:i] + word[i + 1 :] for i in places)
    yield from (word[:i] + letter + word[i:] for i in range(len(word) + 1) for letter in ascii_lowercase)
    yield from (word[:i] + letter + word[i + 1 :] for i in places for letter in ascii_lowercase)


@cache
def _all_syllables() -> frozenset[str]:
    plain = "".join(dict.fromkeys(chr(code) for code in pinyin_dict if 0x4E00 <= code <= 0x9FFF))
    return frozenset(s for c in plain for s in syllables(c) if s.isascii())


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(syllable[:length] for syllable in _all_syllables() for length in range(1, len(syllable) + 1))


def split_pinyin(word: str) -> list[str] | None:
    """A word of pinyin cut into syllables, longest first, the last perhaps unfinished; None if it is not pinyin."""
    known = _all_syllables()
    cut: list[str] = []
    while word:
        length = next((n for n in range(min(6, len(word)), 0, -1) if word[:n] in known), 0)
        if not length:
            return [*cut, word] if word in _beginnings() else None
        cut.append(word[:length])
        word = word[length:]
    return cut


@cache
def _simplified() -> dict[int, str]:
    """Traditional → simplified by character, from OpenCC's table."""
    table = resources.files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text("utf-8")
    pairs = (line.split("\t") for line in table.splitlines() if "\t" in line)
    return {ord(old): new.split(" ")[0] for old, new in pairs if len(old) == 1}
