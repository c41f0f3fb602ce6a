"""A large sheet of an xlsx, cut at its rows into small workbooks that calamine reads one after the other.

Calamine holds a whole sheet and all shared strings in memory: of a million rows more than this process may have. So
the sheet's part is cut as it is unpacked, and the strings that a piece shares are written into its cells as they stand
in the file; what a cell means calamine alone decides, here as in a small sheet. No tree is built, so entities and depth
mean nothing.
"""

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import IO

import python_calamine as calamine

from imports.reading import Refused
from imports.reading.layouts import CHUNK, xlsx_part

#: Bytes of a sheet's part from which it is cut, and of a piece.
LARGE, PIECE = 24 << 20, 4 << 20
#: A single row is never longer: 512 cells of 32,767 characters would be, and the limit on memory refuses them.
ROW_MAX = 64 << 20
#: Parts that say what a cell's style means; a workbook has more that no cell needs.
KEPT = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml")
SHARED_STRINGS = "xl/sharedStrings.xml"

ROOT = re.compile(rb"<worksheet\b[^>]*>")
DATA, END = re.compile(rb"<sheetData\b[^>/]*>"), b"</sheetData>"
NUMBERED_ROW = re.compile(rb"""<row\s(?:[^>]*?\s)?r=["']\d""")
SHARED_CELL = re.compile(rb"""<c\s([^>/]*?)\bt=["']s["']([^>/]*)>(.*?)</c>""", re.DOTALL)
SHARED_PLACE = re.compile(rb"<v[^>]*>\s*(\d+)\s*</v>")
STRING = re.compile(rb"<si(?:\s[^>]*)?(?:/>|>(.*?)</si>)", re.DOTALL)


def outline(path: Path) -> calamine.CalamineWorkbook | None:
    """A large workbook without its cells, which tells the names of its sheets; None for one that is read as it is."""
    with zipfile.ZipFile(path) as archive:
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
        if max(sizes.values()) < LARGE or not sizes.keys() >= set(KEPT[2:4]):
            return None
        return small_workbook(kept_parts(archive))


def part_to_cut(path: Path, sheet: str) -> str | None:
    """The part that holds a sheet; None for one that is written in a way that is not cut."""
    with zipfile.ZipFile(path) as archive:
        try:
            part = xlsx_part(archive, sheet)
            with archive.open(part) as stream:
                return part if beginning(stream.read(CHUNK)) else None
        except (KeyError, StopIteration):
            return None


def kept_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The parts that go with every piece."""
    return {each: archive.read(each) for each in KEPT if each in archive.namelist()}


def pieces(path: Path, part: str, name: str) -> Iterator[calamine.CalamineSheet]:
    """The rows of the sheet of that name, whose part it is, so many at a time.

    Raises Refused for a part that is broken or has a row without end.
    """
    with zipfile.ZipFile(path) as archive, closing(cut(archive, part)) as rows:
        try:
            root, strings, kept = next(rows), Strings(archive), kept_parts(archive)
            for piece in rows:
                kept[part] = root + b"<sheetData>" + strings.written_into(piece) + b"</sheetData></worksheet>"
                yield small_workbook(kept).get_sheet_by_name(name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Refused("broken") from error


def small_workbook(parts: Mapping[str, bytes]) -> calamine.CalamineWorkbook:
    """A workbook of these parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    content.seek(0)
    return calamine.CalamineWorkbook.from_filelike(content)


def cut(archive: zipfile.ZipFile, part: str) -> Generator[bytes]:
    """First the root's tag, then the rows in pieces, each beginning with a row that has its number."""
    with archive.open(part) as stream:
        held = stream.read(CHUNK)
        root, start = beginning(held) or (b"", 0)
        yield root
        held = held[start:]
        while (end := held.find(END)) < 0:
            chunk = stream.read(CHUNK)
            if not chunk or len(held) > ROW_MAX:
                raise Refused("memory" if chunk else "broken")
            held += chunk
            if len(held) >= PIECE and (start := last_row(held)) > 0:
                yield held[:start]
                held = held[start:]
        yield held[:end]


def beginning(held: bytes) -> tuple[bytes, int] | None:
    """The root's tag of a sheet's part, and where its rows begin; None where they are not numbered or otherwise odd."""
    root, data = ROOT.search(held), DATA.search(held)
    if not root or not data or not NUMBERED_ROW.match(held[data.end() :].lstrip()):
        return None
    return root[0], data.end()


def last_row(held: bytes) -> int:
    """Where the last row begins that has its number; 0 or -1 for none but the first."""
    start = held.rfind(b"<row")
    while start > 0 and not NUMBERED_ROW.match(held, start):
        start = held.rfind(b"<row", 0, start)
    return start


class Strings:
    """The strings that a workbook shares, as they stand in its part; one after the other, as text is compact."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.text, self.ends = bytearray(), array("L", [0])
        if SHARED_STRINGS in archive.namelist():
            with archive.open(SHARED_STRINGS) as stream:
                self.take(stream)

    def take(self, stream: IO[bytes]) -> None:
        """Read them from their part."""
        held = b""
        while chunk := stream.read(CHUNK):
            held += chunk
            end = 0
            for found in STRING.finditer(held):
                self.text += found[1] or b""
                self.ends.append(len(self.text))
                end = found.end()
            held = held[end:]

    def written_into(self, rows: bytes) -> bytes:
        """The rows with each shared string in the cell that refers to it. Raises Refused for one that is not there."""
        try:
            return SHARED_CELL.sub(self.inline, rows)
        except IndexError as error:
            raise Refused("broken") from error

    def inline(self, cell: re.Match[bytes]) -> bytes:
        """A cell with its string."""
        before, behind, value = cell.groups()
        found = SHARED_PLACE.search(value)
        if found is None:
            return b""
        place = int(found[1])
        text = self.text[self.ends[place] : self.ends[place + 1]]
        return b'<c %s t="inlineStr"%s><is>%s</is></c>' % (before, behind, text)
