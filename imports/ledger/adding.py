"""In the writer's subprocess: a sheet of their own for new projects, in the look of a ledger's sheet.

Rows are not inserted into the ledger: openpyxl moves neither formulas nor merged cells, and a sum would miss them.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

MARK = PatternFill("solid", fgColor="FFF2CC")
#: The header stands below the title.
HEADER = 2
FURTHER_WIDTH = 14
A4 = 9


@dataclass
class Added:
    """The fields of additions.Additions, on their way into a book."""

    book: Workbook
    name: str
    title: str
    sheet: str
    first: int
    last: int
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]

    def write(self) -> None:
        """The sheet behind the others: title, the ledger's header, a marked row for each project."""
        self.like = self.book[self.sheet]
        self.page: Worksheet = self.book.create_sheet(self.name)  # a name that is taken gets a number
        self.width = len(self.rows[0])
        title = self.page.cell(1, 1, self.title)
        title.font, title.alignment = Font(bold=True), Alignment(vertical="center", wrap_text=True)
        self.page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=self.width)
        self.copy_header()
        self.write_rows()
        self.page.page_setup.orientation, self.page.page_setup.paperSize = "landscape", A4
        self.page.page_setup.fitToHeight = 0  # as many pages as it takes, each as wide as the sheet
        self.page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self.page.freeze_panes = self.page.cell(self.shifted(self.last) + 1, 1)

    def shifted(self, row: int) -> int:
        """Where a row of the ledger's header stands here."""
        return row - self.first + HEADER

    def copy_header(self) -> None:
        """The header's cells with their looks, heights, widths and merged cells; further headers behind them."""
        own = self.width - len(self.columns)
        for row in range(self.first, self.last + 1):
            for index in range(1, own + 1):
                like = self.like.cell(row, index)
                dress(self.page.cell(self.shifted(row), index, like.value), like)
            self.page.row_dimensions[self.shifted(row)].height = self.like.row_dimensions[row].height
        bottom = self.shifted(self.last)
        for index, text in enumerate(self.columns, own + 1):
            dress(self.page.cell(HEADER, index, text), self.like.cell(self.first, 1))
            if bottom > HEADER:
                self.page.merge_cells(start_row=HEADER, start_column=index, end_row=bottom, end_column=index)
        self.copy_merges()
        self.copy_widths()

    def copy_merges(self) -> None:
        """The merged cells that lie within the header."""
        for area in self.like.merged_cells.ranges:
            if self.first <= area.min_row and area.max_row <= self.last:
                twin = copy(area)
                twin.shift(row_shift=HEADER - self.first)
                self.page.merge_cells(twin.coord)

    def copy_widths(self) -> None:
        """The widths of the ledger's columns; one setting may go over several."""
        for dimension in self.like.column_dimensions.values():
            for index in range(dimension.min or 1, min(dimension.max or 0, self.width) + 1):
                self.page.column_dimensions[get_column_letter(index)].width = dimension.width
        for index in range(self.width - len(self.columns) + 1, self.width + 1):
            self.page.column_dimensions[get_column_letter(index)].width = FURTHER_WIDTH

    def write_rows(self) -> None:
        """A row for each project, in the look of the ledger's first row."""
        own = self.width - len(self.columns)
        for number, values in enumerate(self.rows, self.shifted(self.last) + 1):
            for index, value in enumerate(values, 1):
                cell = self.page.cell(number, index, value)
                dress(cell, self.like.cell(self.last + 1, min(index, own)))
                cell.fill = MARK
                if isinstance(value, str):
                    cell.data_type = "s"  # never a formula


def dress(cell: Cell | MergedCell, like: Cell | MergedCell) -> None:
    """Give a cell the look of another one of the same book."""
    for trait in ("font", "border", "fill", "alignment", "number_format"):
        setattr(cell, trait, copy(getattr(like, trait)))
