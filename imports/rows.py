"""Step 3: cells → values with verdicts.

A rule is asked once for each distinct text of a column, so that 100,000 rows cost hardly more than their distinct
values; the rules are those of the screen. All errors of all rows are found, not the first. A cell of a sheet that says
“nothing” (面议, 不详, —) is empty.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.database import N_
from crm.errors import RuleError
from crm.rules import NO_VALUE, clean, narrow
from imports.columns import Column, Field, Head, normal
from imports.workbook import Sheet

#: What a spreadsheet shows where a formula failed.
FAILED_FORMULAS = {"#n/a", "#value!", "#ref!", "#div/0!", "#name?", "#null!", "#num!"}
LONGEST_NOTHING = 8
NOTE = re.compile(r"^(注|备注|说明|填表说明|填表人|制表|合计|小计|总计|共计)[:：\s]|^(合计|小计|总计|共计)$")
NUMBER = re.compile(r"^[约近超]?[+-]?[\d,.]+[余多]?$")

MISSING = N_("必填，不能为空。")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says: its text, the value understood from it, and what is wrong with it."""

    text: str = ""
    value: Any = None
    error: RuleError | None = None


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something to say about a row: its number, the field, the cell's text, the rule's sentence."""

    row: int
    key: str
    text: str
    message: str
    details: Mapping[str, Any]


@dataclass
class Checked:
    """The rows under the header: the user's row numbers, the cells of each field in the same order, the troubles."""

    numbers: list[int]
    columns: dict[str, list[Cell]]
    troubles: list[Trouble]

    def __post_init__(self) -> None:
        self.bad = {trouble.row for trouble in self.troubles}

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self, key: str) -> list[Any]:
        """The values of a field, None where its column is absent, the cell is empty or wrong."""
        if key not in self.columns:
            return [None] * len(self)
        return [cell.value for cell in self.columns[key]]


def check(sheet: Sheet, head: Head, fields: Sequence[Field]) -> Checked:
    """Read all rows under the header with the rules of their fields."""
    mapping, rules = head.mapping, {field.key: field for field in fields}
    rows = list(data_rows(sheet, head))
    numbers = [number for number, _cells in rows]
    columns = {key: read_column(rows, column, rules[key]) for key, column in mapping.items()}
    return Checked(numbers, columns, list(troubles(numbers, columns, fields)))


def data_rows(sheet: Sheet, head: Head) -> Iterable[tuple[int, list[str]]]:
    """The rows under the header, without repeated headers, notes and sums."""
    words = {column.index: normal(column.header)[0] for column in head.columns if column.key}
    wide = len(words) > 1
    for number, cells in sheet.rows:
        if number <= head.row or is_repeated_header(cells, words) or (wide and is_note(cells)):
            continue
        yield number, cells


def is_repeated_header(cells: Sequence[str], words: Mapping[int, str]) -> bool:
    return all(index < len(cells) and normal(cells[index])[0] == word for index, word in words.items())


def is_note(cells: Sequence[str]) -> bool:
    """A foot note or a row of sums: it starts with such a word."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return bool(NOTE.match(first))


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


def troubles(
    numbers: Sequence[int], columns: Mapping[str, Sequence[Cell]], fields: Sequence[Field]
) -> Iterable[Trouble]:
    """Every wrong cell, and every row in which a required field is empty."""
    for key, cells in columns.items():
        for number, cell in zip(numbers, cells, strict=True):
            if cell.error:
                yield Trouble(number, key, cell.text, cell.error.message, cell.error.details)
    for field in fields:
        if field.required:
            for number, cell in zip(numbers, columns.get(field.key, [EMPTY] * len(numbers)), strict=True):
                if cell is EMPTY:
                    yield Trouble(number, field.key, "", MISSING, {})
