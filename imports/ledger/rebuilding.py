"""A file of another format (xls, et, ods, csv) as an xlsx workbook of the same layout, from what was read of it.

Sheets, titles, merged cells, hidden rows and columns stand where they stood. Fonts and colours are not read, so the
page is laid out anew; what a formula gave stands as its value.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.worksheet import Worksheet

from imports.columns import Head, text_at
from imports.workbook import Sheet

NAMELESS = "台账"
SHEET_NAME_MAX = 31
A4 = 9
#: A column's width in half-width characters.
NARROWEST, WIDEST = 6, 40
#: Longer numbers are codes and telephones, and one that begins with 0 is no number: they stay texts.
NUMBER = re.compile(r"-?(0|[1-9]\d{0,9})(\.\d{1,9})?")
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
GRID = {"border": 1, "text_wrap": True, "valign": "vcenter"}
STYLES = {
    "title": {"bold": True, "font_size": 14, "text_wrap": True, "align": "center", "valign": "vcenter"},
    "line": {"text_wrap": True, "align": "left", "valign": "vcenter"},
    "head": GRID | {"bold": True, "align": "center", "bg_color": "#EAF1FB"},
    "data": GRID,
    "plain": {},
}


def rebuild(sheets: Sequence[Sheet], heads: Mapping[str, Head], target: Path) -> dict[str, str]:
    """Write the workbook to `target`; what each sheet is called there, by its name in the file.

    `heads` are the headers of the sheets that were imported; the others keep their cells without a look.
    """
    names = names_for([sheet.name for sheet in sheets])
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        styles = {key: book.add_format(style) for key, style in STYLES.items()}
        pages = [book.add_worksheet(names[sheet.name]) for sheet in sheets]
        for page, sheet in zip(pages, sheets, strict=True):
            Rebuilt(page, sheet, heads.get(sheet.name), styles).write()
        hide(pages, [sheet.hidden for sheet in sheets])
    return names


def hide(pages: Sequence[Worksheet], hidden: Sequence[bool]) -> None:
    """Hide sheets as their author did; a workbook opens on one that is visible."""
    visible = next((page for page, is_hidden in zip(pages, hidden, strict=True) if not is_hidden), pages[0])
    visible.activate()
    visible.set_first_sheet()
    for page, is_hidden in zip(pages, hidden, strict=True):
        if is_hidden and page is not visible:
            page.hide()


def names_for(names: Sequence[str]) -> dict[str, str]:
    """A name for each sheet that Excel takes: not too long, without its marks, and told apart without case."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        plain = "".join(char for char in name if char not in "[]:*?/\\").strip("'") or NAMELESS
        tails = ("", *(f"({number})" for number in range(2, len(names) + 1)))
        candidates = (plain[: SHEET_NAME_MAX - len(tail)] + tail for tail in tails)
        found[name] = next(candidate for candidate in candidates if candidate.lower() not in taken)
        taken.add(found[name].lower())
    return found


@dataclass
class Rebuilt:
    """One sheet on its way to a page; without a header it has no table."""

    page: Worksheet
    sheet: Sheet
    head: Head | None
    styles: Mapping[str, Any]

    def write(self) -> None:
        """Cells, merged cells, widths, and what is hidden."""
        #: Rows in which a merged cell goes over columns: titles, and notes below the table.
        self.wide = {top for top, left, _bottom, right in self.sheet.layout.merges if right > left}
        self.columns = max((len(cells) for _number, cells in self.sheet.rows), default=0)
        for number, cells in self.sheet.rows:
            style = self.style_of(number)
            for index in range(self.columns if style in ("head", "data") else len(cells)):
                self.put(number, index, text_at(cells, index), style)
        self.merge()
        self.set_widths()
        self.hide_rows()
        if self.head is not None:
            self.page.freeze_panes(self.head.last_row, 0)
            self.page.set_landscape()
            self.page.set_paper(A4)
            self.page.fit_to_pages(1, 0)
            self.page.repeat_rows(self.head.row - 1, self.head.last_row - 1)

    def style_of(self, number: int) -> str:
        """How a row looks: the first one above the header is the title, and a wide row below it is a note."""
        if self.head is None:
            return "plain"
        if number < self.head.row:
            return "title" if number == self.sheet.rows[0][0] else "line"
        if number <= self.head.last_row:
            return "head"
        return "line" if number in self.wide else "data"

    def put(self, number: int, index: int, text: str, style: str) -> None:
        """A cell: a number that Excel can sum up, or a text that is never a formula."""
        if not text:
            self.page.write_blank(number - 1, index, None, self.styles[style])
        elif NUMBER.fullmatch(text):
            self.page.write_number(number - 1, index, float(text), self.styles[style])
        else:
            self.page.write_string(number - 1, index, text, self.styles[style])

    def merge(self) -> None:
        """The merged cells with the text of their first one."""
        texts = dict(self.sheet.rows)
        for top, left, bottom, right in self.sheet.layout.merges:
            if (top, left) == (bottom, right):
                continue
            style = self.style_of(top)
            try:
                self.page.merge_range(top - 1, left, bottom - 1, right, "", self.styles[style])
            except OverlappingRange:
                continue  # a file may claim what no spreadsheet program writes
            self.put(top, left, text_at(texts.get(top, ()), left), style)

    def set_widths(self) -> None:
        """Columns wide enough to read, within reason; what goes over columns does not count."""
        rows = [cells for number, cells in self.sheet.rows if self.style_of(number) not in ("title", "line")][:200]
        hidden = set(self.sheet.layout.hidden_columns)
        for index in range(self.columns):
            longest = max((width(text_at(cells, index)) for cells in rows), default=0)
            options = {"hidden": True} if index in hidden else {}
            self.page.set_column(index, index, min(max(longest + 2, NARROWEST), WIDEST), None, options)

    def hide_rows(self) -> None:
        """Rows that their author hid, as far as the sheet is filled."""
        for number in sorted(hidden_within(self.sheet)):
            self.page.set_row(number - 1, None, None, {"hidden": True})


def hidden_within(sheet: Sheet) -> Iterator[int]:
    """The hidden rows down to the last filled one."""
    last = sheet.rows[-1][0] if sheet.rows else 0
    for first, end in sheet.layout.hidden_rows:
        yield from range(first, min(end, last) + 1)


def width(text: str) -> int:
    """The longest line of a text in half-width characters."""
    lines = text.split("\n")
    return max(sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line) for line in lines)
