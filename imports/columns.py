"""Step 2: find the header, and turn its words into fields.

What a sheet may hold is said by a feed's fields, each with the words by which offices head such a column. Titles,
counts and units may stand above the header, and it may have two or three rows with merged cells. Nothing is guessed: a
sheet whose header is not recognised, or that has no column by which its rows are told apart, is refused with the
reason, and a person can say what its columns are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice, takewhile
from typing import Any

from crm.errors import RuleError
from imports.headers import exact_meaning, meaning, meaning_below, normal, units_of_line
from imports.problems import HeadNotFound
from imports.reading import Row
from imports.workbook import Sheet

#: The header is looked for in this many filled rows; instructions above it can be long.
HEAD_ROWS = 50
DEPTH_MAX = 3
#: The row of a header that is not there: what a person says of a sheet that begins with data.
NO_HEADER = 0
#: In so many rows below its first line a form of one company per sheet shows itself.
FORM_ROWS = 10


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
    hidden: bool = False


@dataclass(frozen=True)
class Head:
    """Where the header stands (the user's row number), over how many rows, and what its columns mean."""

    row: int
    columns: tuple[Column, ...] = field(default=())
    depth: int = 1

    @property
    def last_row(self) -> int:
        """The last row of the header; data begin below."""
        return self.row + self.depth - 1

    @property
    def mapping(self) -> dict[str, Column]:
        """The columns that mean something, by field."""
        return {column.key: column for column in self.columns if column.key}


def find_head(sheet: Sheet, fields: Sequence[Field]) -> Head:
    """The header that names the most fields; of equals that of fewer rows, then the first; of several tables the first.

    Raises HeadNotFound when no row names one, none of the identity fields is among them, or the sheet is no list.
    """
    heads = [deepest(sheet, place, fields) for place in range(min(HEAD_ROWS, len(sheet.rows)))]
    best = max(heads, key=lambda head: (len(head.mapping), -head.depth), default=Head(0))
    if not best.mapping or (len(best.mapping) == 1 and not has_identity(best, fields)):
        raise HeadNotFound("no_head")
    best = next((head for head in heads if is_table_above(head, best, sheet, fields)), best)
    refuse_what_is_no_list(best, sheet, fields)
    return require_identity(with_units_above(best, sheet, fields), fields)


def is_table_above(head: Head, best: Head, sheet: Sheet, fields: Sequence[Field]) -> bool:
    """Whether a header has rows of its own above another one that names more."""
    if head.row >= best.row or len(head.mapping) < 2 or not has_identity(head, fields):
        return False
    words, places = words_of(tuple(fields)), identity_places(head, fields)
    between = (cells for number, cells in rows_above(best.row, sheet) if number > head.last_row)
    texts = (text for cells in between for index in places if (text := text_at(cells, index)))
    return any(meaning(text, words) is None for text in texts)


def refuse_what_is_no_list(head: Head, sheet: Sheet, fields: Sequence[Field]) -> None:
    """Raise HeadNotFound for a form with a line for each field, and for tables that stand side by side."""
    words, places = words_of(tuple(fields)), identity_places(head, fields)
    below = list(islice((cells for number, cells in sheet.rows if number > head.last_row), FORM_ROWS))
    named = {words.get(normal(text_at(cells, index))[0]) for cells in below for index in places}
    if len(named - {None} - head.mapping.keys()) > 1:
        raise HeadNotFound("form")
    numbered = header_words(head).values()
    again = {word.removesuffix("#2") for word in numbered if word.endswith("#2")}
    if len(again) > 1 and any(words.get(word) in head.mapping and is_identity(words[word], fields) for word in again):
        raise HeadNotFound("side_by_side")


def head_at(sheet: Sheet, row: int, fields: Sequence[Field], depth: int | None = None) -> Head:
    """The header in the row that a person pointed at, with what its words mean as far as they are known.

    Row NO_HEADER stands for a sheet that begins with data. Without a depth it is told from the sheet. Raises
    HeadNotFound when there is no such row.
    """
    if row == NO_HEADER:
        return Head(NO_HEADER, tuple(Column(index, "") for index in range(width_at_top(sheet))))
    for place, (number, _cells) in enumerate(sheet.rows):
        if number == row:
            head = head_of(sheet, place, depth, fields) if depth else deepest(sheet, place, fields)
            return with_units_above(head, sheet, fields)
    raise HeadNotFound("no_head")


def width_at_top(sheet: Sheet) -> int:
    """How many columns the first rows fill."""
    return max((len(cells) for _number, cells in sheet.rows[:HEAD_ROWS]), default=0)


def mapped(head: Head, choices: Mapping[int, str | None], fields: Sequence[Field]) -> Head:
    """The header with the meanings that a person chose for its columns, by index.

    A field that was chosen twice keeps its first column. Raises HeadNotFound without an identity field.
    """
    keys, taken, columns = {field.key for field in fields}, set(), []
    for column in head.columns:
        key = choices.get(column.index)
        key = key if key in keys and key not in taken else None
        taken.add(key)
        columns.append(replace(column, key=key))
    return require_identity(replace(head, columns=tuple(columns)), fields)


def header_words(head: Head) -> dict[int, str]:
    """The word of each headed column by its place; a word that comes again is numbered: 联系电话, 联系电话#2."""
    seen: dict[str, int] = {}
    words = {}
    for column in head.columns:
        word = normal(column.header.replace(" / ", ""))[0]
        if word:
            seen[word] = seen.get(word, 0) + 1
            words[column.index] = word if seen[word] == 1 else f"{word}#{seen[word]}"
    return words


def find_by_words(sheet: Sheet, wanted: Mapping[str, str], fields: Sequence[Field]) -> Head | None:
    """The header whose words are known: {word: field, or '' for none}. None unless all that mean something are there.

    Columns that `wanted` does not know keep what their words mean.
    """
    meaningful = {word for word, key in wanted.items() if key}
    for place in range(min(HEAD_ROWS, len(sheet.rows))):
        head = deepest(sheet, place, fields)
        words = header_words(head)
        if meaningful and meaningful <= set(words.values()):
            guessed = {column.index: column.key for column in head.columns}
            choices = {index: wanted.get(words.get(index, ""), key) or None for index, key in guessed.items()}
            ordered = {i: key for i, key in choices.items() if words.get(i) in meaningful} | choices
            return with_units_above(mapped(head, without_doubles(ordered), fields), sheet, fields)
    return None


def without_doubles(choices: Mapping[int, str | None]) -> dict[int, str | None]:
    """Each field for the first column that was given it."""
    taken: set[str] = set()
    found: dict[int, str | None] = {}
    for index, key in choices.items():
        found[index] = None if key in taken else key
        taken |= {key} if key else set()
    return found


def require_identity(head: Head, fields: Sequence[Field]) -> Head:
    if not has_identity(head, fields):
        wanted = "”或“".join(str(field.label) for field in fields if field.identity)
        raise HeadNotFound("no_identity", row=head.row, wanted=wanted)
    return head


def has_identity(head: Head, fields: Sequence[Field]) -> bool:
    return bool(identity_places(head, fields))


def identity_places(head: Head, fields: Sequence[Field]) -> list[int]:
    """The columns by which rows are told apart."""
    return [head.mapping[field.key].index for field in fields if field.identity and field.key in head.mapping]


def is_identity(key: str, fields: Sequence[Field]) -> bool:
    return any(field.identity and field.key == key for field in fields)


@lru_cache
def words_of(fields: tuple[Field, ...]) -> dict[str, str]:
    """{header word: field key}."""
    return {normal(word)[0]: field.key for field in fields for word in field.words.split()}


def deepest(sheet: Sheet, place: int, fields: Sequence[Field]) -> Head:
    """The header that begins with a row: merged cells say how deep it is, else the words of the row below do."""
    number = sheet.rows[place][0]
    merged = [bottom for top, _left, bottom, _right in sheet.layout.merges if top == number]
    depth = max(merged, default=number) - number + 1
    if 1 < depth <= DEPTH_MAX:
        return head_of(sheet, place, depth, fields)
    single, double = head_of(sheet, place, 1, fields), head_of(sheet, place, 2, fields)
    if double.depth == 1 or is_title(sheet.rows[place][1]):
        return single
    more = len(double.mapping) - len(single.mapping)
    return double if more > 0 or (more == 0 and is_lower_part(sheet, place, single, fields)) else single


def is_title(cells: Sequence[str]) -> bool:
    """Whether a row is a line of text over the table."""
    return sum(bool(text.strip()) for text in cells) < 2


def is_lower_part(sheet: Sheet, place: int, head: Head, fields: Sequence[Field]) -> bool:
    """Whether the row below is no row of data: it names nobody, and stands partly under empty headers."""
    upper, lower = sheet.rows[place][1], sheet.rows[place + 1][1]
    identities = identity_places(head, fields)
    if not identities or any(text_at(lower, index) for index in identities):
        return False
    return any(text.strip() and not text_at(upper, index) for index, text in enumerate(lower))


def head_of(sheet: Sheet, place: int, depth: int, fields: Sequence[Field]) -> Head:
    """What the cells of so many rows mean if they are headers.

    Of two columns of one meaning that has it whose header is its very word, then the first.
    """
    number = sheet.rows[place][0]
    rows = [cells for row, cells in sheet.rows[place : place + depth] if row < number + depth]
    depth = len(rows)
    wide = max(map(len, rows))
    upper, lower = header_texts(sheet, number, rows, wide)
    words, columns = words_of(tuple(fields)), []
    hidden_places = set(sheet.layout.hidden_columns)
    seen = [index for index in range(wide) if index not in hidden_places]
    exact = {index: meaning_below(upper[index], lower[index], words, exact_meaning) for index in seen}
    loose = {index: meaning_below(upper[index], lower[index], words) for index in seen if not exact[index]}
    found = without_doubles(exact | loose)
    for index in range(wide):
        hidden, key = index in hidden_places, found.get(index)
        header = " / ".join(dict.fromkeys(filter(None, (upper[index], lower[index]))))
        unit = normal(lower[index])[1] or normal(upper[index])[1]
        columns.append(Column(index, header, unit, key, hidden))
    return Head(number, tuple(columns), depth)


def header_texts(sheet: Sheet, number: int, rows: list[list[str]], wide: int) -> tuple[list[str], list[str]]:
    """The upper and the lower text above each column, merged cells filled; of one row the lower texts are empty."""
    grid = [[" ".join(text_at(cells, index).split()) for index in range(wide)] for cells in rows]
    for top, left, bottom, right in sheet.layout.merges:
        if number <= top and bottom < number + len(rows) and left < wide:
            for line in range(top - number, bottom - number + 1):
                grid[line][left : right + 1] = [grid[top - number][left]] * (min(right + 1, wide) - left)
    if len(rows) == 1:
        return grid[0], [""] * wide
    upper = spread(grid[0], grid[1]) if not sheet.layout.merges else grid[0]
    return upper, [next((line[index] for line in reversed(grid[1:]) if line[index]), "") for index in range(wide)]


def spread(upper: list[str], lower: list[str]) -> list[str]:
    """The upper texts of a file that keeps no merged cells: a group's heading goes on over empty cells."""
    found, last = [], ""
    for above, below in zip(upper, lower, strict=True):
        last = above or (last if below else "")
        found.append(last)
    return found


def with_units_above(head: Head, sheet: Sheet, fields: Sequence[Field]) -> Head:
    """The header with the units of a line above it (单位：万元) where its own words give none."""
    above = [text for _number, cells in rows_above(head.row, sheet) for text in cells]
    units = [unit for text in above for unit in units_of_line(text)]
    rules = {field.key: field.parse for field in fields if field.takes_unit}
    columns = (
        replace(column, unit=next((u for u in units if understands(rules[column.key], u)), ""))
        if column.key in rules and not column.unit
        else column
        for column in head.columns
    )
    return replace(head, columns=tuple(columns)) if units else head


def rows_above(row: int, sheet: Sheet) -> Iterator[Row]:
    """The rows above one; those below it may be a million."""
    return takewhile(lambda each: each[0] < row, sheet.rows)


def understands(parse: Callable[[str], Any], unit: str) -> bool:
    """Whether a rule can read a number with that unit."""
    try:
        parse(f"1{unit}")
    except RuleError:
        return False
    return True


def text_at(cells: Sequence[str], index: int) -> str:
    """A cell without outer space; '' beyond the end of its row."""
    return cells[index].strip() if index < len(cells) else ""
