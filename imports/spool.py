"""Rows of a sheet that may be longer than memory: they stay in the reader's answer on the disk until asked for.

A sheet of the program's own, and one that a test writes, is a plain list: all of these are sequences of rows.
"""

import json
import os
import tempfile
import weakref
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, overload

from imports.reading import Row


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a sheet, where they stand in an answer."""

    answer: "Answer"
    start: int
    length: int
    count: int

    def rows(self) -> list[Row]:
        """The rows, read from the disk."""
        text = os.pread(self.answer.file.fileno(), self.length, self.start)
        return [(number, cells) for number, cells in json.loads(text)]


class Answer:
    """What the reader wrote: a file without a name, gone with the last sheet that reads from it."""

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 -- it lives as long as its rows
        weakref.finalize(self, self.file.close)

    def lines(self) -> Iterator[Any]:
        """Each line as it is meant; rows as blocks that are still to be read. A line without an end is left out."""
        self.file.seek(0)
        start, count = 0, 0
        for line in self.file:
            if line.startswith(b"[") and line.endswith(b"\n"):
                yield Block(self, start, len(line), count)
            elif line.endswith(b"\n"):
                said = json.loads(line)
                count = said.get("rows", count)
                yield said
            start += len(line)


class Rows(Sequence[Row]):
    """Rows by their place."""

    def at(self, place: int) -> Row:
        """The row at a place from 0."""
        raise NotImplementedError

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        places = range(len(self))[place]
        return self.at(places) if isinstance(places, int) else [self.at(each) for each in places]


class SpooledRows(Rows):
    """The rows of blocks, one of which is in memory at a time."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.ends: list[int] = []
        self._held: tuple[int, list[Row]] = (-1, [])

    def add(self, block: Block) -> None:
        """Put a block behind the others."""
        self.blocks.append(block)
        self.ends.append(len(self) + block.count)

    def __len__(self) -> int:
        return self.ends[-1] if self.ends else 0

    def __iter__(self) -> Iterator[Row]:
        for block in self.blocks:
            yield from block.rows()

    def at(self, place: int) -> Row:
        """The row at a place; its block is kept for its neighbours."""
        of_block = bisect_right(self.ends, place)
        if self._held[0] != of_block:
            self._held = (of_block, self.blocks[of_block].rows())
        return self._held[1][place - self.ends[of_block]]  # counted from the block's end


class ChosenRows(Rows):
    """Some of a sheet's rows, by their places in ascending order."""

    def __init__(self, rows: Sequence[Row], places: Sequence[int]) -> None:
        self.rows, self.places = rows, places

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Row]:
        wanted = bytearray(len(self.rows))
        for place in self.places:
            wanted[place] = 1
        return compress(self.rows, wanted)

    def at(self, place: int) -> Row:
        """The row at a place among the chosen ones."""
        return self.rows[self.places[place]]


class OverlaidRows(Rows):
    """A sheet's rows, some of them with other cells, by their numbers."""

    def __init__(self, rows: Sequence[Row], changes: Mapping[int, Callable[[list[str]], list[str]]]) -> None:
        self.rows, self.changes = rows, changes

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return map(self.changed, self.rows)

    def changed(self, row: Row) -> Row:
        """A row as it is now."""
        change = self.changes.get(row[0])
        return (row[0], change(row[1])) if change else row

    def at(self, place: int) -> Row:
        """The row at a place as it is now."""
        return self.changed(self.rows[place])


def joined(rows: Sequence[Row], more: list[Row] | Block) -> Sequence[Row]:
    """A sheet's rows with what comes behind them."""
    if isinstance(more, list):
        return [*rows, *((number, cells) for number, cells in more)]
    spooled = rows if isinstance(rows, SpooledRows) else SpooledRows()
    spooled.add(more)
    return spooled


def chosen(rows: Sequence[Row], wanted: Callable[[int], bool]) -> Sequence[Row]:
    """The rows whose numbers are wanted."""
    return ChosenRows(rows, array("L", [place for place, (number, _cells) in enumerate(rows) if wanted(number)]))
