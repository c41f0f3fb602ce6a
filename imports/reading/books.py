"""Workbooks: xlsx, xlsm, xlsb, xls, et, ods through calamine."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import python_calamine as calamine

from imports.reading import MERGES_MAX, Layout, Refused, Row, cutting
from imports.reading.biff import layout_at
from imports.reading.layouts import layout_of, ods_merges, xlsx_merges

VISIBLE = calamine.SheetVisibleEnum.Visible


def read(path: Path, kind: str, options: dict) -> Iterator[Any]:
    """First [(name, hidden), …] of all sheets, then for each wanted one (name, layout, rows). Raises Refused."""
    with refusals():
        outline = cutting.outline(path) if kind == "xlsx" else None
        book = outline or calamine.CalamineWorkbook.from_path(path)
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        yield [(sheet.name, sheet.visible != VISIBLE) for sheet in sheets]
        names = [sheet.name for sheet in sheets]
        for name in wanted(names, options):
            part = cutting.part_to_cut(path, name) if outline else None
            if part:
                yield name, cut_layout(path, name, part), cut_rows(path, name, part, options)
                continue
            book = calamine.CalamineWorkbook.from_path(path) if book is outline else book
            sheet = book.get_sheet_by_name(name)
            layout = layout_at(path, names.index(name)) if kind == "xls" else layout_of(path, kind, name)
            layout.merges = ods_merges(path, name) if kind == "ods" else merges(sheet)
            yield name, layout, rows(sheet, options)


@contextmanager
def refusals() -> Iterator[None]:
    """Calamine's errors as refusals."""
    try:
        yield
    except calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise Refused("broken") from error


def wanted(names: list[str], options: dict) -> list[str]:
    """The sheets that are asked for, all of them by default."""
    asked = options.get("sheets")
    if asked is None:
        return names
    for name in asked:
        if name not in names:
            raise Refused("no_such_sheet", sheet=name, names="、".join(names))
    return list(asked)


def merges(sheet: calamine.CalamineSheet) -> list[tuple[int, int, int, int]]:
    """The merged cells; of a sheet with too many, none."""
    found = sheet.merged_cell_ranges or []
    if len(found) > MERGES_MAX:
        return []
    return [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in found]


def cut_layout(path: Path, name: str, part: str) -> Layout:
    """How a sheet that is cut is laid out."""
    layout = layout_of(path, "xlsx", name)
    layout.merges = xlsx_merges(path, part)
    return layout


def cut_rows(path: Path, name: str, part: str, options: dict) -> Iterator[Row]:
    """The rows of a sheet that is cut, piece by piece. Raises Refused."""
    with refusals():
        for sheet in cutting.pieces(path, part, name):
            refuse_too_large(sheet, options)
            if sheet.start is not None:
                first, before = sheet.start[0] + 1, [""] * sheet.start[1]
                for number, cells in enumerate(sheet.to_python(), first):
                    yield number, before + [cell_text(cell) for cell in cells]


def refuse_too_large(sheet: calamine.CalamineSheet, options: dict) -> None:
    """Raise Refused before the cells of a sheet that is too large are made."""
    if sheet.start is None:
        return
    columns, count = sheet.total_width + 1, sheet.total_height + 1
    if columns > options["columns_max"]:
        raise Refused("columns", sheet=sheet.name, count=columns, limit=options["columns_max"])
    if count > options["rows_max"]:
        raise Refused("rows", sheet=sheet.name, count=count, limit=options["rows_max"])


def rows(sheet: calamine.CalamineSheet, options: dict) -> Iterator[Row]:
    """The sheet's rows from the first one on, empty ones too. Raises Refused before reading one that is too large."""
    refuse_too_large(sheet, options)
    if sheet.start is None:
        return
    # Rows come from the first one on, but cells only from the first filled column on.
    before = [""] * sheet.start[1]
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, before + [cell_text(cell) for cell in cells]


def cell_text(cell: object) -> str:
    """A cell as the text that a person would type for it: numbers without a superfluous ``.0``, dates as ISO."""
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
