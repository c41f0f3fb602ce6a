"""How well a company's own words fit a segment's terms. Pure text: no database, no people.

A term may stand in the name, among what a company makes, or only in what its things are for: “为激光切割设备厂商提供
控制系统” makes control systems. So a mention is judged by its clause. A term of several words (“激光 设备”) stands
where all of them stand in one clause, in their order.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

SPACE = re.compile(r"\s+")
#: What separates one statement from the next; commas stand between products as often as between statements.
CLAUSE = re.compile("[,;。、|/()（）:：!?]|\\.(?!\\d)")
#: Before a term: what follows is what a thing is for, or for whom it is made.
USED_FOR = re.compile("(应用于|用于|适用于|服务于|面向|针对|配套于|依托|为[^,;。]{0,6}$)")
#: Behind a term, in its clause: whoever buys there, or what merely surrounds it.
USED_BY = re.compile("^.{0,8}?(制造商|厂商|客户|行业|领域|企业提供|市场|用的?(?!户)|系统集成商|集成商|等领域)")
#: Behind a term, at once: things made with it or out of it, which are another trade.
PART_OF = re.compile("^(用|专用|外壳|包装|模板|防伪|加工服务|打印机|耗材|材料用)")
IN_NAME, FIRST, LATER, USE = 0.9, 0.85, 0.7, 0.15
#: The first so many clauses say what a company mainly does.
HEAD_CLAUSES = 6


@dataclass(frozen=True)
class Mention:
    """A term that was found: how strongly it speaks, and whether the thing is made or merely used."""

    term: str
    strength: float
    in_name: bool = False
    is_use: bool = False


@dataclass(frozen=True)
class Fit:
    """What the words say: a share from 0 to 1 and the mentions, the strongest first."""

    share: float
    mentions: Sequence[Mention] = ()

    @property
    def made(self) -> list[str]:
        """The terms among what it makes."""
        return [each.term for each in self.mentions if not each.in_name and not each.is_use]

    @property
    def named(self) -> list[str]:
        """The terms in its name."""
        return [each.term for each in self.mentions if each.in_name]

    @property
    def used(self) -> list[str]:
        """The terms that stand only in what its things are for."""
        return [each.term for each in self.mentions if each.is_use]


@lru_cache(maxsize=10_000)
def plain(text: str) -> str:
    """The text as terms are compared with it: half width, lower case, without spaces. So does product_words in SQL."""
    return SPACE.sub("", unicodedata.normalize("NFKC", text).lower())


def pairs(text: str) -> list[str]:
    """Each pair of neighbouring characters once, in order."""
    return list(dict.fromkeys(text[n : n + 2] for n in range(len(text) - 1)))


def query_of(terms: Iterable[str]) -> str | None:
    """The tsquery over product_words(…) that finds whatever may hold one of the terms; None without any.

    Neighbouring pairs may come from different places, so what is found still has to be read.
    """
    asked = [" & ".join(quoted(pair) for word in words_of(term) for pair in pairs(word)) for term in terms]
    return " | ".join(f"({part})" for part in dict.fromkeys(filter(None, asked))) or None


def quoted(lexeme: str) -> str:
    """A lexeme as tsquery reads it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


@cache
def words_of(term: str) -> tuple[str, ...]:
    """The words of a term as they are compared."""
    return tuple(filter(None, map(plain, term.split())))


@cache
def pattern_of(term: str) -> re.Pattern[str]:
    """What finds a term in a text as compared."""
    return re.compile(".*?".join(map(re.escape, words_of(term))))


def fit(terms: Sequence[str], name: str, products: str) -> Fit:
    """Judge a company's name and products by a segment's terms.

    Independent mentions add up without passing 1; the part of the head that speaks of the segment tells main business
    from sideline.
    """
    wanted, text = distinct(tuple(terms)), plain(products)
    spoken = [term for term in wanted if pattern_of(term).search(text)]  # few texts are worth cutting into clauses
    clauses = [clause for clause in CLAUSE.split(text) if clause] if spoken else []
    found = [mention for term in wanted for mention in mentions(term, plain(name), clauses)]
    found.sort(key=lambda mention: -mention.strength)
    if not found:
        return Fit(0.0)
    missing = 1.0
    for mention in found:
        missing *= 1 - mention.strength
    return Fit(round(0.8 * (1 - missing) + 0.2 * focus(wanted, clauses), 4), found)


@lru_cache(maxsize=1_000)
def distinct(terms: tuple[str, ...]) -> list[str]:
    """The terms, each once in whatever spelling, the longest first."""
    found = {words_of(term): term.strip() for term in reversed(terms) if words_of(term)}
    return sorted(found.values(), key=lambda term: (-len(plain(term)), term))


def mentions(term: str, name: str, clauses: Sequence[str]) -> list[Mention]:
    """Where a term stands: at most once in the name and once, at its strongest, in the products."""
    found = [Mention(term, IN_NAME, in_name=True)] if pattern_of(term).search(name) else []
    judged = [value for number, clause in enumerate(clauses) if (value := strength(term, clause, number))]
    if judged:
        best = max(judged)
        found.append(Mention(term, best, is_use=best <= USE))
    return found


def strength(term: str, clause: str, number: int) -> float:
    """How much a term in the clause of this number says of what a company makes; 0 where it does not stand."""
    found = pattern_of(term).search(clause)
    if not found:
        return 0.0
    before, behind = clause[: found.start()], clause[found.end() :]
    if USED_FOR.search(before) or PART_OF.search(behind) or USED_BY.search(behind):
        return USE
    return FIRST if number < HEAD_CLAUSES else LATER


def focus(terms: Sequence[str], clauses: Sequence[str]) -> float:
    """Which part of the first clauses speaks of the segment as something that is made."""
    head = clauses[:HEAD_CLAUSES]
    speaking = [clause for clause in head if any(strength(term, clause, 0) > USE for term in terms)]
    return len(speaking) / len(head) if head else 0.0
