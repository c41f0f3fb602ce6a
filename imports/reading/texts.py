"""Text: its encoding told from the bytes, its lines cut at the separator that they use."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

import charset_normalizer

from imports.reading import CELL_MAX, Refused, Row

CHUNK = 1 << 20
SAMPLE_LINES = 50
#: From so many lines and characters the separator is told.
SAMPLE_LINES_READ, SAMPLE_CHARACTERS = 2_000, 200_000
SAMPLE_BYTES = 65_536
#: What a person may choose from, by Python's names; GB 18030 holds GBK and GB 2312.
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16")
#: The 3,755 everyday characters of GB 2312 start with these bytes; they are nine tenths of any Chinese text.
EVERYDAY_LEAD_BYTES = range(0xB0, 0xD8)
SURE = 0.6
#: How programs keep a spreadsheet from making numbers of codes.
MARKED = ("=", "'")
TEXT_FORMULA = re.compile('="([^"]*)"')
TEXT_MARK = re.compile(r"'(?=[\d+=@-])[^']*$")


@dataclass(frozen=True)
class Text:
    """A file's bytes as text of an encoding, read as often as is asked; `others` are encodings that are as likely."""

    source: IO[bytes]
    encoding: str
    others: list[str]

    def lines(self) -> Iterator[str]:
        """The lines with their ends, as they come."""
        self.source.seek(0)
        text = io.TextIOWrapper(self.source, self.encoding, newline="")
        try:
            yield next(text, "").removeprefix("\ufeff")
            yield from iter(text.readline, "")
        finally:
            if not self.source.closed:
                text.detach()  # so that the bytes can be read again

    def whole(self) -> str:
        """All of it."""
        return "".join(self.lines())

    def split_lines(self) -> Iterator[str]:
        """The lines without their ends, of whatever kind."""
        return (part for line in self.lines() for part in line.splitlines())

    def start(self) -> str:
        """What stands at the beginning."""
        return "".join(islice(self.lines(), SAMPLE_LINES_READ))[:SAMPLE_CHARACTERS]


def decoded(source: IO[bytes], encoding: str | None) -> Text:
    """The text in the wanted encoding, else in the one told from the bytes.

    Raises Refused for text in no known encoding, and for bytes that are no text.
    """
    likely = [encoding] if encoding else candidates(source)
    for used in likely:
        if decodes(source, used):
            if has_nul(source, used):
                raise Refused("binary")
            others = [other for other in likely if other != used and decodes(source, other)]
            return Text(source, used, others if used == "gb18030" else [])
    raise Refused("encoding", row=first_unread_line(source, encoding or "utf-8"))


def chunks(source: IO[bytes]) -> Iterator[bytes]:
    """The bytes from the beginning on."""
    source.seek(0)
    return iter(lambda: source.read(CHUNK), b"")


def candidates(source: IO[bytes]) -> list[str]:
    """Encodings by likelihood.

    UTF-8 first, because text of another Chinese encoding is practically never valid UTF-8. Of others GB 18030, unless
    its everyday characters are rare in the text and charset-normalizer thinks of another one.
    """
    source.seek(0)
    content = source.read(SAMPLE_BYTES)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if content.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig", "gb18030"]
    sample = content[:4096]
    if sample[1::2].count(0) > len(sample) // 8:
        return ["utf-16-le"]
    if sample[0::2].count(0) > len(sample) // 8:
        return ["utf-16-be"]
    if decodes(source, "utf-8"):
        return ["utf-8"]
    return ["gb18030"] if is_surely_gb(content) else ranked(content)


def is_surely_gb(sample: bytes) -> bool:
    """Whether most pairs of bytes above ASCII are everyday characters of GB 2312."""
    pairs = re.findall(rb"[\x81-\xfe][\x40-\xfe]", sample)
    everyday = sum(pair[0] in EVERYDAY_LEAD_BYTES and pair[1] >= 0xA1 for pair in pairs)
    return everyday >= SURE * len(pairs) > 0


def ranked(sample: bytes) -> list[str]:
    """What charset-normalizer makes of the bytes, with GB 18030 among it."""
    guesses = charset_normalizer.from_bytes(sample, cp_isolation=["gb18030", "big5", "utf_16_le", "utf_16_be"])
    names = [guess.encoding.replace("_", "-") for guess in guesses]
    return list(dict.fromkeys([*names, "gb18030", "big5"]))


def decodes(source: IO[bytes], encoding: str) -> bool:
    """Whether the bytes are text in that encoding."""
    try:
        deque(codecs.iterdecode(chunks(source), encoding), maxlen=0)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def has_nul(source: IO[bytes], encoding: str) -> bool:
    """Whether a character is none that a text has."""
    return any("\x00" in text for text in codecs.iterdecode(chunks(source), encoding))


def first_unread_line(source: IO[bytes], encoding: str) -> int:
    """The line in which an encoding stops making sense: there a second one may begin."""
    number = 1
    try:
        for text in codecs.iterdecode(lines_of_bytes(source), encoding):
            number += text.count("\n")
    except UnicodeDecodeError:
        return number
    except LookupError:
        pass
    return 1


def lines_of_bytes(source: IO[bytes]) -> Iterator[bytes]:
    """The bytes line by line; a line without end in parts."""
    source.seek(0)
    return iter(lambda: source.readline(CHUNK), b"")


def csv_rows(text: Text) -> Iterator[Row]:
    """The lines of a text as rows. Raises Refused for an unclosed quote that leaves open what belongs together."""
    delimiter = delimiter_of(text.start())
    if delimiter is None:
        for number, line in enumerate(text.split_lines(), 1):
            yield number, [shown(line.strip().strip('"'))]
        return
    csv.field_size_limit(CELL_MAX + 1)
    options = quoting(text, delimiter)
    for number, cells in enumerate(csv.reader(text.lines(), delimiter=delimiter, **options), 1):
        yield number, [shown(cell) if cell[:1] in MARKED else cell for cell in cells]


def quoting(text: Text, delimiter: str) -> dict[str, Any]:
    """How quotes are to be read: as a CSV has them, as Excel reads text behind a closing one, or as plain characters.

    The last where a quote is never closed and every line by itself has its cells. Raises Refused where not.
    """
    strict, like_excel, plain = {"strict": True}, {"strict": False}, {"quoting": csv.QUOTE_NONE}
    lines = csv.reader(text.lines(), delimiter=delimiter, strict=True)
    try:
        deque(lines, maxlen=0)
    except csv.Error as error:
        if "field larger" in str(error):
            raise Refused("cell", row=lines.line_num, limit=CELL_MAX) from error
        if "expected after" in str(error) and ends_outside_quotes(text, delimiter):
            return like_excel
        if lines_are_whole(text, delimiter):
            return plain
        raise Refused("quote", row=lines.line_num) from error
    return strict


def ends_outside_quotes(text: Text, delimiter: str) -> bool:
    """Whether a line behind the text would be a line of its own: no quote swallows the rest."""
    end = "\x00end"
    lines = csv.reader(chain(text.lines(), [end]), delimiter=delimiter)
    return deque(lines, maxlen=1)[0] == [end]


def lines_are_whole(text: Text, delimiter: str) -> bool:
    """Whether every filled line holds as many separators as the first one, quotes aside."""
    counts = {line.count(delimiter) for line in text.split_lines() if line.strip()}
    return len(counts) == 1


def shown(cell: str) -> str:
    """What a spreadsheet shows for a cell that was written so that it stays text: ="0760", '0760."""
    found = TEXT_FORMULA.fullmatch(cell)
    if found:
        return found[1]
    return cell[1:] if TEXT_MARK.match(cell) else cell


def delimiter_of(text: str) -> str | None:
    """The separator that stands in most of the first lines; None when every line is one cell."""
    lines = [line for line in text.splitlines() if line.strip()][:SAMPLE_LINES]
    counts = {mark: sum(mark in line for line in lines) for mark in "\t,;，|"}
    mark, hits = max(counts.items(), key=lambda item: item[1])
    return mark if hits * 2 >= len(lines) and hits else None
