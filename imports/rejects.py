"""The rows that were not taken, as a workbook in the layout that was uploaded, with the reasons in a last column.

What stands above each header and the header itself come along with their merged cells, and cells stand as they were
typed over, so that the corrected file can be uploaded again. All cells are text: nothing in them is ever a formula.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy import select
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.worksheet import Worksheet

from crm.database import N_, db
from imports import feeds, rows, understanding
from imports.columns import Head, text_at
from imports.models import Batch, Finding, FindingKind
from imports.workbook import Sheet

LEFT_OUT = (FindingKind.ERROR, FindingKind.AMBIGUOUS)
REASON = N_("未采用原因")
WIDTHS = (8, 40)
#: Widths go by so many of the rows.
SAMPLE = 200

#: With more rows left out the workbook is written row by row, so that it is never in memory as a whole; merged cells of
#: several rows are left single then.
HELD_MAX = 20_000

#: A row of the sheet with what is said of it.
Left = tuple[int, list[str], list[Finding]]


def build(batch: Batch) -> bytes:
    """The workbook: the batch's sheets, without those of which everything was taken. NotFound: the file was purged."""
    output = io.BytesIO()
    by_row = batch.left_out > HELD_MAX
    options = {"in_memory": not by_row, "strings_to_formulas": False, "strings_to_urls": False}
    sheets = set(db.session.scalars(select(Finding.sheet).where(*left_out(batch)).distinct()))
    with xlsxwriter.Workbook(output, options | {"constant_memory": by_row}) as book:
        styles = {
            "bad": book.add_format({"bg_color": "#FDE2E2"}),
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center"}),
        }
        for place, (sheet, head) in enumerate(understanding.parts_to_read(batch)):
            if place in sheets or not sheets:
                page = book.add_worksheet(worksheet_name(sheet.name, place))
                Rest(batch, page, sheet, head, place, styles, by_row).write()
    return output.getvalue()


def left_out(batch: Batch) -> tuple[Any, ...]:
    """The errors and doubts of a batch."""
    return Finding.batch_id == batch.id, Finding.kind.in_(LEFT_OUT)


@dataclass
class Rest:
    """What is left of one sheet, on its way to a page."""

    batch: Batch
    page: Worksheet
    sheet: Sheet
    head: Head
    place: int
    styles: dict[str, Any]
    by_row: bool

    def write(self) -> None:
        """The rows down to the header, then those that were left out, with their bad cells coloured."""
        above = list(takewhile(lambda row: row[0] <= self.head.last_row, self.sheet.rows))
        self.measure(above)
        for number, cells in above:
            self.write_above(number, cells)
        for line, (_number, cells, found) in enumerate(self.left(), self.head.last_row):
            self.write_row(line, cells, found)
        self.page.freeze_panes(self.head.last_row, 0)

    def left(self) -> Iterator[Left]:
        """The rows that were left out, in their order, with what is said of them."""
        query = select(Finding).where(*left_out(self.batch), Finding.sheet == self.place)
        found = db.session.scalars(query.order_by(Finding.place, Finding.id).execution_options(yield_per=1_000))
        said = groupby(found, key=lambda finding: finding.number)
        merged, wanted = rows.filled_below(self.sheet, self.head), next(said, None)
        for number, cells in self.sheet.rows:
            if wanted and number == wanted[0]:
                yield number, merged.get(number, cells), list(wanted[1])
                wanted = next(said, None)

    def measure(self, above: Sequence[tuple[int, list[str]]]) -> None:
        """Find the column of the reasons, and make columns wide enough to read, within reason.

        The column is the one of an earlier round, else the first one behind all that is kept.
        """
        known = [column.index for column in self.head.columns if column.header in (REASON, _(REASON))]
        shown = [cells for number, cells in above if number >= self.head.row]
        wide = max((len(cells) for _number, cells in above), default=0)
        for _number, cells, _found in self.left():
            wide = max(wide, len(cells))
            if len(shown) < SAMPLE:
                shown.append(cells)
        self.reasons = known[0] if known else wide
        for index in range(self.reasons):
            longest = max((len(text_of(cells, index)) for cells in shown), default=0)
            self.page.set_column(index, index, min(max(longest * 2, WIDTHS[0]), WIDTHS[1]))
        self.page.set_column(self.reasons, self.reasons, 60)

    def write_above(self, number: int, cells: list[str]) -> None:
        """A title, or a row of the header, with its merged cells."""
        style = self.styles["head"] if number >= self.head.row else None
        for index, text in enumerate(cells):
            self.page.write_string(number - 1, index, text, style)
        if number == self.head.row:
            self.page.write_string(number - 1, self.reasons, _(REASON), self.styles["head"])
        for top, left, bottom, right in self.sheet.layout.merges:
            if (
                top == number
                and (top, left) != (bottom, right)
                and bottom <= (top if self.by_row else self.head.last_row)
            ):
                self.merge(top, left, bottom, right, text_at(cells, left))

    def merge(self, top: int, left: int, bottom: int, right: int, text: str) -> None:
        """Merge cells of a title or a header."""
        try:
            self.page.merge_range(top - 1, left, bottom - 1, right, "", self.styles["head"])
        except OverlappingRange:
            return  # a file may claim what no spreadsheet program writes
        self.page.write_string(top - 1, left, text, self.styles["head"])

    def write_row(self, line: int, cells: list[str], found: Sequence[Finding]) -> None:
        """A row that was left out."""
        places = {column.key: column.index for column in self.head.columns if column.key}
        bad = {places[finding.field] for finding in found if finding.field in places}
        for index in range(max(len(cells), *(place + 1 for place in bad)) if bad else len(cells)):
            if index != self.reasons:
                self.page.write_string(line, index, text_of(cells, index), self.styles["bad"] if index in bad else None)
        self.page.write_string(line, self.reasons, "；".join(sentence(finding, self.batch) for finding in found))


def text_of(cells: list[str], index: int) -> str:
    """A cell as it stands; '' beyond the row's end."""
    return cells[index] if index < len(cells) else ""


def sentence(finding: Finding, batch: Batch) -> str:
    """A finding in words, with its field and candidates."""
    labels = {field.key: field.label for field in feeds.get(batch.feed).fields}
    reason = _(finding.message, **finding.details)
    names = "、".join(candidate["name"] for candidate in finding.details.get("candidates", ()))
    label = _(labels[finding.field]) if finding.field in labels else ""
    return "".join((f"{label}：" if label else "", reason, f"（{names}）" if names else ""))


def worksheet_name(name: str, place: int) -> str:
    """A name that a worksheet may have."""
    return "".join(c for c in name if c not in "[]:*?/\\")[:31].strip("'") or _("未采用%(n)s", n=place or "")
