"""The limited subprocess that opens an uploaded file: ``python -I reader.py PATH OPTIONS-AS-JSON``.

It stands alone (standard library and calamine only) and never reads an upload within the service itself, because
calamine aborts the whole process on a hostile sheet. It writes one JSON value a line: first ``{"kind", "encoding",
"sheets"}``, then for each wanted sheet ``{"sheet": name}`` followed by blocks ``[[row number, [cell, …]], …]`` of the
rows that hold something, and at the end ``{"end": true}``. A file that cannot be read ends with ``{"error": code, …}``
instead. All cells are text: numbers without a superfluous ``.0``, dates as ISO.
"""

import csv
import datetime
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

BLOCK = 2_000
ENTRIES_MAX = 5_000
CELL_MAX = 32_767  # what Excel and WPS hold in one cell
SAMPLE_LINES = 50
MEMORY_BYTES = 512 * 1024 * 1024
SECONDS_FLOOR, BYTES_PER_SECOND = 5, 8_000_000

Row = tuple[int, list[str]]


class Refused(Exception):
    """The file is not read; ``code`` names the sentence that the user sees."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details


def main(path: Path, options: dict) -> None:
    """Read the file and write the answer to standard output."""
    try:
        content = path.read_bytes()
        limit_resources(unpacked_size(content, options["unpacked_max"]))
        for line in answer(path, content, options):
            write(line)
    except Refused as refusal:
        write({"error": refusal.code, **refusal.details})
    except MemoryError:
        write({"error": "memory"})


def write(line: object) -> None:
    sys.stdout.buffer.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def answer(path: Path, content: bytes, options: dict) -> Iterator[object]:
    """What there is to say about the file, line by line."""
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf"):
        raise Refused("empty")
    kind = kind_of(content)
    if kind in ("xlsx", "xls", "ods"):
        yield from calamine_answer(path, kind, options)
    elif kind == "html":
        text, encoding = decoded(content, options.get("encoding"))
        yield from text_answer(kind, encoding, html_rows(text), options)
    else:
        text, encoding = decoded(content, options.get("encoding"))
        yield from text_answer(kind, encoding, csv_rows(text), options)
    yield {"end": True}


def unpacked_size(content: bytes, unpacked_max: int) -> int:
    """Bytes that the content claims to unpack to; more than allowed, or too many entries, is refused."""
    if not content.startswith(b"PK\x03\x04"):
        return len(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
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


def kind_of(content: bytes) -> str:
    """What the bytes are, whatever the name says."""
    if content.startswith(b"PK\x03\x04"):
        return zip_kind(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise Refused("encrypted")
        if not any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
            raise Refused("not_a_sheet")
        return "xls"
    for signature in (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf"):
        if content.startswith(signature):
            raise Refused("not_a_sheet")
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<"):
        if b"<html" in start or b"<table" in content[:65536].lower():
            return "html"
        raise Refused("not_a_sheet")
    return "csv"


def zip_kind(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        if any(entry.flag_bits & 1 for entry in archive.infolist()):
            raise Refused("encrypted")
        if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
            return "xlsx"
        if "mimetype" in names and b"opendocument.spreadsheet" in archive.open("mimetype").read(200):
            return "ods"
    raise Refused("not_a_sheet")


def calamine_answer(path: Path, kind: str, options: dict) -> Iterator[object]:
    import python_calamine as calamine

    try:
        book = calamine.CalamineWorkbook.from_path(path)
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        yield {"kind": kind, "encoding": None, "sheets": [sheet_line(sheet, calamine) for sheet in sheets]}
        for name in wanted([sheet.name for sheet in sheets], options):
            yield {"sheet": name}
            yield from blocks(calamine_rows(book.get_sheet_by_name(name), options), options)
    except calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Refused("broken") from error


def sheet_line(sheet, calamine) -> dict:  # type: ignore[no-untyped-def]
    return {"name": sheet.name, "hidden": sheet.visible != calamine.SheetVisibleEnum.Visible}


def wanted(names: list[str], options: dict) -> list[str]:
    if options.get("sheet") is None:
        return names
    if options["sheet"] not in names:
        raise Refused("no_such_sheet", sheet=options["sheet"], names="、".join(names))
    return [options["sheet"]]


def calamine_rows(sheet, options: dict) -> Iterator[Row]:  # type: ignore[no-untyped-def]
    if sheet.start is None:
        return
    columns, rows = sheet.total_width + 1, sheet.total_height + 1
    if columns > options["columns_max"]:
        raise Refused("columns", sheet=sheet.name, count=columns, limit=options["columns_max"])
    if rows > options["rows_max"]:
        raise Refused("rows", sheet=sheet.name, count=rows, limit=options["rows_max"])
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, [cell_text(cell) for cell in cells]


def cell_text(cell: object) -> str:
    """A cell as the text that a person would type for it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, ".15g")
    if isinstance(cell, datetime.datetime):
        midnight = cell.time() == datetime.time()
        return cell.date().isoformat() if midnight else cell.isoformat(" ", "minutes")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


def blocks(rows: Iterable[Row], options: dict) -> Iterator[list[Row]]:
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
        if taken == options.get("head"):
            break
    if block:
        yield block


def text_answer(kind: str, encoding: str, rows: Iterator[Row], options: dict) -> Iterator[object]:
    yield {"kind": kind, "encoding": encoding, "sheets": [{"name": "", "hidden": False}]}
    yield {"sheet": ""}
    yield from blocks(checked(rows, options), options)


def checked(rows: Iterator[Row], options: dict) -> Iterator[Row]:
    """The same limits for text as for workbooks."""
    for number, cells in rows:
        if number > options["rows_max"]:
            raise Refused("rows", sheet="", count=number, limit=options["rows_max"])
        if len(cells) > options["columns_max"]:
            raise Refused("columns", sheet="", count=len(cells), limit=options["columns_max"])
        if any(len(cell) > CELL_MAX for cell in cells):
            raise Refused("cell", row=number, limit=CELL_MAX)
        yield number, cells


def decoded(content: bytes, encoding: str | None) -> tuple[str, str]:
    """The text and the encoding that was used: the wanted one, else told from the bytes.

    UTF-8 first, because text of another Chinese encoding is practically never valid UTF-8; GB 18030 holds GBK and
    GB 2312.
    """
    for candidate in [encoding] if encoding else candidates(content):
        try:
            text = content.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" in text:
            raise Refused("binary")
        return text.removeprefix("\ufeff"), candidate
    raise Refused("encoding")


def candidates(content: bytes) -> list[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if content.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig", "gb18030"]
    sample = content[:4096]
    if sample[1::2].count(0) > len(sample) // 8:
        return ["utf-16-le"]
    if sample[0::2].count(0) > len(sample) // 8:
        return ["utf-16-be"]
    return ["utf-8", "gb18030"]


def csv_rows(text: str) -> Iterator[Row]:
    delimiter = delimiter_of(text)
    if delimiter is None:
        for number, line in enumerate(text.splitlines(), 1):
            yield number, [line.strip().strip('"')]
        return
    csv.field_size_limit(CELL_MAX + 1)
    # Strict reading finds an unclosed quote; a file that has text after a closing quote is read as Excel does.
    strict = not re.search(r'"[^",;\t\r\n，|]+"[^",;\t\r\n，|]', text[:20_000])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        yield from enumerate(reader, 1)
    except csv.Error as error:
        code = "cell" if "field larger" in str(error) else "quote"
        raise Refused(code, row=reader.line_num, limit=CELL_MAX) from error


def delimiter_of(text: str) -> str | None:
    """The separator that stands in most of the first lines; None when every line is one cell."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:SAMPLE_LINES]
    counts = {mark: sum(mark in line for line in lines) for mark in "\t,;，|"}
    mark, hits = max(counts.items(), key=lambda item: item[1])
    return mark if hits * 2 >= len(lines) and hits else None


def html_rows(text: str) -> Iterator[Row]:
    """The cells of all tables in the page, a row after a row; a merged cell stands in its first place."""
    page = TablePage()
    page.feed(text)
    page.close()
    if not page.rows:
        raise Refused("not_a_sheet")
    return iter(enumerate(page.rows, 1))


class TablePage(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            if not self.rows:
                self.rows.append([])
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        if self.in_cell:
            self.rows[-1][-1] += data


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
