"""What higher slices know of the rows that history only names. They register here; app.py wires them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select

from crm.accounts.models import User


@dataclass(frozen=True)
class Subject:
    """A row whose changes may be read by whoever may read the row: its title, the address of its page, and the rows of
    other tables that are part of it: {table: select of ids}."""

    title: str
    url: str
    parts: Mapping[str, Select[int]] = field(default_factory=dict)


#: {table: function}: the row's subject; raises NotFound for a row that the user may not read in full.
subjects: dict[str, Callable[[int, User], Subject]] = {}

#: Each gives the condition on HistoryRow under which a change stays hidden from a user of any role (受限 projects).
hidden: list[Callable[[User], ColumnElement[bool]]] = []
