"""Files that a page hands out, under names that every browser and every old download manager can keep."""

import re
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from flask import Response, send_file
from pypinyin import lazy_pinyin

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

#: So many characters of a spelt name are enough to know a file by.
LONGEST = 80


def download(content: bytes | Path, name: str, media_type: str = XLSX, **options: Any) -> Response:
    """A file to keep; its name may be Chinese. `options` are those of flask.send_file."""
    source = BytesIO(content) if isinstance(content, bytes) else content
    response = send_file(source, mimetype=media_type, as_attachment=True, download_name=name, **options)
    if not name.isascii():
        response.headers["Content-Disposition"] = disposition(name)
    return response


def disposition(name: str) -> str:
    """RFC 6266: the name as it is, and spelt in pinyin for what knows only ASCII (werkzeug would leave `-.docx`)."""
    return f"attachment; filename={spelt(name)}; filename*=UTF-8''{quote(name, safe='')}"


def spelt(name: str) -> str:
    """A file's name in pinyin, its characters such as need no quotes: 出访报告.docx → chufangbaogao.docx."""
    path = PurePath(name)
    stem, suffix = (re.sub("[^A-Za-z0-9.]+", "-", "".join(lazy_pinyin(part))) for part in (path.stem, path.suffix))
    return (stem.strip("-.")[:LONGEST] or "file") + suffix
