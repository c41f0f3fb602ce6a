"""A ledger comes out again: its own file where that can be written, else one of the same layout."""

import tempfile
import zipfile
from pathlib import Path

from crm.accounts.models import User
from imports import understanding, uploads, workbook
from imports.ledger import current, rebuilding, writer
from imports.models import Batch


def exported(batch: Batch, user: User) -> bytes:
    """The batch's ledger as xlsx with what `user` may know today: changed cells marked, new projects on a sheet behind.

    Raises NotFound after the file was purged, UnreadableFile, HeadNotFound, RuleError where it cannot be written.
    """
    today = current.today(batch, user)
    if keeps_its_look(batch):
        return writer.brought_up(uploads.path(batch), today)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "ledger.xlsx"
        return writer.brought_up(target, today.renamed(rebuild(batch, target)))


def keeps_its_look(batch: Batch) -> bool:
    """Whether the file is a workbook of zipped XML, which is written again with fonts, colours and formulas."""
    try:
        with zipfile.ZipFile(uploads.path(batch)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def rebuild(batch: Batch, target: Path) -> dict[str, str]:
    """Write all that was uploaded as a workbook; what its sheets are called there."""
    heads = {sheet.name: head for sheet, head in understanding.parts_to_read(batch)}
    sheets = workbook.read(uploads.path(batch), encoding=batch.encoding).sheets
    return rebuilding.rebuild(sheets, heads, target)
