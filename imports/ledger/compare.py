"""This week's ledger beside the last: which projects are new, changed, missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crm.accounts.models import User
from crm.companies.naming import name_key
from crm.database import db
from imports import feeds, queries, rows, understanding
from imports.models import Batch, BatchStatus

Key = tuple[str, str]


@dataclass(frozen=True)
class CellChange:
    """A cell that says something else than last week."""

    header: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """A project's line in one of the files: its names as written, and the texts of its columns by header."""

    project: str
    company: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Comparison:
    """What differs between two ledgers; `last` is the batch that was compared with, None for the first one."""

    last: Batch | None
    new: list[Entry] = field(default_factory=list)
    missing: list[Entry] = field(default_factory=list)
    changed: list[tuple[Entry, list[CellChange]]] = field(default_factory=list)
    same: int = 0


def compared(batch: Batch, user: User) -> Comparison:
    """The batch beside the last applied ledger of the same office that `user` may see and whose file is still there."""
    last = last_before(batch, user)
    if last is None:
        return Comparison(None)
    now, then = entries(batch), entries(last)
    changed = [(now[key], differences(then[key], now[key])) for key in now if key in then]
    return Comparison(
        last,
        new=[now[key] for key in now if key not in then],
        missing=[then[key] for key in then if key not in now],
        changed=[(entry, cells) for entry, cells in changed if cells],
        same=sum(not cells for _entry, cells in changed),
    )


def last_before(batch: Batch, user: User) -> Batch | None:
    """The latest applied batch of projects of the same office before this one, whose file was not purged."""
    query = queries.visible_to(user).where(
        Batch.feed == batch.feed,
        Batch.office_id == batch.office_id,
        Batch.id < batch.id,
        Batch.status == BatchStatus.APPLIED,
    )
    found = db.session.scalars(query.order_by(None).order_by(Batch.id.desc()).limit(1)).unique().first()
    return found if found is not None and found.upload.file.purged_at is None else None


def entries(batch: Batch) -> dict[Key, Entry]:
    """The projects of a batch's file by company and project; of two equal lines the first. Raises UnreadableFile."""
    parts = list(understanding.parts_to_read(batch))
    checked = rows.check_all(parts, feeds.get(batch.feed).fields)
    found: dict[Key, Entry] = {}
    for place in range(len(checked)):
        _sheet, head = parts[checked.sheets[place]]
        texts = {
            column.header: checked.columns[column.key][place].text.strip() for column in head.columns if column.key
        }
        names = {key: checked.columns[key][place].text if key in checked.columns else "" for key in ("project", "name")}
        key = name_key(names["name"]), name_key(names["project"])
        found.setdefault(key, Entry(names["project"], names["name"], texts))
    return found


def differences(then: Entry, now: Entry) -> list[CellChange]:
    """The columns that both ledgers have and whose texts differ."""
    both = [header for header in now.cells if header in then.cells]
    return [CellChange(h, then.cells[h], now.cells[h]) for h in both if then.cells[h] != now.cells[h]]
