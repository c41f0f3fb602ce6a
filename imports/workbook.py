"""Step 1: bytes → sheets of cells. The file is opened by ``reader.py`` in a limited subprocess, never here.

The kind is told from the content, not from the name. Whatever a hostile file does to the reader (abort, loop, eat
memory), the caller gets ``UnreadableFile`` with a sentence that says what is wrong.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

READER = Path(__file__).with_name("reader.py")
ROWS_MAX, COLUMNS_MAX, UNPACKED_MAX = 1_048_576, 512, 1_000_000_000
SECONDS_MAX = 120
HEAD_SECONDS = 30

MESSAGES = {
    "empty": _l("文件是空的，请检查后重新上传。"),
    "truncated": _l("文件不完整（可能没有下载或复制完），请重新导出后上传。"),
    "entries": _l("压缩包内有 %(count)s 个部件，超过上限 %(limit)s 个，不像正常的表格，没有读取。"),
    "unpacked": _l("文件解压后有 %(megabytes)s MB，超过上限 %(limit)s MB，没有读取。"),
    "encrypted": _l("文件设有打开密码，请在 Excel 或 WPS 中取消密码后重新上传。"),
    "not_a_sheet": _l("这不是表格文件。请上传 xlsx、xls、ods 或 csv。"),
    "broken": _l("文件已损坏或不是标准的表格，无法打开。请用 Excel 或 WPS 另存为 xlsx 后重新上传。"),
    "memory": _l("读取时超出了内存上限：表格里可能有离数据很远的单元格。请只保留数据区域，另存后重新上传。"),
    "time": _l("读取时间过长，已停止。请把表格拆小或另存为 xlsx 后重新上传。"),
    "no_such_sheet": _l("没有名为“%(sheet)s”的工作表，文件里有：%(names)s。"),
    "columns": _l("表格有 %(count)s 列，超过上限 %(limit)s 列。请删去多余的列后重新上传。"),
    "rows": _l("表格超过 %(limit)s 行，请拆成几个文件上传。"),
    "cell": _l("第 %(row)s 行附近有一格超过 %(limit)s 个字，请检查是否少了引号或分隔符。"),
    "quote": _l("第 %(row)s 行附近的引号没有成对，请修正后重新上传。"),
    "binary": _l("文本文件里夹有二进制内容（空字符），没有读取。"),
    "encoding": _l("无法辨认文字编码。请另存为 UTF-8 编码的 csv 或 xlsx 后重新上传。"),
    "blank": _l("表格里没有内容。"),
}


class UnreadableFile(Exception):
    """The file cannot be read; ``str()`` of it is the reason in the user's language (needs an app context)."""

    def __init__(self, code: str, **details: object) -> None:
        super().__init__(code)
        self.code, self.details = code, details

    def __str__(self) -> str:
        return str(MESSAGES[self.code]) % self.details


@dataclass
class Sheet:
    """One sheet: its rows that hold something, each with the number that the user sees beside it."""

    name: str
    hidden: bool = False
    rows: list[tuple[int, list[str]]] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the page calls the sheet; a text file has a single one without a name."""
        return self.name or _("全部内容")


@dataclass
class Workbook:
    """What was read: the kind by content (xlsx, xls, ods, csv, html), the text encoding if any, the sheets."""

    kind: str
    encoding: str | None
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


def read(path: Path, *, sheet: str | None = None, head: int | None = None, encoding: str | None = None) -> Workbook:
    """Read a file: all sheets or the named one; only the first ``head`` filled rows of each when given.

    Raises UnreadableFile, within ``SECONDS_MAX`` whatever the file does.
    """
    options = {"sheet": sheet, "head": head, "encoding": encoding, "rows_max": ROWS_MAX,
               "columns_max": COLUMNS_MAX, "unpacked_max": UNPACKED_MAX}  # fmt: skip
    with tempfile.TemporaryFile() as output:
        code = run_reader(path, options, output.fileno(), HEAD_SECONDS if head else SECONDS_MAX)
        output.seek(0)
        return collect((json.loads(line) for line in output if line.endswith(b"\n")), code)


def run_reader(path: Path, options: dict, output: int, seconds: int) -> int:
    """Run the subprocess with nothing of our environment; its exit code."""
    # glibc's arenas would reserve 64 MB of address space a thread and count against the limit.
    environment = {"MALLOC_ARENA_MAX": "1"} | {key: os.environ[key] for key in ("SYSTEMROOT",) if key in os.environ}
    command = [sys.executable, "-I", str(READER), str(path), json.dumps(options)]
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
    workbook, current, ended = Workbook("", None, []), Sheet(""), False
    for line in lines:
        if isinstance(line, list):
            current.rows.extend((number, cells) for number, cells in line)
        elif "error" in line:
            raise UnreadableFile(line.pop("error"), **line)
        elif "sheets" in line:
            workbook = Workbook(line["kind"], line["encoding"], [Sheet(**sheet) for sheet in line["sheets"]])
        elif "sheet" in line:
            current = workbook.sheet(line["sheet"])
        ended = "end" in line
    if not ended:
        raise UnreadableFile(death(exit_code))
    return workbook


def death(exit_code: int) -> str:
    """Why a reader that gave no end died: SIGXCPU is 24, SIGABRT 6 (calamine on a failed allocation), SIGKILL 9."""
    return {-24: "time", -6: "memory", -9: "memory"}.get(exit_code, "broken")
