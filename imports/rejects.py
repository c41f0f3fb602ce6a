"""The rows that were not taken, as a workbook in the layout that was uploaded, with the reasons in a last column.

What stands above the header and the header itself come along, so that the corrected file can be uploaded again. All
cells are text: nothing in them is ever a formula.
"""

import io
from collections import defaultdict

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy import select
from xlsxwriter.worksheet import Worksheet

from crm.database import db
from imports import feeds, uploads, workbook
from imports.models import Batch, Finding, FindingKind
from imports.workbook import Sheet

LEFT_OUT = (FindingKind.ERROR, FindingKind.AMBIGUOUS)


def build(batch: Batch) -> bytes:
    """The workbook. Raises NotFound when the file was purged."""
    sheet = workbook.read(uploads.path(batch), sheets=[batch.sheet]).sheet(batch.sheet)
    found = findings(batch)
    output = io.BytesIO()
    with xlsxwriter.Workbook(
        output, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        page = book.add_worksheet(worksheet_name(batch.sheet))
        bad = book.add_format({"bg_color": "#FDE2E2"})
        write(page, sheet, batch, found, bad)
    return output.getvalue()


def findings(batch: Batch) -> dict[int, list[Finding]]:
    """The errors and doubts of each row that was left out."""
    query = select(Finding).where(Finding.batch_id == batch.id, Finding.kind.in_(LEFT_OUT)).order_by(Finding.id)
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in db.session.scalars(query):
        found[finding.number].append(finding)
    return found


def write(page: Worksheet, sheet: Sheet, batch: Batch, found: dict[int, list[Finding]], bad: object) -> None:
    """The rows down to the header, then those that were left out, with their bad cells coloured."""
    head = batch.head_row or 0
    last = max((len(cells) for number, cells in sheet.rows if number <= head or number in found), default=0)
    places = {key: int(index) for index, key in batch.mapping.items()}
    line = 0
    for number, cells in sheet.rows:
        if number > head and number not in found:
            continue
        line = number - 1 if number <= head else max(line, head - 1) + 1
        for index, text in enumerate(cells):
            page.write_string(line, index, text)
        if number == head:
            page.write_string(line, last, _("未采用原因"))
        for finding in found.get(number, ()) if number > head else ():
            mark_cell(page, line, places.get(finding.field), cells, bad)
        if number > head:
            page.write_string(line, last, "；".join(sentence(finding, batch) for finding in found[number]))


def mark_cell(page: Worksheet, line: int, index: int | None, cells: list[str], bad: object) -> None:
    """Colour the cell that a finding is about."""
    if index is not None:
        page.write_string(line, index, cells[index] if index < len(cells) else "", bad)


def sentence(finding: Finding, batch: Batch) -> str:
    """A finding in words, with its field and candidates."""
    labels = {field.key: field.label for field in feeds.get(batch.feed).fields}
    reason = _(finding.message, **finding.details)
    names = "、".join(candidate["name"] for candidate in finding.details.get("candidates", ()))
    label = _(labels[finding.field]) if finding.field in labels else ""
    return "".join((f"{label}：" if label else "", reason, f"（{names}）" if names else ""))


def worksheet_name(name: str) -> str:
    """A name that a worksheet may have."""
    return "".join(c for c in name if c not in "[]:*?/\\")[:31].strip("'") or "未采用"
