"""The file of a batch: kept under its content, read from there, gone after 30 days."""

import tempfile
from pathlib import Path

from crm.database import N_
from crm.errors import NotFound
from crm.files.services import folder, path_of
from imports import workbook
from imports.models import Batch
from imports.workbook import Workbook

#: Filled rows that the page shows of a sheet, and from which the header is found.
HEAD = 60

MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "csv": "text/csv",
    "html": "text/html",
    "xml": "application/vnd.ms-excel",
}


def path(batch: Batch) -> Path:
    """The batch's file. NotFound after it was purged."""
    found = path_of(folder(), batch.upload.file.sha256)
    if not found.is_file():
        raise NotFound(N_("文件已过保存期，已经删除。"))
    return found


def read_head(content: bytes) -> Workbook:
    """The first rows of every sheet of a content that is not kept yet. Raises UnreadableFile."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return workbook.read(Path(file.name), head=HEAD)


def head_of_file(batch: Batch) -> Workbook:
    """The first rows of every sheet of the batch's file. Raises NotFound after it was purged, UnreadableFile."""
    return workbook.read(path(batch), head=HEAD, encoding=batch.encoding)


def whole_file(batch: Batch) -> Workbook:
    """All rows of the batch's sheets. Raises as above."""
    return workbook.read(path(batch), sheets=[part.sheet for part in batch.parts], encoding=batch.encoding)
