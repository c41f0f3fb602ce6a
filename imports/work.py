"""One run of a batch: its checked rows on the way in; their fates, and what there is to say, on the way out."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import InitVar, dataclass, field
from functools import cached_property
from typing import Any, Protocol

from crm.accounts.models import User
from imports.models import Fate, FindingKind, row_key
from imports.problems import ImportProblem
from imports.rows import Checked, Skipped

#: A finding keeps this much of a cell: enough to recognise it.
LONGEST_CELL = 200

#: Rows that are no data and are told on the page.
SKIPPED_KEPT = 500
#: A feed that takes its rows one by one holds them all in memory, and takes hours for more.
ONE_BY_ONE_MAX = 50_000

#: The account under whose name samples are loaded.
LOADER = "sample"

Report = Callable[[str, int, int], None]


def silent(_step: str, _done: int, _total: int) -> None:
    """A report for runs that nobody watches."""


def nothing(_work: "Work") -> None:
    """Keep the findings in the work."""


class Window(Protocol):
    """The rows that are looked at, by their places in the batch."""

    def row(self, place: int) -> dict[str, Any]:
        """The values of a row, by field."""

    def text(self, place: int, key: str) -> str:
        """What stands in a cell."""

    def cells(self, place: int) -> list[str]:
        """A row as it stands."""


@dataclass
class Work:
    """What a feed is given, and where it leaves its verdicts. Rows are named by their place in the batch.

    The rows come in chunks. A feed of long sheets looks at them one chunk after the other, which `window` holds, and
    lets what it found be kept in between; one of short sheets asks for all at once.
    """

    chunks: InitVar[Iterable[Checked]]
    user: User
    file_name: str
    list_name: str = ""
    chain: str | None = None
    batch_id: int | None = None
    report: Report = silent
    #: How many filled rows there are to be read, of data or not.
    filled: int = 0
    private: frozenset[str] = frozenset()
    choices: Mapping[str, Any] = field(default_factory=dict)
    #: Fields that an update fills where the record has nothing, and leaves otherwise.
    fill_only: frozenset[str] = frozenset()
    numbers: "array[int]" = field(default_factory=lambda: array("l"))
    sheets: "array[int]" = field(default_factory=lambda: array("l"))
    fates: list[Fate | None] = field(default_factory=list)
    company_ids: list[int | None] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    #: How the names that are looked at are compared (naming.name_key); equal names are looked at once.
    name_keys: dict[str, str] = field(default_factory=dict)
    #: Rows of which a person said which known company they are about.
    chosen: set[int] = field(default_factory=set)
    window: Window = field(init=False)
    #: Puts the findings where the page reads them, and forgets them here.
    keep: Callable[["Work"], None] = nothing

    def __post_init__(self, chunks: Iterable[Checked]) -> None:
        self._chunks = iter(chunks)

    def each_chunk(self) -> Iterator[Checked]:
        """All rows, so many at a time. Raises ImportProblem when there are none."""
        self.report("check", 0, self.filled)
        for chunk in self._chunks:
            self.take_in(chunk)
            yield chunk
            self.report("check", len(self), self.filled)
        if not len(self):
            raise ImportProblem("no_rows")

    @cached_property
    def checked(self) -> Checked:
        """All rows at once. Raises ImportProblem when there are none, or too many to be taken one by one."""
        found = Checked([], {}, [])
        for chunk in self.each_chunk():
            found.add(chunk)
            if len(found) > ONE_BY_ONE_MAX:
                raise ImportProblem("one_by_one", limit=ONE_BY_ONE_MAX)
        self.window = found
        return found

    def take_in(self, chunk: Checked) -> None:
        """Look at the next rows. Those with a wrong cell are rejected before any feed sees them."""
        chunk.first = len(self)
        self.look_at(chunk)
        self.numbers.extend(chunk.numbers)
        self.sheets.extend(chunk.sheets)
        self.skipped += chunk.skipped[: SKIPPED_KEPT - len(self.skipped)]
        self.company_ids += [None] * len(chunk)
        self.fates += [Fate.REJECTED if place in chunk.bad else None for place in range(len(chunk))]
        for each in chunk.troubles:
            place = chunk.first + each.place
            self.say_of(place, FindingKind.ERROR, each.key, each.text, each.message, each.details)

    def __len__(self) -> int:
        return len(self.numbers)

    def look_at(self, window: Window) -> None:
        """Look at other rows. What was found in those before is kept first."""
        self.keep(self)
        self.window = window

    def open_rows(self, chunk: Checked) -> list[int]:
        """The places of the rows of a chunk whose fate is not sealed."""
        return [place for place in range(chunk.first, chunk.first + len(chunk)) if self.fates[place] is None]

    def row(self, place: int) -> dict[str, Any]:
        """The values of a row that is looked at, by field."""
        return self.window.row(place)

    def text(self, place: int, key: str) -> str:
        """What stands in a cell of a row that is looked at."""
        return self.window.text(place, key)

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
        return self.choices.get(row_key(self.sheets[place], self.numbers[place]))

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
