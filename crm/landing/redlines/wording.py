"""Which red lines a text crosses, and in which sentence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select

from crm.database import N_, db
from crm.errors import RuleError
from crm.landing.redlines.models import RedLine
from crm.rules import narrow, split, today

#: Words on both sides must stand in one sentence.
BOTH = "+"
END = re.compile(r"[。；;！!？?\n]+")


@dataclass(frozen=True)
class Crossing:
    """A sentence that crosses a red line."""

    line: RedLine
    sentence: str


def lines_in_force(where: ColumnElement[bool], day: date | None = None) -> Sequence[RedLine]:
    """The red lines of a use that hold on a day (today), in the order of the list."""
    found = db.session.scalars(select(RedLine).where(where).order_by(RedLine.id))
    return [line for line in found if line.is_in_force(day or today())]


def crossings(text: str, lines: Sequence[RedLine]) -> list[Crossing]:
    """Each red line that a text crosses, once, with the first sentence that does."""
    sentences = [sentence.strip() for sentence in END.split(text) if sentence.strip()]
    found = []
    for line in lines:
        words = words_of(line)
        sentence = next((each for each in sentences if says(each, words)), None)
        if sentence is not None:
            found.append(Crossing(line, sentence))
    return found


def words_of(line: RedLine) -> list[list[str]]:
    """The alternatives of a line; each is one word, or several that must stand together."""
    return [parts for word in split(line.words) if (parts := [p for p in bare(word).split(BOTH) if p])]


def says(sentence: str, alternatives: list[list[str]]) -> bool:
    """Whether a sentence contains one of the alternatives, however it is spaced."""
    spaceless = bare(sentence)
    return any(all(part in spaceless for part in parts) for parts in alternatives)


def bare(text: str) -> str:
    """A text in half-width signs without white space."""
    return re.sub(r"\s", "", narrow(text))


def refuse(*texts: str) -> None:
    """RuleError where any of the texts crosses a red line of policies."""
    lines = lines_in_force(RedLine.for_policies.is_(True))
    for text in texts:
        for crossing in crossings(text, lines):
            line = crossing.line
            raise RuleError(
                N_("红线“%(name)s”：%(advice)s（%(rule)s）"), name=line.name, advice=line.advice, rule=line.rule
            )
