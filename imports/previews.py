"""What a check leaves for the page: everything there is to say, and the rows that it is about as they stand."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update

from crm.companies.models import Contact
from crm.database import db
from imports import copying
from imports.models import Batch, Finding, FindingKind, PreviewRow
from imports.rows import Skipped
from imports.work import LONGEST_CELL, Work

#: A preview shows this many changes; the counts are of all.
CHANGES_KEPT = 2_000
#: So many rows are shown as they stand; the workbook of what was left out has all.
ROWS_KEPT = 5_000
#: A telephone number is shown with its middle hidden, whatever its column is called.
NUMBER = re.compile(r"(?<!\d)(1\d{2}|0\d{2,3}-?)\d{4}(\d{4})(?!\d)")

FINDING_COLUMNS = ("batch_id", "place", "sheet", "number", "kind", "field", "cell", "message", "details")
ROW_COLUMNS = ("batch_id", "place", "sheet", "number", "cells")


class Preview:
    """What is kept of a run for the page, in place of what an earlier one had left."""

    def __init__(self, batch: Batch) -> None:
        self.batch, self.changes = batch, 0
        self.fields = [{int(index): key for index, key in part.mapping.items()} for part in batch.parts]
        #: The first rows with something to say, as they are shown.
        self.rows: dict[int, tuple[Any, ...]] = {}
        clear(select(Batch.id).where(Batch.id == batch.id))

    def keep(self, work: Work) -> None:
        """Write down what a work found in the rows that it looks at; it need not hold that any longer."""
        found = sorted(work.findings, key=lambda finding: finding["place"])
        first = sorted({*self.rows, *(finding["place"] for finding in found)})[:ROWS_KEPT]
        self.rows = {place: self.rows.get(place) or self.row(work, place) for place in first}
        values = (self.values(work, finding) for finding in found if self.is_kept(finding))
        copying.insert("import_findings", FINDING_COLUMNS, values)
        work.findings.clear()

    def finish(self, work: Work) -> None:
        """The rest: rows that are no data, and the first rows with something to say."""
        self.keep(work)
        copying.insert("import_findings", FINDING_COLUMNS, map(self.skipped, work.skipped))
        copying.insert("import_preview_rows", ROW_COLUMNS, self.rows.values())

    def is_kept(self, finding: Mapping[str, Any]) -> bool:
        """Every error and doubt is, of changes the first ones."""
        self.changes += finding["kind"] is FindingKind.CHANGE
        return finding["kind"] is not FindingKind.CHANGE or self.changes <= CHANGES_KEPT

    def values(self, work: Work, finding: Mapping[str, Any]) -> tuple[Any, ...]:
        """A finding as it is stored."""
        place = finding["place"]
        return (
            self.batch.id, place, work.sheets[place], work.numbers[place], finding["kind"].value, finding["field"],
            finding["cell"], finding["message"], copying.json(finding["details"]),
        )  # fmt: skip

    def skipped(self, row: Skipped) -> tuple[Any, ...]:
        """A filled row that is no data, as a note."""
        text = masked(row.text)[:LONGEST_CELL]
        note = FindingKind.NOTE.value
        return self.batch.id, -1, row.sheet, row.number, note, "", text, row.message, copying.json({})

    def row(self, work: Work, place: int) -> tuple[Any, ...]:
        """A row with something to say, cell by cell; private ones are left out."""
        sheet, cells = work.sheets[place], work.window.cells(place)
        hidden = {index for index, key in self.fields[sheet].items() if key in work.private}
        shown = ["" if index in hidden else masked(text)[:LONGEST_CELL] for index, text in enumerate(cells)]
        return self.batch.id, place, sheet, work.numbers[place], copying.json(shown)


def clear(batch_ids: Any) -> None:
    """Delete the previews of batches (a select of ids)."""
    for model in (Finding, PreviewRow):
        db.session.execute(delete(model).where(model.batch_id.in_(batch_ids)))


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
