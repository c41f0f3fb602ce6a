"""A web archive (MHTML, “single file web page”), which Excel and reporting systems also save under the name of a .xls.

Excel keeps a sheet per part and says in the first one which part is which; other programs keep one page.
"""

import email
import html
import io
import posixpath
import re
from collections.abc import Iterator
from email.message import Message

from imports.reading import Refused, TextSheet
from imports.reading.pages import table
from imports.reading.texts import Text, decoded

SHEET = re.compile(r"<x:ExcelWorksheet>(.*?)</x:ExcelWorksheet>", re.DOTALL | re.IGNORECASE)
NAME = re.compile(r"<x:Name>(.*?)</x:Name>", re.DOTALL | re.IGNORECASE)
SOURCE = re.compile("<x:WorksheetSource\\s+HRef=[\"']([^\"']+)", re.IGNORECASE)
HIDDEN = re.compile(r"<x:Visible>\s*Sheet(Very)?Hidden", re.IGNORECASE)


def sheets(content: bytes, encoding: str | None) -> tuple[list[TextSheet], str, list[str]]:
    """The sheets, the encoding of their text, and others that are as likely. Raises Refused."""
    pages = list(pages_of(content))
    if not pages:
        raise Refused("not_a_sheet")
    first = text_of(pages[0], encoding)
    parts = {place_of(page): page for page in pages}
    found = [
        TextSheet(name, hidden, *table(text_of(parts[place], encoding).whole()))
        for name, place, hidden in sheets_named(first.whole())
        if place in parts
    ]
    return found or [TextSheet("", False, *table(first.whole()))], first.encoding, first.others


def pages_of(content: bytes) -> Iterator[Message]:
    """The web pages in the archive."""
    for part in email.message_from_bytes(content).walk():
        if part.get_content_type() == "text/html" and isinstance(part.get_payload(decode=True), bytes):
            yield part


def text_of(page: Message, encoding: str | None) -> Text:
    """The text of a page. Raises Refused."""
    return decoded(io.BytesIO(bytes(page.get_payload(decode=True) or b"")), encoding)


def place_of(page: Message) -> str:
    """The file that a page was, without its folder."""
    return posixpath.basename(str(page.get("Content-Location", "")).replace("\\", "/"))


def sheets_named(text: str) -> Iterator[tuple[str, str, bool]]:
    """(name, file, whether hidden) of the sheets that Excel's first page lists."""
    for block in SHEET.findall(text):
        name, source = NAME.search(block), SOURCE.search(block)
        if name and source:
            yield html.unescape(name[1]).strip(), posixpath.basename(source[1]), bool(HIDDEN.search(block))
