"""Step 2: find the header row, and turn its words into fields.

What a sheet may hold is said by a feed's fields, each with the words by which offices head such a column. Words are
compared without spaces, brackets, units and marks. Nothing is guessed: a sheet whose header is not recognised, or that
has no column by which its rows are told apart, is refused with the reason, and a person can say what its columns are.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imports.problems import HeadNotFound
from imports.workbook import Sheet

#: The header is looked for in this many filled rows.
HEAD_ROWS = 30
#: A longer word inside a header counts, a shorter one must be the whole header.
SHORTEST_INNER_WORD = 4

UNIT = re.compile(
    "(?:单位[:为]?)?((?:人民币)?[亿万千](?:元|美元|人民币)?|元|美元|平方米|平方公里|㎡|m2|公顷|亩|人|吨标准?煤|天[前后]|[年天%])(?:/年)?"
)
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
BRACKETS = re.compile(r"[(\[【〔{<《](.*?)[)\]】〕}>》]")
MARKS = re.compile(r"[\s*#:：、,，.。;；'\"‘’“”`|·_-]+")
TAIL_UNIT = re.compile(r"[/](亿元|万元|元|亩|平方米|㎡|人)$")


@dataclass(frozen=True)
class Field:
    """What a column can mean: a key, the label on screen, the words that head it, the rule of its cells.

    ``parse`` takes a cell's text (never empty) and gives the value, or raises RuleError with a sentence. ``identity``
    fields tell rows apart; at least one must be among the columns. With ``takes_unit`` the rule understands a unit
    behind a number, so a bare number gets that of its header. The texts of a ``private`` field are shown nowhere.
    """

    key: str
    label: Any
    words: str
    parse: Callable[[str], Any]
    identity: bool = False
    required: bool = False
    takes_unit: bool = False
    private: bool = False


@dataclass(frozen=True)
class Column:
    """A column of the sheet: its place from 0, its header, the unit in it, and the field it means, if any."""

    index: int
    header: str
    unit: str = ""
    key: str | None = None


@dataclass(frozen=True)
class Head:
    """Where the header stands (the user's row number) and what its columns mean."""

    row: int
    columns: tuple[Column, ...] = field(default=())

    @property
    def mapping(self) -> dict[str, Column]:
        """The columns that mean something, by field."""
        return {column.key: column for column in self.columns if column.key}


def find_head(sheet: Sheet, fields: Sequence[Field]) -> Head:
    """The row that names the most fields, the first of equals.

    Raises HeadNotFound when no row names one, or none of the identity fields is among them.
    """
    words = words_of(fields)
    heads = [head_of(number, cells, words) for number, cells in sheet.rows[:HEAD_ROWS]]
    best = max(heads, key=lambda head: len(head.mapping), default=Head(0))
    if not best.mapping or (len(best.mapping) == 1 and not has_identity(best, fields)):
        raise HeadNotFound("no_head")
    return require_identity(best, fields)


def head_at(sheet: Sheet, row: int, fields: Sequence[Field]) -> Head:
    """The header in the row that a person pointed at, with what its words mean as far as they are known.

    Raises HeadNotFound when there is no such row.
    """
    for number, cells in sheet.rows:
        if number == row:
            return head_of(number, cells, words_of(fields))
    raise HeadNotFound("no_head")


def mapped(head: Head, choices: Mapping[int, str | None], fields: Sequence[Field]) -> Head:
    """The header with the meanings that a person chose for its columns, by index.

    A field that was chosen twice keeps its first column. Raises HeadNotFound without an identity field.
    """
    keys, taken, columns = {field.key for field in fields}, set(), []
    for column in head.columns:
        key = choices.get(column.index)
        key = key if key in keys and key not in taken else None
        taken.add(key)
        columns.append(Column(column.index, column.header, column.unit, key))
    return require_identity(Head(head.row, tuple(columns)), fields)


def require_identity(head: Head, fields: Sequence[Field]) -> Head:
    if not has_identity(head, fields):
        wanted = "”或“".join(str(field.label) for field in fields if field.identity)
        raise HeadNotFound("no_identity", row=head.row, wanted=wanted)
    return head


def has_identity(head: Head, fields: Sequence[Field]) -> bool:
    return any(field.identity and field.key in head.mapping for field in fields)


def words_of(fields: Sequence[Field]) -> dict[str, str]:
    """{header word: field key}."""
    return {normal(word)[0]: field.key for field in fields for word in field.words.split()}


def head_of(row: int, cells: Sequence[str], words: Mapping[str, str]) -> Head:
    """What the cells of a row mean if they are headers; of two columns of one meaning the first has it."""
    columns: list[Column] = []
    taken: set[str] = set()
    for index, header in enumerate(cells):
        word, unit = normal(header)
        key = words.get(word) or inner_word(word, words)
        if key in taken:
            key = None
        if key:
            taken.add(key)
        columns.append(Column(index, header.strip(), unit, key))
    return Head(row, tuple(columns))


def inner_word(word: str, words: Mapping[str, str]) -> str | None:
    """The field whose word ends the header, as 企业名称 ends 拟招引企业名称; a whole sentence is no header."""
    if len(word) > 12:
        return None
    found = [known for known in words if len(known) >= SHORTEST_INNER_WORD and word.endswith(known)]
    return words[max(found, key=len)] if found else None


def normal(header: str) -> tuple[str, str]:
    """A header's word without spaces, brackets and marks, and the unit that stood in it."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", header)).lower()
    text = re.sub(r"\s+", "", text)
    unit = next((found[1] for inner in BRACKETS.findall(text) if (found := UNIT.fullmatch(inner))), "")
    text = BRACKETS.sub("", text)
    if tail := TAIL_UNIT.search(text):
        unit, text = unit or tail[1], text[: tail.start()]
    return MARKS.sub("", text), unit
