"""Kinds of row that a sheet can hold, one module each. Later parts register more.

A feed has fields, plans (decides each row's fate without writing) and writes what it planned, all in the caller's
transaction. ``RowFeed`` is for sheets of hundreds of rows: it takes one row after the other; its plan is the same act
within a savepoint that is taken back.
"""

from typing import Any, ClassVar

from crm.database import db
from crm.errors import CrmError, RuleError
from imports.columns import Field
from imports.models import Fate
from imports.rows import Checked
from imports.work import Work


class FieldError(RuleError):
    """A row cannot be taken because of one of its cells."""

    def __init__(self, key: str, message: str, **details: Any) -> None:
        super().__init__(message, **details)
        self.key = key


class Feed:
    """A kind of row. ``act`` is what importing it asks of permissions; only an ``offered`` one stands on the page."""

    key: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    act: ClassVar[str] = "import.create"
    offered: ClassVar[bool] = False

    def overwrites(self, key: str) -> bool:
        """Whether a column may replace what a known record has; a person can let it only fill what is empty."""
        return False

    def plan(self, work: Work) -> None:
        """Decide the fate of every row and note what there is to say; write nothing."""
        raise NotImplementedError

    def write(self, work: Work) -> None:
        """Decide in the same way on a fresh work, and write. The caller commits."""
        raise NotImplementedError


class RowFeed(Feed):
    """A feed that takes its rows one by one."""

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """Write one row; what became of it. Raises FieldError for a row that cannot be taken."""
        raise NotImplementedError

    def prepare(self, work: Work) -> None:
        """Look up or write what all rows need."""

    def plan(self, work: Work) -> None:
        """Take the rows and take that back."""
        checked = work.checked  # judged before the savepoint: what that found stays
        with db.session.begin_nested() as savepoint:
            self.take_all(work, checked)
            savepoint.rollback()
        db.session.expire_all()

    def write(self, work: Work) -> None:
        """Take the rows for good."""
        self.take_all(work, work.checked)

    def take_all(self, work: Work, checked: Checked) -> None:
        """Every row, with progress."""
        self.prepare(work)
        total = len(work)
        for place in work.open_rows(checked):
            try:
                work.fates[place] = self.take(work.row(place), work, place)
            except FieldError as error:
                work.reject(place, error.key, error.message, **error.details)
            except CrmError as error:
                work.reject(place, self.fields[0].key, error.message)
            if place % 100 == 0:
                work.report("write", place, total)
        db.session.flush()


_feeds: dict[str, Feed] = {}


def register(feed: Feed) -> None:
    """Make a kind of row known."""
    _feeds[feed.key] = feed


def get(key: str) -> Feed:
    """The feed of a key; KeyError for an unknown one."""
    return _feeds[key]


def all_feeds() -> list[Feed]:
    """All kinds of row, in the order of their registration."""
    return list(_feeds.values())
