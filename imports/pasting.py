"""A pasted list as an upload: cells become a csv, a bare list of names gets its head."""

import csv
import io

from crm.accounts.models import User
from crm.database import N_
from crm.rules import clean
from imports import services
from imports.models import Batch
from imports.problems import UnreadableFile

FILE_NAME = "粘贴的名单.csv"
HEAD = "企业名称"


def take(text: str, by: User) -> Batch:
    """Keep a pasted list as a new batch. Raises UnreadableFile for an empty one."""
    rows = [line.split("\t") for line in clean(text).splitlines() if line.strip()]
    if not rows:
        raise UnreadableFile(N_("没有粘贴任何内容。"))
    if all(len(row) == 1 for row in rows) and rows[0] != [HEAD]:
        rows.insert(0, [HEAD])
    content = io.StringIO()
    csv.writer(content).writerows(rows)
    return services.take(content.getvalue().encode("utf-8-sig"), FILE_NAME, by)
