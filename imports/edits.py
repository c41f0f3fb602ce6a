"""Cells that a person typed over in the preview. The file stays as it was uploaded; edits are laid over its rows."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from sqlalchemy import Select, delete, select, update

from crm.accounts.models import User
from crm.companies import rules as company_rules
from crm.companies.models import Contact
from crm.database import db
from crm.errors import RuleError
from crm.rules import ONE_OF_RANGE, clean
from imports.models import Batch, CellEdit, Finding, PreviewRow
from imports.spool import OverlaidRows
from imports.workbook import Sheet

#: {(sheet, row's number): {column: text}}.
Typed = dict[tuple[int, int], dict[int, str]]
#: More characters than a field takes: what is longer is cut, the rule says so.
LONGEST = 20_001


def latest(batch_id: int) -> Typed:
    """What stands in the cells that were typed over."""
    found: Typed = {}
    for edit in db.session.scalars(select(CellEdit).where(CellEdit.batch_id == batch_id).order_by(CellEdit.id)):
        found.setdefault((edit.sheet, edit.number), {})[edit.column] = edit.after
    return found


def applied(sheet: Sheet, place: int, typed: Typed) -> Sheet:
    """The sheet with what was typed over its cells."""
    own = {number: texts for (of_sheet, number), texts in typed.items() if of_sheet == place}
    if not own:
        return sheet
    changes = {number: partial(overlaid, texts) for number, texts in own.items()}
    return replace(sheet, rows=OverlaidRows(sheet.rows, changes))


def overlaid(texts: Mapping[int, str], cells: list[str]) -> list[str]:
    """A row with texts in place of its cells."""
    wide = max(len(cells), *(index + 1 for index in texts))
    return [texts.get(index, cells[index] if index < len(cells) else "") for index in range(wide)]


def type_over(batch: Batch, texts: Mapping[tuple[int, int, int], str], by: User) -> int:
    """Note the texts, by (sheet, row's number, column), that differ from what the preview shows; how many did."""
    shown = {(row.sheet, row.number): row.cells for row in db.session.scalars(rows_of(batch, texts))}
    changed = 0
    for (sheet, number, column), after in texts.items():
        cells = shown.get((sheet, number))
        before = cells[column] or "" if cells and column < len(cells) else ""
        if cells is not None and clean(after) != clean(before):
            changed += 1
            place = {"batch_id": batch.id, "sheet": sheet, "number": number, "column": column}
            db.session.add(CellEdit(**place, before=before, after=clean(after)[:LONGEST], user_id=by.id))
    return changed


def choose_end(batch: Batch, field: str, end: str, by: User) -> None:
    """Type one end ("low" or "high") over every cell of a field that gives a range."""
    columns = [{key: int(index) for index, key in part.mapping.items()} for part in batch.parts]
    ranges = select(Finding).where(
        Finding.batch_id == batch.id, Finding.field == field, Finding.message == ONE_OF_RANGE
    )
    for found in db.session.scalars(ranges):
        if (column := columns[found.sheet].get(field)) is not None:
            place = {"batch_id": batch.id, "sheet": found.sheet, "number": found.number, "column": column}
            db.session.add(CellEdit(**place, before=found.cell, after=found.details[end], user_id=by.id))


def rows_of(batch: Batch, texts: Mapping[tuple[int, int, int], str]) -> Select[PreviewRow]:
    """The rows as the preview shows them. A row that is not shown cannot be typed over."""
    numbers = {number for _sheet, number, _column in texts}
    return select(PreviewRow).where(PreviewRow.batch_id == batch.id, PreviewRow.number.in_(numbers))


def forget(contact: Contact, number: str | None) -> None:
    """Blank the texts that are an erased contact's name or number."""
    found = db.session.execute(select(CellEdit.id, CellEdit.before, CellEdit.after)).all()
    theirs = [row.id for row in found if names(row.before, contact, number) or names(row.after, contact, number)]
    db.session.execute(update(CellEdit).where(CellEdit.id.in_(theirs)).values(before="", after=""))


def names(text: str, contact: Contact, number: str | None) -> bool:
    """Whether a text is the contact's name, or her number in any spelling."""
    if text.strip() == contact.name:
        return True
    try:
        return number is not None and company_rules.phone(text) == number
    except RuleError:
        return False


def purge(batch_ids: object) -> None:
    """Delete the edits of batches (a select of ids)."""
    db.session.execute(delete(CellEdit).where(CellEdit.batch_id.in_(batch_ids)))  # type: ignore[arg-type]
