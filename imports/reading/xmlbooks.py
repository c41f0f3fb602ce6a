"""A workbook as a single XML file (SpreadsheetML, “XML 表格 2003”), which older office systems export as .xls."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import dropwhile
from xml.parsers import expat

from imports.reading import MERGES_MAX, Layout, Refused, Row, TextSheet
from imports.reading.books import cell_text

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet "
VISIBLE = "urn:schemas-microsoft-com:office:excel Visible"
#: Further columns than any program writes; the limit of a list (workbook.py) is told by `limited`.
COLUMNS_MAX = 16_384
HIDDEN = {"SheetHidden", "SheetVeryHidden"}


def sheets(lines: Iterable[str], head: int | None = None) -> list[TextSheet]:
    """Its sheets from its text; only the first ``head`` filled rows of each when given. Raises Refused."""
    book = XmlBook(head)
    try:
        for line in dropwhile(str.isspace, lines):
            book.parser.Parse(line)
        book.parser.Parse("", True)
    except expat.ExpatError as error:
        raise Refused("broken") from error
    return book.sheets


@dataclass
class XmlBook:
    """The sheets as the parser comes by them; numbers of rows and columns are given, or follow the one before."""

    head: int | None
    sheets: list[TextSheet] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.begin
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.hear
        self.parser.StartDoctypeDeclHandler = refuse_entities
        #: The tag whose text is wanted, and what of it was heard. A comment has a Data of its own.
        self.within: str | None = None
        self.text: list[str] = []
        self.in_comment = False
        self.kind = ""
        self.number = self.place = self.column = 0
        self.cells: list[str] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        act = getattr(self, f"begin_{name.removeprefix(NAMESPACE).lower()}", None)
        if act and name.startswith(NAMESPACE):
            act({key.rpartition(" ")[2]: value for key, value in attributes.items()})
        elif name == VISIBLE:
            self.listen(name)

    def listen(self, name: str) -> None:
        """The text of a tag is wanted."""
        self.within, self.text = name, []

    def begin_worksheet(self, found: dict[str, str]) -> None:
        """A sheet."""
        self.rows: list[Row] = []
        self.layout = Layout()
        self.sheets.append(TextSheet(found.get("Name", ""), False, self.layout, self.rows))
        self.number = self.place = 0

    def begin_column(self, found: dict[str, str]) -> None:
        """How one or several columns look."""
        first = number_of(found, "Index", self.place + 1)
        self.place = first + number_of(found, "Span", 0)
        if found.get("Hidden") == "1":
            self.layout.hidden_columns.extend(range(first - 1, min(self.place, COLUMNS_MAX)))

    def begin_row(self, found: dict[str, str]) -> None:
        """A row; one without cells may stand for several."""
        first = number_of(found, "Index", self.number + 1)
        self.number = first + number_of(found, "Span", 0)
        self.row, self.cells, self.column = first, [], 0
        if found.get("Hidden") == "1":
            self.layout.hidden_rows.append((first, self.number))

    def begin_cell(self, found: dict[str, str]) -> None:
        """A cell, which may go over others."""
        place = number_of(found, "Index", self.column + 1) - 1
        across, down = number_of(found, "MergeAcross", 0), number_of(found, "MergeDown", 0)
        if place >= COLUMNS_MAX:
            raise Refused("columns", count=place + 1, limit=COLUMNS_MAX)
        if (across or down) and len(self.layout.merges) < MERGES_MAX:
            self.layout.merges.append((self.row, place, self.row + down, place + across))
        self.cells.extend([""] * (place + 1 - len(self.cells)))
        self.column = place + across + 1

    def begin_data(self, found: dict[str, str]) -> None:
        """What a cell says."""
        if not self.in_comment:
            self.kind = found.get("Type", "String")
            self.listen(f"{NAMESPACE}Data")

    def begin_comment(self, _found: dict[str, str]) -> None:
        """A remark on a cell."""
        self.in_comment = True

    def hear(self, text: str) -> None:
        """A piece of text."""
        if self.within:
            self.text.append(text)

    def end(self, name: str) -> None:
        """A tag closes."""
        if name == f"{NAMESPACE}Comment":
            self.in_comment = False
        elif name == f"{NAMESPACE}Row":
            if any(self.cells) and (self.head is None or len(self.rows) < self.head):
                self.rows.append((self.row, self.cells))
        elif name == self.within:
            self.take("".join(self.text))
            self.within = None

    def take(self, text: str) -> None:
        """The text of a tag: what a cell says, or whether a sheet is seen."""
        if self.within == VISIBLE:
            self.sheets[-1] = self.sheets[-1]._replace(hidden=text.strip() in HIDDEN)
        elif self.cells:
            self.cells[-1] = shown(text, self.kind)


def refuse_entities(*_declaration: object) -> None:
    """No spreadsheet program writes a document type; what defines entities does not get to use them."""
    raise Refused("broken")


def number_of(found: dict[str, str], key: str, otherwise: int) -> int:
    """An attribute that counts. Raises Refused for what is no number of a sane size."""
    text = found.get(key, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        raise Refused("broken")
    return int(text)


def shown(text: str, kind: str) -> str:
    """What a cell shows, as for other workbooks: numbers without a superfluous ``.0``, dates as ISO."""
    try:
        if kind == "Number":
            return cell_text(float(text))
        if kind == "DateTime":
            return cell_text(datetime.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return text
    if kind == "Boolean":
        return cell_text(text.strip() == "1")
    return text
