"""Text: its encoding told from the bytes, its lines cut at the separator that they use."""

import csv
import io
import re
from collections.abc import Iterator

import charset_normalizer

from imports.reading import CELL_MAX, Refused, Row

SAMPLE_LINES = 50
SAMPLE_BYTES = 65_536
#: What a person may choose from, by Python's names; GB 18030 holds GBK and GB 2312.
ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16")
#: The 3,755 everyday characters of GB 2312 start with these bytes; they are nine tenths of any Chinese text.
EVERYDAY_LEAD_BYTES = range(0xB0, 0xD8)
SURE = 0.6


def decoded(content: bytes, encoding: str | None) -> tuple[str, str, list[str]]:
    """The text, the encoding that was used (the wanted one, else told from the bytes), and others that are as likely.

    Raises Refused for text in no known encoding, and for bytes that are no text.
    """
    likely = [encoding] if encoding else candidates(content)
    for used in likely:
        try:
            text = content.decode(used)
        except (UnicodeDecodeError, LookupError):
            continue
        if "\x00" in text:
            raise Refused("binary")
        others = [other for other in likely if other != used and decodes(content, other)]
        return text.removeprefix("\ufeff"), used, others if used == "gb18030" else []
    raise Refused("encoding", row=first_unread_line(content, encoding or "utf-8"))


def candidates(content: bytes) -> list[str]:
    """Encodings by likelihood.

    UTF-8 first, because text of another Chinese encoding is practically never valid UTF-8. Of others GB 18030, unless
    its everyday characters are rare in the text and charset-normalizer thinks of another one.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ["utf-16"]
    if content.startswith(b"\xef\xbb\xbf"):
        return ["utf-8-sig", "gb18030"]
    sample = content[:4096]
    if sample[1::2].count(0) > len(sample) // 8:
        return ["utf-16-le"]
    if sample[0::2].count(0) > len(sample) // 8:
        return ["utf-16-be"]
    if decodes(content, "utf-8"):
        return ["utf-8"]
    return ["gb18030"] if is_surely_gb(content[:SAMPLE_BYTES]) else ranked(content)


def is_surely_gb(sample: bytes) -> bool:
    """Whether most pairs of bytes above ASCII are everyday characters of GB 2312."""
    pairs = re.findall(rb"[\x81-\xfe][\x40-\xfe]", sample)
    everyday = sum(pair[0] in EVERYDAY_LEAD_BYTES and pair[1] >= 0xA1 for pair in pairs)
    return everyday >= SURE * len(pairs) > 0


def ranked(content: bytes) -> list[str]:
    """What charset-normalizer makes of the bytes, with GB 18030 among it."""
    sample = content[:SAMPLE_BYTES]
    guesses = charset_normalizer.from_bytes(sample, cp_isolation=["gb18030", "big5", "utf_16_le", "utf_16_be"])
    names = [guess.encoding.replace("_", "-") for guess in guesses]
    return list(dict.fromkeys([*names, "gb18030", "big5"]))


def decodes(content: bytes, encoding: str) -> bool:
    """Whether the bytes are text in that encoding."""
    try:
        content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def first_unread_line(content: bytes, encoding: str) -> int:
    """The line in which an encoding stops making sense: there a second one may begin."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    except LookupError:
        pass
    return 1


def csv_rows(text: str) -> Iterator[Row]:
    """The lines of a text as rows. Raises Refused for an unclosed quote."""
    delimiter = delimiter_of(text)
    if delimiter is None:
        for number, line in enumerate(text.splitlines(), 1):
            yield number, [line.strip().strip('"')]
        return
    csv.field_size_limit(CELL_MAX + 1)
    # Strict reading finds an unclosed quote; a file that has text after a closing quote is read as Excel does.
    strict = not re.search(r'"[^",;\t\r\n，|]+"[^",;\t\r\n，|]', text[:20_000])
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        yield from enumerate(lines, 1)
    except csv.Error as error:
        code = "cell" if "field larger" in str(error) else "quote"
        raise Refused(code, row=lines.line_num, limit=CELL_MAX) from error


def delimiter_of(text: str) -> str | None:
    """The separator that stands in most of the first lines; None when every line is one cell."""
    lines = [line for line in text[:200_000].splitlines() if line.strip()][:SAMPLE_LINES]
    counts = {mark: sum(mark in line for line in lines) for mark in "\t,;，|"}
    mark, hits = max(counts.items(), key=lambda item: item[1])
    return mark if hits * 2 >= len(lines) and hits else None
