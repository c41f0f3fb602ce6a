"""Small files that the import tests write: workbooks from rows, and hostile ones from raw parts."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

SHEET_XML = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


def xlsx(path: Path, *sheets: Sequence[Sequence[object]], names: Sequence[str] = ()) -> Path:
    """A workbook with one sheet per sequence of rows."""
    with xlsxwriter.Workbook(path) as book:
        for index, rows in enumerate(sheets):
            sheet = book.add_worksheet(names[index] if names else None)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def rewritten(source: Path, target: Path, part: str, content: str | bytes) -> Path:
    """The workbook again with one part replaced or added."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    return target
