"""Which segment a company may belong to, by the words that a manager keeps for each segment (识别词).

A word counts where it stands in the name or in the products; of words within each other the longest counts, so that
光纤激光器 speaks for its own segment and not for 激光器 too. A suggestion names the words that decide; people accept.
How far it can be trusted is measured by `python -m bench segments`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crm.chain.models import Segment
from crm.companies.naming import core, name_key
from crm.tokens import normal_characters

#: A suggestion is sure from so many characters of words on, if they stand in so many places and the next segment has
#: at most a fifth of them; chosen on one half of the listed companies, measured on the other (docs/performance.md).
SURE_CHARACTERS, SURE_PLACES, SURE_RATIO = 6, 3, 5
#: A word of one character says nothing.
SHORTEST_WORD = 2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A segment by its id, the words that speak for it, and whether they leave little doubt."""

    segment_id: int
    words: tuple[str, ...]
    is_sure: bool


class Vocabulary:
    """The words of segments, ready to be found in texts."""

    def __init__(self, words: Mapping[int, Iterable[str]]) -> None:
        self.segments: dict[str, set[int]] = defaultdict(set)
        for segment_id, spoken in words.items():
            for word in map(normal_characters, spoken):
                if len(word) >= SHORTEST_WORD:
                    self.segments[word].add(segment_id)
        self.by_start: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self.segments, key=len, reverse=True):
            self.by_start[word[:SHORTEST_WORD]].append(word)

    def found_in(self, text: str) -> Iterator[str]:
        """The words of a text from left to right, of those at one place the longest."""
        place = 0
        while place < len(text) - 1:
            start = self.by_start.get(text[place : place + SHORTEST_WORD], ())
            word = next((word for word in start if text.startswith(word, place)), None)
            if word:
                yield word
            place += len(word) if word else 1

    def suggest(self, name: str, products: str) -> Suggestion | None:
        """The segment for which most speaks; None where nothing does, or as much for another."""
        said = [*set(self.found_in(normal_characters(products))), *set(self.found_in(core(name_key(name))))]
        characters: dict[int, int] = defaultdict(int)
        words: dict[int, list[str]] = defaultdict(list)
        for word in said:
            for segment_id in self.segments[word]:
                characters[segment_id] += len(word)
                words[segment_id].append(word)
        ranked = sorted(characters, key=lambda segment_id: -characters[segment_id])
        if not ranked:
            return None
        best, most = ranked[0], characters[ranked[0]]
        next_most = characters[ranked[1]] if len(ranked) > 1 else 0
        if most == next_most:
            return None
        enough = most >= SURE_CHARACTERS and len(words[best]) >= SURE_PLACES
        return Suggestion(best, tuple(sorted(set(words[best]))), enough and most >= SURE_RATIO * next_most)


def vocabulary(segments: Sequence[Segment]) -> Vocabulary:
    """The words of segments: those that a manager keeps, and their names."""
    return Vocabulary({row.id: [row.name, *(term.term for term in row.terms)] for row in segments})
