"""Ten times the rows: how much longer an import and its undo take, in how much memory, and what known companies cost.

`python -m bench scale --file 100000.xlsx --scale 1000000.xlsx`: both files of `tools/make_companies.py ROWS OUT
--valid`, of which the longer one begins with the rows of the shorter. Each is imported into an empty database; then the
shorter one again onto the companies of each, which changes nothing, so that matching among a million shows; then it is
undone.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.imports import SEGMENT_COLUMN, application, applied, importer, undone_rows
from imports import workbook

#: The goal: ten times the rows take at most so many times as long.
MOST = 11
SAMPLE_EVERY = 0.05
AGAIN = "the shorter file again"


class Figure(NamedTuple):
    """Seconds of a step, and the most memory in MB that this process and the reader held."""

    seconds: float
    process: int
    reader: int


Figures = dict[str, Figure]


def run(arguments: argparse.Namespace) -> None:
    """Measure both files and print a table. Needs `--file` and `--scale`."""
    small, large = arguments.file, arguments.scale
    if small is None or large is None:
        print("no --file and --scale: made by tools/make_companies.py, the second ten times as long as the first")
        return
    few, many = measured(small, small), measured(large, small)
    print(
        f"| step | {small.name}, s | {large.name}, s | ratio | goal | MB: process, reader |\n|---|---|---|---|---|---|"
    )
    for step, (seconds, process, reader) in many.items():
        before = few[step].seconds
        goal = "" if step == AGAIN else MOST
        print(f"| {step} | {before:.1f} | {seconds:.1f} | {seconds / before:.1f} | {goal} | {process}, {reader} |")


def measured(file: Path, again: Path) -> Figures:
    """The figures by step, on an empty database."""
    found: Figures = {}
    with tempfile.TemporaryDirectory() as folder, application(Path(folder)):
        user = importer(segments_of(again))
        with watched(found, "import"):
            batch = applied(file, user, {})
        with watched(found, AGAIN):
            applied(again, user, {})
        with watched(found, "undo"):
            undone_rows(batch, user)
    return found


def segments_of(file: Path) -> set[str]:
    """The segments that a file names; read row by row, so that this process does not grow."""
    return {cells[SEGMENT_COLUMN] for _number, cells in workbook.read(file).sheet(None).rows}


@contextmanager
def watched(found: Figures, step: str) -> Iterator[None]:
    """Note the seconds of what happens within, and the most memory that was held."""
    peaks, ended = [0, 0], threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_EVERY):
            peaks[0] = max(peaks[0], resident(psutil.Process()))
            peaks[1] = max([peaks[1], *map(resident, readers())])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    started = time.perf_counter()
    yield
    found[step] = Figure(time.perf_counter() - started, *peaks)
    ended.set()
    watcher.join()


def readers() -> list[psutil.Process]:
    """The processes that read a file for this one."""
    return [child for child in psutil.Process(os.getpid()).children() if is_reader(child)]


def is_reader(process: psutil.Process) -> bool:
    try:
        return "-I" in process.cmdline()[:2]
    except psutil.Error:
        return False


def resident(process: psutil.Process) -> int:
    """Megabytes that a process holds; 0 for one that has ended."""
    try:
        return process.memory_info().rss // 1_000_000
    except psutil.Error:
        return 0
