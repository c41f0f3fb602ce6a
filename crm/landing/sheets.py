"""Rows as a workbook. Every cell is typed text or a number, so what begins with = runs nowhere (promise 16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from flask import Response
from flask_babel import gettext as _

from crm.accounts.models import User
from crm.database import db
from crm.downloads import download
from crm.history import exports
from crm.landing.entries import Noun

#: What a sheet's name may not contain.
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


@dataclass(frozen=True)
class Table:
    """A sheet: its name, its header, its rows of texts and numbers."""

    name: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]


def of_noun(noun: Noun, rows: Iterable[Any]) -> Table:
    """A catalogue's rows in the layout that its import reads; headers are Chinese in every language."""
    head = [heading(entry.label, entry.unit) for entry in noun.entries]
    return Table(noun.label, head, [noun.texts(row) for row in rows])


def heading(label: str, unit: str) -> str:
    """A column's header with its unit."""
    return f"{label}({unit})" if unit else label


def workbook(tables: Sequence[Table]) -> bytes:
    """The tables as one xlsx, a sheet each."""
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#EAF1FB", "border": 1, "text_wrap": True, "valign": "top"})
        plain = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "num_format": "@"})
        figure = book.add_format({"valign": "top", "border": 1})
        for table in tables:
            sheet = book.add_worksheet(table.name.translate(FORBIDDEN)[:31])
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
            sheet.set_paper(9)  # A4
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            for column, head in enumerate(table.head):
                sheet.write_string(0, column, head, bold)
                sheet.set_column(column, column, 34 if column == 0 else 18)
            for row, cells in enumerate(table.rows, start=1):
                for column, cell in enumerate(cells):
                    if isinstance(cell, int | float | Decimal):
                        sheet.write_number(row, column, float(cell), figure)
                    else:
                        sheet.write_string(row, column, "" if cell is None else str(cell), plain)
    return buffer.getvalue()


def taken_out(tables: Sequence[Table], name: str, user: User, reason: str = "") -> Response:
    """The tables as a file to keep, noted as what the user takes out. Forbidden past the rows of her day."""
    exports.record(user, name, sum(len(table.rows) for table in tables), reason)
    content = workbook(tables)
    db.session.commit()
    return download(content, name)


def sheet_name(noun: Noun) -> str:
    """The file's name of a catalogue."""
    return f"{_(noun.label)}.xlsx"
