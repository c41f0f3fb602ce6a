"""Whose documents they are. A slice that holds documents registers a holder; app.py wires."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select

from crm.accounts.models import User


@dataclass(frozen=True)
class Holder:
    """Rows that hold documents.

    `readable(user)` and `editable(user)` select the ids of documents that hang on a row which the user may read, or
    edit. `url(document_id)` is the address of the page of the row that holds it, None where none of these rows does.
    """

    readable: Callable[[User], Select[int]]
    editable: Callable[[User], Select[int]]
    url: Callable[[int], str | None]


holders: list[Holder] = []


def url_of(document_id: int) -> str | None:
    """The address of the page on which a document stands."""
    return next((found for holder in holders if (found := holder.url(document_id))), None)
