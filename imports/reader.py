"""The limited subprocess that opens an uploaded file; it never reads one within the service itself.

Calamine aborts the whole process on a hostile sheet, so this process has little memory and time and nothing of our
environment. It writes one JSON value a line: first ``{"kind", "encoding", "others", "sheets"}`` (``others`` are
encodings that are as likely), then for each wanted sheet ``{"sheet": name, "layout": {…}}`` followed by blocks
``[[row number, [cell, …]], …]`` of the rows that hold something, each behind ``{"rows": their number}``, and at the
end ``{"end": true}``. A file that cannot be read ends with ``{"error": code, …}`` instead.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from imports.reading import Layout, Refused, Row, TextSheet, limited

if TYPE_CHECKING:
    from imports.reading.texts import Text

BLOCK = 2_000
CHUNK, BEGINNING = 1 << 20, 65_536
ZIP = b"PK\x03\x04"
ENTRIES_MAX = 5_000
MEMORY_BYTES = 512 * 1024 * 1024
SECONDS_FLOOR, BYTES_PER_SECOND = 5, 8_000_000
#: What is no spreadsheet, by its first bytes: PDF, pictures, archives, rich text.
FOREIGN = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")


def start(path: str, options: str) -> None:
    """Begin, with the arguments of the command line."""
    main(Path(path), json.loads(options))


def main(path: Path, options: dict) -> None:
    """Read the file and write the answer to standard output."""
    try:
        limit_resources(unpacked_size(path, options["unpacked_max"]))
        for line in answer(path, options):
            write(line)
    except Refused as refusal:
        write({"error": refusal.code, **refusal.details})
    except MemoryError:
        write({"error": "memory"})


def write(line: object) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def answer(path: Path, options: dict) -> Iterator[object]:
    """What there is to say about the file, line by line."""
    if is_empty(path):
        raise Refused("empty")
    kind = kind_of(path)
    if kind in ("xlsx", "xls", "ods"):
        yield from book_answer(path, kind, options)
    else:
        yield from text_answer(kind, path, options)
    yield {"end": True}


def is_empty(path: Path) -> bool:
    """Whether nothing but white space is in the file."""
    with path.open("rb") as file:
        return not any(chunk.strip(b"\x00\t\r\n \xef\xbb\xbf") for chunk in iter(lambda: file.read(CHUNK), b""))


def unpacked_size(path: Path, unpacked_max: int) -> int:
    """Bytes that the file claims to unpack to; more than allowed, or too many entries, is refused."""
    if not beginning(path).startswith(ZIP):
        size = path.stat().st_size
        if size > unpacked_max:
            raise Refused("unpacked", megabytes=size // 1_000_000, limit=unpacked_max // 1_000_000)
        return size
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Refused("truncated") from error
    if len(entries) > ENTRIES_MAX:
        raise Refused("entries", count=len(entries), limit=ENTRIES_MAX)
    size = sum(entry.file_size for entry in entries)
    if size > unpacked_max:
        raise Refused("unpacked", megabytes=size // 1_000_000, limit=unpacked_max // 1_000_000)
    return size


def limit_resources(size: int) -> None:
    """Hold this process to a memory size and to a CPU time in proportion to what there is to read."""
    try:
        import resource
    except ImportError:  # Windows has no rlimits; there the parent's timeout alone holds.
        return
    seconds = SECONDS_FLOOR + size // BYTES_PER_SECOND
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def beginning(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(BEGINNING)


def kind_of(path: Path) -> str:
    """What the file's bytes are, whatever its name says."""
    content = beginning(path)
    if content.startswith(ZIP):
        return zip_kind(path)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return ole_kind(path.read_bytes())
    if content.startswith(FOREIGN):
        raise Refused("not_a_sheet")
    return markup_kind(content.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower())


def markup_kind(start: bytes) -> str:
    """The kind of a text by its beginning, of which the zeros of UTF-16 are left out."""
    if start.startswith((b"mime-version:", b"from: <saved by ")):
        return "mhtml"
    if not start.startswith(b"<"):
        return "csv"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and re.search(rb"<(\w+:)?workbook\b", start):
        return "xml"
    if b"<html" in start or b"<table" in start:
        return "html"
    raise Refused("not_a_sheet")


def zip_kind(path: Path) -> str:
    """The kind of a zip archive; macros in it are left alone, nothing of ours runs them."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            raise Refused("encrypted")
        if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
            return "xlsx"
        if "mimetype" in names and b"opendocument.spreadsheet" in archive.open("mimetype").read(200):
            return "ods"
    raise Refused("not_a_sheet")


def ole_kind(content: bytes) -> str:
    """The kind of a compound file: BIFF is what xls and et hold."""
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refused("encrypted")
    if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        raise Refused("not_a_sheet")
    return "xls"


def book_answer(path: Path, kind: str, options: dict) -> Iterator[object]:
    from imports.reading import books

    parts = books.read(path, kind, options)
    names = [{"name": name, "hidden": hidden} for name, hidden in next(parts)]
    yield {"kind": kind, "encoding": "", "others": [], "sheets": names}
    for name, layout, rows in parts:
        yield from sheet_answer(name, layout, rows, options)


def text_answer(kind: str, path: Path, options: dict) -> Iterator[object]:
    from imports.reading import archives, texts, xmlbooks
    from imports.reading.books import wanted

    with path.open("rb") as source:
        if kind == "mhtml":
            kind, found, encoding, others = "html", *archives.sheets(source.read(), options.get("encoding"))
        else:
            text = texts.decoded(source, options.get("encoding"))
            encoding, others = text.encoding, text.others
            found = xmlbooks.sheets(text.lines(), options.get("head")) if kind == "xml" else [only_sheet(kind, text)]
        names = [sheet.name for sheet in found]
        sheets = [{"name": sheet.name, "hidden": sheet.hidden} for sheet in found]
        yield {"kind": kind, "encoding": encoding, "others": others, "sheets": sheets}
        for name in wanted(names, options):
            sheet = found[names.index(name)]
            yield from sheet_answer(name, sheet.layout, sheet.rows, options)


def only_sheet(kind: str, text: "Text") -> TextSheet:
    from imports.reading import pages, texts

    layout, rows = pages.table(text.whole()) if kind == "html" else (Layout(), texts.csv_rows(text))
    return TextSheet("", False, layout, rows)


def sheet_answer(name: str, layout: Layout, rows: Iterable[Row], options: dict) -> Iterator[object]:
    yield {"sheet": name, "layout": layout.as_line()}
    for block in blocks(limited(iter(rows), name, options), options.get("head")):
        yield {"rows": len(block)}
        yield block


def blocks(rows: Iterable[Row], head: int | None) -> Iterator[list[Row]]:
    """The rows that hold something, in blocks; at most ``head`` of them when only the head is wanted."""
    block: list[Row] = []
    taken = 0
    for number, cells in rows:
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        block.append((number, cells))
        taken += 1
        if len(block) == BLOCK:
            yield block
            block = []
        if taken == head:
            break
    if block:
        yield block
