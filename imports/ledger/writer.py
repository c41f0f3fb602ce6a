"""Put values into a copy of a workbook and mark them: in a subprocess of its own with limits, like the reader.

openpyxl keeps sheets, titles, columns, widths, colours, notes. A file that has passed the reader can still make it eat
memory, so it never runs in the web or worker process.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crm.database import N_
from crm.errors import RuleError
from imports.ledger.current import Today

SECONDS = 60
CANNOT = N_("这个文件不能按原样写回。请另存为 xlsx 再导入一次。")
START = "import sys; sys.path.insert(0, sys.argv[1]); from imports.ledger import writing; writing.start(*sys.argv[2:])"
ROOT = Path(__file__).parent.parent.parent


def brought_up(source: Path, today: Today) -> bytes:
    """The workbook (xlsx) with today's changes in it, each cell coloured and its former text in a note, and a sheet of
    the new projects behind.

    Raises RuleError where the file cannot be written again.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted, target = Path(folder) / "today.json", Path(folder) / "ledger.xlsx"
        wanted.write_text(json.dumps(as_json(today), ensure_ascii=False), "utf-8")
        command = [sys.executable, "-I", "-c", START, str(ROOT), str(source), str(wanted), str(target)]
        try:
            process = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise RuleError(CANNOT) from None
        if process.returncode or not target.is_file():
            raise RuleError(CANNOT)
        return target.read_bytes()


def as_json(today: Today) -> dict[str, Any]:
    """What the subprocess is told."""
    additions = asdict(today.additions) if today.additions else None
    return {"changes": [asdict(change) for change in today.cells], "additions": additions}
