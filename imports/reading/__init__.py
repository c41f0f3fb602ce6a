"""What the limited subprocess reads with: the kinds of file, one module each. Standard library, calamine
and olefile only.

A sheet's rows are ``(row number, [text of each cell])``, numbered as the user sees them, from 1. Its ``Layout`` says
which cells are merged and which rows and columns its author hid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

Row = tuple[int, list[str]]

CELL_MAX = 32_767  # what Excel and WPS hold in one cell
#: A sheet with more merged cells than this is read without regard to them.
MERGES_MAX = 20_000


class Refused(Exception):
    """The file is not read; ``code`` names the sentence that the user sees."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details


@dataclass
class Layout:
    """How a sheet is laid out.

    ``merges`` are (first row, first column, last row, last column), ``hidden_rows`` (first, last), ``hidden_columns``
    places; rows count from 1, columns from 0.
    """

    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[tuple[int, int]] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)

    def as_line(self) -> dict[str, object]:
        """What the subprocess tells of it."""
        return asdict(self)


class TextSheet(NamedTuple):
    """A sheet of a text: its name, whether its author hid it, its layout, its rows."""

    name: str
    hidden: bool
    layout: Layout
    rows: Iterable[Row]


def limited(rows: Iterator[Row], name: str, options: dict) -> Iterator[Row]:
    """The rows, as long as they keep to the limits on rows, columns and the length of a cell. Raises Refused."""
    for number, cells in rows:
        if number > options["rows_max"]:
            raise Refused("rows", sheet=name, count=number, limit=options["rows_max"])
        if len(cells) > options["columns_max"]:
            raise Refused("columns", sheet=name, count=len(cells), limit=options["columns_max"])
        if any(len(cell) > CELL_MAX for cell in cells):
            raise Refused("cell", row=number, limit=CELL_MAX)
        yield number, cells
