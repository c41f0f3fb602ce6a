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


ODS_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
ODS_XML = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="名单">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


def ods(path: Path, rows: Sequence[Sequence[str]], hidden_rows: Sequence[int] = ()) -> Path:
    """An OpenDocument spreadsheet with one sheet; `hidden_rows` count from 0."""
    lines = []
    for number, row in enumerate(rows):
        hidden = ' table:visibility="filter"' if number in hidden_rows else ""
        lines.append(f"<table:table-row{hidden}>{''.join(map(ODS_CELL.format, row))}</table:table-row>")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS_XML.format("".join(lines)))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path
