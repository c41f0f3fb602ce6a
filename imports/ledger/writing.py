"""What runs in the writer's subprocess: openpyxl on the user's own file, within limits."""

import json
import resource
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment

from imports.ledger.adding import MARK, Added

SECONDS, MEMORY = 50, 1_500_000_000


def start(source: str, wanted: str, target: str) -> None:
    """Begin, with the arguments of the command line."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    write(Path(source), json.loads(Path(wanted).read_text("utf-8")), Path(target))


def write(source: Path, wanted: dict, target: Path) -> None:
    """Save a copy of the workbook with the changes of current.py and the additions of additions.py, if any."""
    with source.open("rb") as file:  # the stored file has no name that tells its kind
        book = openpyxl.load_workbook(file)
    for change in wanted["changes"]:
        cell = book[change["sheet"]].cell(change["row"], change["column"])
        if not isinstance(cell, MergedCell):
            if change["is_noted"]:
                held = "空" if cell.value in (None, "") else cell.value
                cell.comment = Comment(f"上次：{held}", "招商 CRM")
            put(cell, change["after"], wants_number=change["is_number"])
    if wanted["additions"]:
        Added(book, **wanted["additions"]).write()
    book.save(target)


def put(cell: Cell, text: str, *, wants_number: bool) -> None:
    """A number where one is wanted or the cell held one, else a text that is never a formula; marked."""
    if (wants_number or isinstance(cell.value, int | float)) and is_number(text):
        cell.value = float(text)
    else:
        cell.value, cell.data_type = text, "s"
    cell.fill = MARK


def is_number(text: str) -> bool:
    """Whether a text is a plain number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
