"""One run of a batch: its checked rows on the way in; their fates, and what there is to say, on the way out."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.accounts.models import User
from imports.models import Fate, FindingKind, row_key
from imports.rows import Checked

#: A finding keeps this much of a cell: enough to recognise it.
LONGEST_CELL = 200

#: The account under whose name samples are loaded.
LOADER = "sample"

Report = Callable[[str, int, int], None]


def silent(_step: str, _done: int, _total: int) -> None:
    """A report for runs that nobody watches."""


def counted(rows: Iterator[Any], report: Report, step: str, total: int) -> Iterator[Any]:
    """The rows, with word of how many went by."""
    for done, row in enumerate(rows):
        if done % 500 == 0:
            report(step, done, total)
        yield row


@dataclass
class Work:
    """What a feed is given, and where it leaves its verdicts. Rows are named by their place in ``checked``."""

    checked: Checked
    user: User
    file_name: str
    list_name: str = ""
    chain: str | None = None
    batch_id: int | None = None
    report: Report = silent
    private: frozenset[str] = frozenset()
    choices: Mapping[str, Any] = field(default_factory=dict)
    #: Fields that an update fills where the record has nothing, and leaves otherwise.
    fill_only: frozenset[str] = frozenset()
    fates: list[Fate | None] = field(init=False)
    company_ids: list[int | None] = field(init=False)
    findings: list[dict[str, Any]] = field(default_factory=list)
    #: How each name of the sheet is compared (naming.name_key); equal names are looked at once.
    name_keys: dict[str, str] = field(default_factory=dict)
    #: Rows of which a person said which known company they are about.
    chosen: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Rows with a wrong cell are rejected before any feed sees them."""
        count = len(self.checked)
        self.company_ids = [None] * count
        self.fates = [Fate.REJECTED if place in self.checked.bad else None for place in range(count)]
        for trouble in self.checked.troubles:
            self.say_of(trouble.place, FindingKind.ERROR, trouble.key, trouble.text, trouble.message, trouble.details)

    def open_rows(self) -> Iterator[int]:
        """The places of the rows whose fate is not sealed."""
        return (place for place, fate in enumerate(self.fates) if fate is None)

    def row(self, place: int) -> dict[str, Any]:
        """The values of a row, by field."""
        return {key: cells[place].value for key, cells in self.checked.columns.items()}

    def text(self, place: int, key: str) -> str:
        """What stood in a cell."""
        cells = self.checked.columns.get(key)
        return cells[place].text if cells else ""

    def reject(self, place: int, key: str, message: str, **details: Any) -> None:
        """Take a row out, for a reason that lies in one of its cells."""
        self.fates[place] = Fate.REJECTED
        self.say(place, FindingKind.ERROR, key, message, **details)

    def say(self, place: int, kind: FindingKind, key: str, message: str = "", **details: Any) -> None:
        """Note something about a row."""
        self.say_of(place, kind, key, self.text(place, key), message, details)

    def say_of(
        self, place: int, kind: FindingKind, key: str, cell: str, message: str, details: Mapping[str, Any]
    ) -> None:
        """Note something about a row whose cell is given."""
        shown = "" if key in self.private else cell[:LONGEST_CELL]
        self.findings.append(
            {"place": place, "kind": kind, "field": key, "cell": shown, "message": message, "details": dict(details)}
        )

    def choice(self, place: int) -> Any:
        """What a person decided on a doubtful row: a company's id, "new", or None."""
        return self.choices.get(row_key(self.checked.sheets[place], self.checked.numbers[place]))

    def author(self, owner: User | None) -> User:
        """Who is named as having entered a row: the importer; in a sample the officer herself, as if she had."""
        return owner if owner is not None and self.user.name == LOADER else self.user

    @property
    def left_out(self) -> int:
        """How many rows are not taken."""
        return sum(fate in (Fate.REJECTED, Fate.AMBIGUOUS) for fate in self.fates)

    def counts(self) -> dict[str, int]:
        """How many rows have which fate, in the words of the command line."""
        found = Counter(self.fates)
        return {
            "read": len(self.fates),
            "created": found[Fate.CREATED],
            "updated": found[Fate.UPDATED],
            "unchanged": found[Fate.UNCHANGED],
            "duplicates": found[Fate.DUPLICATE],
            "ambiguous": found[Fate.AMBIGUOUS],
            "rejected": found[Fate.REJECTED],
        }
