"""Rows of data on the disk, each with what was understood of it, to be looked at again in any order."""

import os
import pickle
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from imports.rows import EMPTY, Cell, Checked

#: A row as it was put down: of each field the text, or (text, value) where that differs; the cells; the name key.
Put = tuple[Mapping[str, Any], list[str], str]


@dataclass(frozen=True, slots=True)
class Recalled:
    """Some rows of a batch by their places."""

    rows: Mapping[int, Put]

    def row(self, place: int) -> dict[str, Any]:
        """The values of a row, by field; of empty cells none."""
        return {key: put if isinstance(put, str) else put[1] for key, put in self.rows[place][0].items()}

    def value(self, place: int, key: str) -> Any:
        """The value of a cell; None for an empty one."""
        put = self.rows[place][0].get(key)
        return put if put is None or isinstance(put, str) else put[1]

    def text(self, place: int, key: str) -> str:
        """What stood in a cell."""
        put = self.rows[place][0].get(key, "")
        return put if isinstance(put, str) else put[0]

    def cells(self, place: int) -> list[str]:
        """A row as it stands."""
        return self.rows[place][1]

    def name_key(self, place: int) -> str:
        """How the row's name is compared; '' without one."""
        return self.rows[place][2]


class Memory:
    """Where rows are put down and recalled from; gone with the run."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 -- it lives as long as its rows
        weakref.finalize(self, self.file.close)
        self.starts, self.end = array("q"), 0

    def put(self, chunk: Checked, keys: Mapping[int, str]) -> None:
        """Put down the rows of a chunk that have a name key, '' too; others are not recalled. Places follow on."""
        for place in range(chunk.first, chunk.first + len(chunk)):
            self.starts.append(self.end)
            if place in keys:
                self.end += self.file.write(pickle.dumps(packed(chunk, place, keys[place]), pickle.HIGHEST_PROTOCOL))

    def recall(self, places: Iterable[int]) -> Recalled:
        """The rows at these places."""
        self.file.flush()
        return Recalled({place: pickle.loads(self.read(place)) for place in places})  # noqa: S301 -- our own file

    def read(self, place: int) -> bytes:
        """What was put down of a row."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else self.end
        return os.pread(self.file.fileno(), end - self.starts[place], self.starts[place])


def packed(chunk: Checked, place: int, key: str) -> Put:
    """A row as it is put down: of most cells the value is the text."""
    at = place - chunk.first
    cells = {name: cells[at] for name, cells in chunk.columns.items() if cells[at] is not EMPTY}
    texts = {name: cell.text if is_text(cell) else (cell.text, cell.value) for name, cell in cells.items()}
    return texts, chunk.raw[at] if chunk.raw else [], key


def is_text(cell: Cell) -> bool:
    """Whether a cell's value is its text, and no more than that."""
    return type(cell.value) is str and cell.value == cell.text
