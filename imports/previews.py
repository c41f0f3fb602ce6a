"""What a check leaves for the page: everything there is to say, and the rows that it is about as they stand."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, func, select, update

from crm.companies.models import Contact
from crm.database import db
from imports import copying
from imports.models import Batch, Finding, FindingKind, PreviewRow
from imports.work import LONGEST_CELL, Work

#: A preview shows this many changes; the counts are of all.
CHANGES_KEPT = 2_000
#: So many rows are shown as they stand; the workbook of what was left out has all.
ROWS_KEPT = 5_000
SKIPPED_KEPT = 500
#: A telephone number is shown with its middle hidden, whatever its column is called.
NUMBER = re.compile(r"(?<!\d)(1\d{2}|0\d{2,3}-?)\d{4}(\d{4})(?!\d)")

FINDING_COLUMNS = ("batch_id", "place", "sheet", "number", "kind", "field", "cell", "message", "details")
ROW_COLUMNS = ("batch_id", "place", "sheet", "number", "cells")


def keep(batch: Batch, work: Work) -> None:
    """Put what was found in place of what an earlier check had found."""
    clear(select(Batch.id).where(Batch.id == batch.id))
    copying.insert("import_findings", FINDING_COLUMNS, [*finding_rows(batch.id, work), *skipped_rows(batch.id, work)])
    copying.insert("import_preview_rows", ROW_COLUMNS, preview_rows(batch, work))


def clear(batch_ids: Any) -> None:
    """Delete the previews of batches (a select of ids)."""
    for model in (Finding, PreviewRow):
        db.session.execute(delete(model).where(model.batch_id.in_(batch_ids)))


def finding_rows(batch_id: int, work: Work) -> Iterator[tuple[Any, ...]]:
    """Every error and doubt, and the first changes, row by row."""
    changes, checked = 0, work.checked
    for finding in sorted(work.findings, key=lambda finding: finding["place"]):
        if finding["kind"] is FindingKind.CHANGE:
            changes += 1
            if changes > CHANGES_KEPT:
                continue
        place = finding["place"]
        yield (
            batch_id, place, checked.sheets[place], checked.numbers[place], finding["kind"].value, finding["field"],
            finding["cell"], finding["message"], copying.json(finding["details"]),
        )  # fmt: skip


def skipped_rows(batch_id: int, work: Work) -> Iterator[tuple[Any, ...]]:
    """The filled rows that are no data, as notes."""
    for row in work.checked.skipped[:SKIPPED_KEPT]:
        text = masked(row.text)[:LONGEST_CELL]
        yield batch_id, -1, row.sheet, row.number, FindingKind.NOTE.value, "", text, row.message, copying.json({})


def preview_rows(batch: Batch, work: Work) -> Iterator[tuple[Any, ...]]:
    """The first rows with something to say, cell by cell; private ones masked."""
    checked = work.checked
    private = [{int(index) for index, key in part.mapping.items() if key in work.private} for part in batch.parts]
    for place in sorted({finding["place"] for finding in work.findings})[:ROWS_KEPT]:
        hidden = private[checked.sheets[place]]
        cells = [
            "" if index in hidden else masked(text)[:LONGEST_CELL] for index, text in enumerate(checked.raw[place])
        ]
        yield batch.id, place, checked.sheets[place], checked.numbers[place], copying.json(cells)


def masked(text: str) -> str:
    """A text with the middle of telephone numbers hidden."""
    return NUMBER.sub(r"\1****\2", text)


def forget(contact: Contact) -> None:
    """Blank the cells in which an erased contact's name stands; numbers are never kept here."""
    db.session.execute(update(Finding).where(Finding.cell == contact.name).values(cell=""))
    cell = func.jsonb_array_elements_text(PreviewRow.cells).table_valued("value").render_derived()
    blanked = select(func.jsonb_agg(func.nullif(cell.c.value, contact.name))).scalar_subquery()
    named = PreviewRow.cells.contains([contact.name])
    db.session.execute(
        update(PreviewRow).where(named).values(cells=blanked).execution_options(synchronize_session=False)
    )
