"""A worker to be killed: `python -m tests.imports.doomed URL DATA FILE`.

Everything is loaded once and the sheet read and checked once, which writes nothing; for each line on standard input a
copy of the process works off the queue. Its pid goes out at once, the seconds that it has worked when it has ended.
"""

import gc
import os
import sys
from pathlib import Path

from app import create_app
from crm import tokens
from crm.companies import places
from crm.jobs import LONG_QUEUE, run_worker
from imports import columns, rows, uploads, workbook
from imports.feeds.companies import CompanyFeed
from tests.conftest import settings_for


def main(url: str, data: str, file: str) -> None:
    """Fork a worker for each line that comes in."""
    app = create_app(settings_for(url, Path(data)))
    book = workbook.read(Path(file), sheets=[""])
    sheet, fields = book.sheet(""), CompanyFeed.fields
    checked = rows.check(sheet, columns.find_head(sheet, fields), fields)
    # Once, not in each copy: so the kills come while something is written.
    uploads.whole_file = lambda _batch: book
    rows.CHUNK = 4_000  # kills fall between chunks too
    rows.chunks = lambda _parts, _fields: iter([checked])
    tokens.index_text("示例")
    with app.app_context():
        places.code_of("深圳")
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            gc.freeze()  # so that the copy shares what is loaded
            run_worker(app, url, wait=False, queues=[LONG_QUEUE])
            os._exit(0)
        say(child)
        usage = os.wait4(child, 0)[2]
        say(usage.ru_utime + usage.ru_stime)


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
