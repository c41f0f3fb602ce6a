"""The statements that a block sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

#: What a page may ask; more is a loop over rows, or a card that could be read with another.
MOST_STATEMENTS = 25


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the SELECTs of a block, to show that a page does not ask once per row."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().lower().startswith(("select", "with")):
            sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
