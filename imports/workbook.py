"""Step 1: bytes → sheets of cells. The file is opened by ``reader`` in a limited subprocess, never here.

The kind is told from the content, not from the name. Whatever a hostile file does to the reader (abort, loop, eat
memory), the caller gets ``UnreadableFile`` with a sentence that says what is wrong.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask_babel import gettext as _

from imports import reader
from imports.problems import UnreadableFile
from imports.reading import Layout, Row
from imports.spool import Answer, Block, chosen, joined

#: An isolated interpreter looks nowhere for our modules, so it is told where they are.
START = "import sys; sys.path.insert(0, sys.argv[1]); from imports import reader; reader.start(*sys.argv[2:])"
ROOT = Path(reader.__file__).parent.parent
ROWS_MAX, COLUMNS_MAX, UNPACKED_MAX = 1_048_576, 512, 1_000_000_000
LIMITS = {"rows_max": ROWS_MAX, "columns_max": COLUMNS_MAX, "unpacked_max": UNPACKED_MAX}
SECONDS_MAX = 120
HEAD_SECONDS = 30


@dataclass
class Sheet:
    """One sheet: its rows that hold something, each with the number that the user sees beside it."""

    name: str
    hidden: bool = False
    rows: Sequence[Row] = field(default_factory=list)
    layout: Layout = field(default_factory=Layout)

    @property
    def title(self) -> str:
        """What the page calls the sheet; a text file has a single one without a name."""
        return self.name or _("全部内容")

    @property
    def hidden_numbers(self) -> set[int]:
        """The filled rows that are hidden, mostly by a filter."""
        ranges = self.layout.hidden_rows
        if not ranges:
            return set()
        covered = {number for first, last in ranges for number in range(first, min(last, ROWS_MAX) + 1)}
        return {number for number, _cells in self.rows if number in covered}

    def without_hidden_rows(self) -> "Sheet":
        """The sheet as its author shows it."""
        hidden = self.hidden_numbers
        return replace(self, rows=chosen(self.rows, lambda number: number not in hidden)) if hidden else self


@dataclass
class Workbook:
    """What was read.

    `kind` is told by the content (xlsx, xls, ods, csv, html); `encoding` is that of a text, `others` are encodings
    that are as likely.
    """

    kind: str
    encoding: str
    others: list[str]
    sheets: list[Sheet]

    def sheet(self, name: str | None) -> Sheet:
        """The named sheet, or the first that is visible and holds something.

        Raises UnreadableFile when there is none.
        """
        if name is None:
            ranked = sorted(self.sheets, key=lambda sheet: (not sheet.rows, sheet.hidden))
            if not ranked or not ranked[0].rows:
                raise UnreadableFile("blank")
            return ranked[0]
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        names = "、".join(sheet.title for sheet in self.sheets)
        raise UnreadableFile("no_such_sheet", sheet=name, names=names)


def read(
    path: Path, *, sheets: Sequence[str] | None = None, head: int | None = None, encoding: str | None = None
) -> Workbook:
    """Read a file: all sheets or the named ones; only the first ``head`` filled rows of each when given.

    Raises UnreadableFile, within ``SECONDS_MAX`` whatever the file does.
    """
    wanted = None if sheets is None else list(sheets)
    options = LIMITS | {"sheets": wanted, "head": head, "encoding": encoding or None}
    answer = Answer()
    code = run_reader(path, options, answer.file.fileno(), HEAD_SECONDS if head else SECONDS_MAX)
    return collect(answer.lines(), code)


def read_own(path: Path) -> Workbook:
    """Read a CSV file that is part of the program: within this process, which saves a process for each of them."""
    if reader.kind_of(path) != "csv":
        raise UnreadableFile("not_a_sheet")
    return collect(reader.answer(path, LIMITS), 0)


def run_reader(path: Path, options: dict, output: int, seconds: int) -> int:
    """Run the subprocess with nothing of our environment; its exit code."""
    # glibc's arenas would reserve 64 MB of address space a thread and count against the limit.
    environment = {"MALLOC_ARENA_MAX": "1"} | {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    command = [sys.executable, "-I", "-c", START, str(ROOT), str(path), json.dumps(options)]
    try:
        process = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL, env=environment,
            timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile("time") from error
    return process.returncode


def collect(lines: Iterator, exit_code: int) -> Workbook:
    """Put the reader's lines together; an answer without an end means that the reader died on the file."""
    workbook, current, ended = Workbook("", "", [], []), Sheet(""), False
    for line in lines:
        ended = line == {"end": True}
        if isinstance(line, list | Block):
            current.rows = joined(current.rows, line)
        elif "error" in line:
            raise UnreadableFile(line.pop("error"), **line)
        elif "sheets" in line:
            sheets = [Sheet(**sheet) for sheet in line["sheets"]]
            workbook = Workbook(line["kind"], line["encoding"], line["others"], sheets)
        elif "sheet" in line:
            current = workbook.sheet(line["sheet"])
            current.layout = Layout(**line["layout"])
    if not ended:
        raise UnreadableFile(death(exit_code))
    return workbook


def death(exit_code: int) -> str:
    """Why a reader that gave no end died: SIGXCPU is 24, SIGABRT 6 (calamine on a failed allocation), SIGKILL 9."""
    return {-24: "time", -6: "memory", -9: "memory"}.get(exit_code, "broken")
