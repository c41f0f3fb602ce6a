"""The rows that were not taken, as a workbook in the layout that was uploaded, with the reasons in a last column.

What stands above each header and the header itself come along with their merged cells, and cells stand as they were
typed over, so that the corrected file can be uploaded again. All cells are text: nothing in them is ever a formula.
"""

import io
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy import select
from xlsxwriter.exceptions import OverlappingRange
from xlsxwriter.worksheet import Worksheet

from crm.database import N_, db
from imports import feeds, rows, understanding
from imports.columns import NO_HEADER, Head, text_at
from imports.models import Batch, Finding, FindingKind
from imports.workbook import Sheet

LEFT_OUT = (FindingKind.ERROR, FindingKind.AMBIGUOUS)
REASON = N_("未采用原因")
WIDTHS = (8, 40)

Found = Mapping[int, list[Finding]]


def build(batch: Batch) -> bytes:
    """The workbook: the batch's sheets, without those of which everything was taken. NotFound: the file was purged."""
    found = findings(batch)
    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(output, options) as book:
        styles = {
            "bad": book.add_format({"bg_color": "#FDE2E2"}),
            "head": book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center"}),
        }
        for place, (sheet, head) in enumerate(understanding.parts_to_read(batch)):
            if found[place] or not any(found.values()):
                page = book.add_worksheet(worksheet_name(sheet.name, place))
                Rest(batch, page, sheet, head, found[place], styles).write()
    return output.getvalue()


def findings(batch: Batch) -> dict[int, dict[int, list[Finding]]]:
    """The errors and doubts of each row that was left out: {sheet: {row's number: findings}}."""
    query = select(Finding).where(Finding.batch_id == batch.id, Finding.kind.in_(LEFT_OUT)).order_by(Finding.id)
    found: dict[int, dict[int, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding in db.session.scalars(query):
        found[finding.sheet][finding.number].append(finding)
    return found


@dataclass
class Rest:
    """What is left of one sheet, on its way to a page."""

    batch: Batch
    page: Worksheet
    sheet: Sheet
    head: Head
    found: Found
    styles: dict[str, Any]

    def write(self) -> None:
        """The rows down to the header, then those that were left out, with their bad cells coloured."""
        merged = rows.filled_below(self.sheet, self.head)
        kept = [(n, merged.get(n, cells)) for n, cells in self.sheet.rows if n <= self.head.last_row or n in self.found]
        self.reasons = self.place_of_reasons(kept)
        line = self.head.last_row
        for number, cells in kept:
            if number <= self.head.last_row:
                self.write_above(number, cells)
            else:
                self.write_row(line, number, cells)
                line += 1
        self.merge_above()
        if self.head.row != NO_HEADER:
            self.page.write_string(self.head.row - 1, self.reasons, _(REASON), self.styles["head"])
        self.fit_widths(kept)
        self.page.freeze_panes(self.head.last_row, 0)

    def place_of_reasons(self, kept: list[tuple[int, list[str]]]) -> int:
        """The column of the reasons: the one of an earlier round, else the first one behind all that is kept."""
        known = [column.index for column in self.head.columns if column.header in (REASON, _(REASON))]
        return known[0] if known else max((len(cells) for _number, cells in kept), default=0)

    def write_above(self, number: int, cells: list[str]) -> None:
        """A title, or a row of the header."""
        style = self.styles["head"] if number >= self.head.row else None
        for index, text in enumerate(cells):
            self.page.write_string(number - 1, index, text, style)

    def write_row(self, line: int, number: int, cells: list[str]) -> None:
        """A row that was left out."""
        places = {column.key: column.index for column in self.head.columns if column.key}
        bad = {places[finding.field] for finding in self.found[number] if finding.field in places}
        for index in range(max(len(cells), *(place + 1 for place in bad)) if bad else len(cells)):
            if index != self.reasons:
                self.page.write_string(line, index, text_of(cells, index), self.styles["bad"] if index in bad else None)
        self.page.write_string(line, self.reasons, "；".join(sentence(f, self.batch) for f in self.found[number]))

    def merge_above(self) -> None:
        """The merged cells of title and header."""
        texts = dict(self.sheet.rows)
        for top, left, bottom, right in self.sheet.layout.merges:
            if bottom > self.head.last_row or (top, left) == (bottom, right):
                continue
            text = text_at(texts.get(top, ()), left)
            try:
                self.page.merge_range(top - 1, left, bottom - 1, right, "", self.styles["head"])
            except OverlappingRange:
                continue  # a file may claim what no spreadsheet program writes
            self.page.write_string(top - 1, left, text, self.styles["head"])

    def fit_widths(self, kept: list[tuple[int, list[str]]]) -> None:
        """Columns wide enough to read, within reason; merged titles do not count."""
        data = [cells for number, cells in kept if number >= self.head.row][:200]
        for index in range(self.reasons):
            longest = max((len(text_of(cells, index)) for cells in data), default=0)
            self.page.set_column(index, index, min(max(longest * 2, WIDTHS[0]), WIDTHS[1]))
        self.page.set_column(self.reasons, self.reasons, 60)


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
