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
            put(cell, change["before"], change["after"])
    if wanted["additions"]:
        Added(book, **wanted["additions"]).write()
    book.save(target)


def put(cell: Cell, before: str, after: str) -> None:
    """A number where the cell held one, else text that is never a formula; marked, with what stood there before."""
    if isinstance(cell.value, int | float):
        cell.value = float(after) if is_number(after) else after
    else:
        cell.value = after
    if isinstance(cell.value, str):
        cell.data_type = "s"
    cell.fill = MARK
    cell.comment = Comment(f"上次：{before or '空'}", "招商 CRM")


def is_number(text: str) -> bool:
    """Whether a text is a plain number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
