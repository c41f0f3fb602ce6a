"""Rows of documents."""

from io import BytesIO
from typing import Any

from tests.matrix import Route


def pdf(_world: Any, _row: Any) -> dict[str, Any]:
    """A file that is a document."""
    return {"file": (BytesIO(b"%PDF-1.7\n%%EOF"), "示例.pdf"), "title": "示例函件"}


def first_version(_world: Any, row: Any) -> dict[str, Any]:
    """The address of a document's first version."""
    return {"document_id": row.id, "ordinal": 1}


ROUTES = [
    Route("files.show", act="document.read", row="document"),
    # The world's documents have no bytes on disk: whoever may read one is told that the version is not there.
    Route("files.download", act="document.read", row="document", args=first_version, ok=404),
    Route("files.add_version", "POST", act="document.edit", row="document", form=pdf),
    Route("files.remove", "POST", act="document.edit", row="document"),
    Route("files.restore", "POST", act="document.edit", row="document"),
]
