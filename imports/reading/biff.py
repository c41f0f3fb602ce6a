"""Which rows and columns of a BIFF workbook (xls, et) are hidden, which calamine does not tell.

Of the stream only the records that say so are looked at, so a large sheet costs little. Records by [MS-XLS] 2.4.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

from imports.reading import Layout

BOUNDSHEET, BOF, EOF, ROW, COLINFO = 0x0085, 0x0809, 0x000A, 0x0208, 0x007D
STREAMS = ("Workbook", "Book")
WORKSHEET = 0
ROW_HIDDEN, COLUMN_HIDDEN = 0x20, 0x01


def layout_at(path: Path, place: int) -> Layout:
    """What is hidden in a worksheet, by its place among the worksheets; nothing where the file does not tell."""
    try:
        with olefile.OleFileIO(str(path)) as container:
            name = next(name for name in STREAMS if container.exists(name))
            stream = container.openstream(name).read()
        return hidden_in(stream, worksheets(stream)[place])
    except (OSError, IndexError, StopIteration, struct.error):
        return Layout()  # calamine has read the cells; a file that tells no layout has none


def records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """(type, data) of each record of the substream that begins there; what is embedded in it (charts) is left out."""
    depth = 0
    while start + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, start)
        depth += (kind == BOF) - (kind == EOF)
        if depth < 1:
            return
        if depth == 1:
            yield kind, stream[start + 4 : start + 4 + length]
        start += 4 + length


def worksheets(stream: bytes) -> list[int]:
    """Where the substream of each worksheet begins."""
    sheets = [data for kind, data in records(stream, 0) if kind == BOUNDSHEET]
    return [struct.unpack_from("<I", data)[0] for data in sheets if data[5] == WORKSHEET]


def hidden_in(stream: bytes, start: int) -> Layout:
    """Hidden rows and columns of a worksheet's substream."""
    layout = Layout()
    for kind, data in records(stream, start):
        if kind == ROW and data[12] & ROW_HIDDEN:
            number = struct.unpack_from("<H", data)[0] + 1
            layout.hidden_rows.append((number, number))
        elif kind == COLINFO and data[8] & COLUMN_HIDDEN:
            first, last = struct.unpack_from("<HH", data)
            layout.hidden_columns.extend(range(first, last + 1))
    return layout
