"""Which rows and columns of a workbook of zipped XML are hidden, and the merged cells of an OpenDocument one, which
calamine does not tell.

The tags that say so are picked from the parts' bytes as they are unpacked: no tree of a large sheet is built, and
entities in it mean nothing.
"""

import html
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from imports.reading import MERGES_MAX, Layout

CHUNK = 1 << 20
#: A tag is never longer; a tail of this length is looked at again with the next chunk.
TAG_MAX = 4_096
COLUMNS_MAX = 16_384

ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
XLSX_TAG = re.compile(rb"<(?:\w+:)?(row|col)\s([^>]*\bhidden\s*=[^>]*)>")
MERGE_TAG = re.compile(rb"<(?:\w+:)?(mergeCell)\s([^>]*)>")
CELLS = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")
SHEET_TAG = re.compile(rb"<(?:\w+:)?(sheet)\s([^>]*)>")
RELATION_TAG = re.compile(rb"<(?:\w+:)?(Relationship)\s([^>]*)>")
ODS_TAG = re.compile(rb"<table:(table|table-row|table-column)(\s[^>]*)?/?>")
ODS_CELL_TAG = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(\s[^>]*)?/?>")
SPANNED_TAG = re.compile(rb"<table:(table-cell)(\s[^>]*-spanned=[^>]*)>")


def layout_of(path: Path, kind: str, sheet: str) -> Layout:
    """What is hidden in a sheet; nothing where the file does not tell."""
    try:
        with zipfile.ZipFile(path) as archive:
            return ods_layout(archive, sheet) if kind == "ods" else xlsx_layout(archive, xlsx_part(archive, sheet))
    except (zipfile.BadZipFile, NotImplementedError, KeyError, ValueError, EOFError, zlib.error):
        return Layout()  # calamine has read the cells; a part that tells no layout has none


def xlsx_part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part that holds a sheet. KeyError if the workbook does not say."""
    relations = tags(archive, "xl/_rels/workbook.xml.rels", RELATION_TAG)
    targets = {found.get("Id"): found.get("Target", "") for _tag, found in relations}
    for _tag, found in tags(archive, "xl/workbook.xml", SHEET_TAG):
        if found.get("name") == sheet:
            target = targets[next(value for key, value in found.items() if key.endswith(":id"))]
            return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
    raise KeyError(sheet)


def xlsx_layout(archive: zipfile.ZipFile, part: str) -> Layout:
    """Hidden rows and columns of a sheet's part."""
    layout = Layout()
    for tag, found in tags(archive, part, XLSX_TAG, b"hidden"):
        if found.get("hidden") not in ("1", "true"):
            continue
        if tag == "row" and found.get("r", "").isdigit():
            hide_rows(layout, int(found["r"]), 1)
        elif tag == "col" and found.get("min", "").isdigit() and found.get("max", "").isdigit():
            hide_columns(layout, int(found["min"]) - 1, int(found["max"]) - int(found["min"]) + 1)
    return layout


def xlsx_merges(path: Path, part: str) -> list[tuple[int, int, int, int]]:
    """The merged cells of a sheet's part; of one with too many, none."""
    with zipfile.ZipFile(path) as archive:
        names = (found.get("ref", "") for _tag, found in tags(archive, part, MERGE_TAG, b"mergeCell"))
        ranges = list(islice(filter(None, map(CELLS.fullmatch, names)), MERGES_MAX + 1))
    if len(ranges) > MERGES_MAX:
        return []
    return [
        (int(top), column_place(left), int(bottom or top), column_place(right or left))
        for left, top, right, bottom in (found.groups() for found in ranges)
    ]


def column_place(letters: str) -> int:
    """The place of a column from 0: A is 0, AA is 26."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def ods_layout(archive: zipfile.ZipFile, sheet: str) -> Layout:
    """Hidden rows and columns of one table of an OpenDocument spreadsheet."""
    layout, within, row, column = Layout(), False, 1, 0
    for tag, found in tags(archive, "content.xml", ODS_TAG):
        hidden = found.get("table:visibility") in ("collapse", "filter")
        if tag == "table":
            within, row, column = found.get("table:name") == sheet, 1, 0
        elif within and tag == "table-row":
            count = int(found.get("table:number-rows-repeated", 1))
            if hidden:
                hide_rows(layout, row, count)
            row += count
        elif within:
            count = int(found.get("table:number-columns-repeated", 1))
            if hidden:
                hide_columns(layout, column, count)
            column += count
    return layout


def ods_merges(path: Path, sheet: str) -> list[tuple[int, int, int, int]]:
    """The merged cells of one table of an OpenDocument spreadsheet; of one with too many, none.

    Most large lists have none, which is seen before cells are counted.
    """
    with zipfile.ZipFile(path) as archive:
        if next(tags(archive, "content.xml", SPANNED_TAG, b"-spanned="), None) is None:
            return []
        found = list(islice(ods_spans(archive, sheet), MERGES_MAX + 1))
        return found if len(found) <= MERGES_MAX else []


def ods_spans(archive: zipfile.ZipFile, sheet: str) -> Iterator[tuple[int, int, int, int]]:
    """The same as they come, counting rows and cells."""
    within, row, following, column = False, 0, 1, 0
    for tag, found in tags(archive, "content.xml", ODS_CELL_TAG):
        if tag == "table":
            within, following = found.get("table:name") == sheet, 1
        elif within and tag == "table-row":
            row, column = following, 0
            following += int(found.get("table:number-rows-repeated", 1))
        elif within:
            down, across = (int(found.get(f"table:number-{way}-spanned", 1)) for way in ("rows", "columns"))
            if down > 1 or across > 1:
                yield row, column, row + down - 1, column + across - 1
            column += int(found.get("table:number-columns-repeated", 1))


def hide_rows(layout: Layout, first: int, count: int) -> None:
    """Note hidden rows, neighbours as one range."""
    last = first + count - 1
    if layout.hidden_rows and layout.hidden_rows[-1][1] == first - 1:
        first = layout.hidden_rows.pop()[0]
    layout.hidden_rows.append((first, last))


def hide_columns(layout: Layout, first: int, count: int) -> None:
    """Note hidden columns."""
    layout.hidden_columns.extend(range(first, min(first + count, COLUMNS_MAX)))


def tags(
    archive: zipfile.ZipFile, part: str, pattern: re.Pattern[bytes], mark: bytes = b"<"
) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, attributes) of the tags in a part that a pattern finds, in order.

    A stretch without the `mark` that all of them bear is passed over, which most of a large sheet is.
    """
    with archive.open(part) as stream:
        held = b""
        while chunk := stream.read(CHUNK):
            held += chunk
            end = 0
            for found in pattern.finditer(held) if mark in held else ():
                yield found[1].decode(), attributes(found[2] or b"")
                end = found.end()
            held = held[max(end, len(held) - TAG_MAX) :]


def attributes(text: bytes) -> dict[str, str]:
    """The attributes of a tag."""
    return {
        key.decode(): html.unescape((double or single).decode("utf-8", "replace"))
        for key, double, single in ATTRIBUTE.findall(text)
    }
