"""Step 3: cells → values with verdicts.

A rule is asked once for each distinct text of a column, so that 100,000 rows cost hardly more than their distinct
values; the rules are those of the screen. All errors of all rows are found, not the first. A cell of a sheet that says
“nothing” (面议, 不详, —) is empty. Rows that are no data (sums, notes, headings, repeated headers) are skipped, and it
is said which.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import Any

from crm.database import N_
from crm.errors import RuleError
from crm.rules import NO_VALUE, clean, narrow
from imports.columns import Column, Field, Head, text_at
from imports.headers import normal
from imports.tables import tables
from imports.workbook import Sheet

#: So many rows are read, judged, matched and written at a time: what an import holds in memory.
CHUNK = 20_000
#: What a spreadsheet shows where a formula failed.
FAILED_FORMULAS = {"#n/a", "#value!", "#ref!", "#div/0!", "#name?", "#null!", "#num!"}
LONGEST_NOTHING = 8
SUM = re.compile("^(?!.*公司).{0,10}(合计|小计|总计|共计|累计)([:：(（\\d].*)?$")
#: A sum stands in one of the first filled cells.
SUM_CELLS = 3
NOTE = re.compile(
    "^(注|备注|说明|填[表报]说明|填[表报][人单日].*|制表.?|审核.?|联系人|联系电话|报送.*|截[至止].*)[:：]"
    "|^(注|备注|说明) "
)
HEADING = re.compile("^[(（]?[一二三四五六七八九十]{1,3}[、.．)）]")
NUMBER = re.compile(r"^[约近超]?[+-]?[\d,.]+[余多]?$")
#: A merged cell says the same for every row that it covers, as long as they are not more than these.
FILLED_ROWS_MAX = 200

#: What stands first in the row of a template that shows how to fill it in.
EXAMPLE = "例"

MISSING = N_("必填，不能为空。")
REPEATED_HEADER = N_("重复的表头，没有读取。")
SUM_ROW = N_("合计行，没有读取。")
NOTE_ROW = N_("说明文字，没有读取。")
HEADING_ROW = N_("分组标题，没有读取。")
EXAMPLE_ROW = N_("模板里的示例行，没有读取。")
ONLY_NUMBERED = N_("只有序号，没有内容。")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says: its text, the value understood from it, and what is wrong with it."""

    text: str = ""
    value: Any = None
    error: RuleError | None = None


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something to say about a row: its place, the field, the cell's text, the rule's sentence."""

    place: int
    key: str
    text: str
    message: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A filled row that is no data: which sheet (from 0), which row, its first text, and why."""

    sheet: int
    number: int
    text: str
    message: str


@dataclass
class Checked:
    """Rows of data, all or some of them.

    `numbers` are the user's row numbers, `sheets` the places of their sheets (empty: all of the first), `columns` the
    cells of each field, `raw` the rows as they stand; all in one order. `troubles` count from the first of them, which
    is the one at `first` among all rows of the batch.
    """

    numbers: list[int]
    columns: dict[str, list[Cell]]
    troubles: list[Trouble]
    sheets: list[int] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    raw: list[list[str]] = field(default_factory=list)
    first: int = 0

    def __post_init__(self) -> None:
        self.bad = {trouble.place for trouble in self.troubles}
        self.sheets = self.sheets or [0] * len(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self, key: str) -> list[Any]:
        """The values of a field, None where its column is absent, the cell is empty or wrong."""
        if key not in self.columns:
            return [None] * len(self)
        return [cell.value for cell in self.columns[key]]

    def value(self, place: int, key: str) -> Any:
        """The value of a cell of a row of the batch, as above."""
        return self.columns[key][place - self.first].value if key in self.columns else None

    def row(self, place: int) -> dict[str, Any]:
        """The values of a row of the batch, by field."""
        return {key: cells[place - self.first].value for key, cells in self.columns.items()}

    def text(self, place: int, key: str) -> str:
        """What stands in a cell of a row of the batch."""
        cells = self.columns.get(key)
        return cells[place - self.first].text if cells else ""

    def cells(self, place: int) -> list[str]:
        """A row of the batch as it stands."""
        return self.raw[place - self.first]

    def add(self, more: "Checked") -> None:
        """Put rows behind these."""
        count = len(self)
        for key in self.columns.keys() | more.columns.keys():
            cells = self.columns.setdefault(key, [EMPTY] * count)
            cells += more.columns.get(key) or [EMPTY] * len(more)
        self.troubles += [replace(trouble, place=trouble.place + count) for trouble in more.troubles]
        self.bad |= {place + count for place in more.bad}
        self.numbers += more.numbers
        self.sheets += more.sheets
        self.skipped += more.skipped
        self.raw += more.raw


def check(sheet: Sheet, head: Head, fields: Sequence[Field]) -> Checked:
    """Read all rows under the header with the rules of their fields."""
    return check_all([(sheet, head)], fields)


def check_all(parts: Sequence[tuple[Sheet, Head]], fields: Sequence[Field]) -> Checked:
    """The same for several sheets, each with its header, one after the other."""
    found = Checked([], {}, [])
    for chunk in chunks(parts, fields):
        found.add(chunk)
    return found


def chunks(parts: Sequence[tuple[Sheet, Head]], fields: Sequence[Field]) -> Iterator[Checked]:
    """The same, so many rows at a time: a long sheet need not be in memory."""
    rules = {field.key: field for field in fields}
    for place, (sheet, head) in enumerate(parts):
        for table, own in tables(sheet, head, fields):
            skipped: list[Skipped] = []
            rows = data_rows(table, own, fields, place, skipped)
            while (block := list(islice(rows, CHUNK))) or skipped:
                numbers, raw = [number for number, _cells in block], [cells for _number, cells in block]
                columns = {key: read_column(block, column, rules[key]) for key, column in own.mapping.items()}
                said = list(troubles(len(block), columns, fields))
                yield Checked(numbers, columns, said, [place] * len(block), skipped.copy(), raw)
                skipped.clear()


def data_rows(
    sheet: Sheet, head: Head, fields: Sequence[Field], place: int, skipped: list[Skipped]
) -> Iterator[tuple[int, list[str]]]:
    """The rows of data under the header; the others go to `skipped`."""
    why = Sorter(sheet, head, fields)
    merged = filled_below(sheet, head)
    for number, cells in sheet.rows:
        if number <= head.last_row:
            continue
        full = merged.get(number, cells)
        message = why.is_no_data(number, full)
        if message is None:
            yield number, full
        else:
            skipped.append(Skipped(place, number, next(filter(None, map(str.strip, full)), ""), message))


class Sorter:
    """Tells rows of data from sums, notes, headings and repeated headers."""

    def __init__(self, sheet: Sheet, head: Head, fields: Sequence[Field]) -> None:
        self.mapped = {column.index for column in head.columns if column.key}
        identities = {field.key for field in fields if field.identity}
        self.identities = [column.index for column in head.columns if column.key in identities]
        above = takewhile(lambda row: row[0] <= head.last_row, sheet.rows)
        rows = [cells for number, cells in above if number >= head.row]
        headers = [{i: normal(t)[0] for i in self.mapped if (t := text_at(cells, i))} for cells in rows]
        self.headers = [header for header in headers if header]
        self.wide_cells = {(top, left) for top, left, _bottom, right in sheet.layout.merges if right > left}

    def is_no_data(self, number: int, cells: list[str]) -> str | None:
        """Why a row is no data, in words; None for one that is. In a table of one column every row is one."""
        if self.repeats_header(cells):
            return REPEATED_HEADER
        if cells[0].strip() == EXAMPLE and 0 not in self.mapped:
            return EXAMPLE_ROW
        return self.is_remark(number, cells) if len(self.mapped) > 1 else None

    def is_remark(self, number: int, cells: list[str]) -> str | None:
        """Why a row of a table is a sum, a note, a heading or a number alone; None for one that is not."""
        # Only the first filled cells tell: 100,000 rows of data are passed by on the way.
        filled = ((index, text.strip()) for index, text in enumerate(cells) if text and not text.isspace())
        first = list(islice(filled, SUM_CELLS))
        if not first:
            return ONLY_NUMBERED  # emptied in the preview
        if any("计" in text for _index, text in first) and self.is_sum(first, cells):
            return SUM_ROW
        if NOTE.match(first[0][1]):
            return NOTE_ROW
        return self.is_lone_text(number, *first[0]) if len(first) == 1 else None

    def repeats_header(self, cells: Sequence[str]) -> bool:
        """Whether the mapped columns hold what they hold in a row of the header."""
        return any(all(self.says(cells, index, word) for index, word in header.items()) for header in self.headers)

    def says(self, cells: Sequence[str], index: int, word: str) -> bool:
        """Whether a cell is a word of the header; most begin otherwise, which is cheap to see."""
        text = text_at(cells, index)
        start = text[:1].lower()
        return (start == word[:1] or not start.isalnum() or start >= "\uff00") and normal(text)[0] == word

    def is_sum(self, first: Sequence[tuple[int, str]], cells: Sequence[str]) -> bool:
        """Whether one of the first cells says so, and the row names nobody otherwise."""
        sums = {index for index, text in first if SUM.match(re.sub(r"\s", "", text))}
        names = {index for index in self.identities if (text := text_at(cells, index)) and not text[0].isdigit()}
        return bool(sums) and names <= sums

    def is_lone_text(self, number: int, index: int, text: str) -> str | None:
        """A row with a single text is data only where the text stands in a column of its own."""
        if (number, index) in self.wide_cells or HEADING.match(text):
            return HEADING_ROW
        if index in self.mapped:
            return None
        return ONLY_NUMBERED if text.isdigit() else NOTE_ROW


def filled_below(sheet: Sheet, head: Head) -> dict[int, list[str]]:
    """The rows under the header over which a merged cell goes, with its text: {row's number: cells}."""
    tall = [
        (top, left, bottom)
        for top, left, bottom, _right in sheet.layout.merges
        if head.last_row < top < bottom <= top + FILLED_ROWS_MAX
    ]
    if not tall:
        return {}
    covered = {number for top, _left, bottom in tall for number in range(top, bottom + 1)}
    rows = {number: cells for number, cells in sheet.rows if number in covered}
    filled: dict[int, list[str]] = {}
    for top, left, bottom in tall:
        text = text_at(rows.get(top, ()), left)
        for number in range(top + 1, bottom + 1):
            if text and number in rows:
                cells = filled.setdefault(number, list(rows[number]))
                cells.extend([""] * (left + 1 - len(cells)))
                cells[left] = text
    return filled


def read_column(rows: Sequence[tuple[int, list[str]]], column: Column, field: Field) -> list[Cell]:
    """The cells of one column, each distinct text understood once."""
    index, known = column.index, {"": EMPTY}
    cells = []
    for _number, row in rows:
        text = row[index] if index < len(row) else ""
        cell = known.get(text)
        if cell is None:
            cell = known[text] = understand(text, column.unit, field)
        cells.append(cell)
    return cells


def understand(text: str, unit: str, field: Field) -> Cell:
    """The verdict on one text. A bare number takes the unit of its header where the rule understands units."""
    shown = clean(text)
    if len(shown) <= LONGEST_NOTHING and says_nothing(shown):
        return EMPTY
    takes_unit = field.takes_unit and unit and NUMBER.match(narrow(shown))
    try:
        return Cell(shown, field.parse(shown + unit if takes_unit else shown))
    except RuleError as error:
        return Cell(shown, None, error)


def says_nothing(text: str) -> bool:
    """Whether a cell holds a word for having no value, or what a failed formula shows."""
    narrowed = narrow(text).lower()
    return narrowed in NO_VALUE or narrowed in FAILED_FORMULAS


def troubles(count: int, columns: Mapping[str, Sequence[Cell]], fields: Sequence[Field]) -> Iterable[Trouble]:
    """Every wrong cell, and every row in which a required field is empty."""
    for key, cells in columns.items():
        for place, cell in enumerate(cells):
            if cell.error:
                yield Trouble(place, key, cell.text, cell.error.message, cell.error.details)
    for key in (each.key for each in fields if each.required):
        for place, cell in enumerate(columns.get(key) or [EMPTY] * count):
            if cell is EMPTY:
                yield Trouble(place, key, "", MISSING, {})
