"""What is to know of a catalogue's rows, said once: forms, import feeds and exports follow from it.

An entry has a key (the model's attribute), a label, and a rule from text to value. A noun is a kind of row with its
entries; a part is a noun whose rows belong to another's (a park's parcels).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from sqlalchemy import select

from crm import rules
from crm.companies.matching import match
from crm.companies.models import Company
from crm.database import N_, Base, Labelled, db
from crm.errors import RuleError
from crm.rules import Rule

NOT_FOUND = N_("没有找到“%(name)s”，或有重名。")
YES, NO = N_("是"), N_("否")


class Kind(Enum):
    """How an entry is asked for and shown."""

    LINE = auto()
    PROSE = auto()
    DAY = auto()
    CHOICE = auto()
    YES = auto()
    #: Several words in one cell: 光电、激光.
    WORDS = auto()
    #: Another row, named.
    LINK = auto()


@dataclass(frozen=True)
class Link:
    """Rows of another kind that an entry may name; in a form they are offered as a list."""

    model: type[Base]
    column: str = "name"

    def find(self, name: str) -> Any:
        """The row of that name. RuleError where there is none, or several."""
        found = db.session.scalars(select(self.model).filter_by(**{self.column: name}).limit(2)).all()
        if len(found) != 1:
            raise RuleError(NOT_FOUND, name=name)
        return found[0]

    def offered(self) -> list[tuple[int, str]]:
        """(id, name) of all rows."""
        return [(row.id, self.text(row)) for row in db.session.scalars(select(self.model).order_by(self.model.id))]  # type: ignore[attr-defined]

    def text(self, row: Any) -> str:
        """The name of a row; '' for none."""
        return getattr(row, self.column) if row is not None else ""


class CompanyLink(Link):
    """A company: found as an import finds it; in a form it is looked up, not offered."""

    def __init__(self) -> None:
        super().__init__(Company)

    def find(self, name: str) -> Company:
        """The company that a name means without doubt."""
        verdict = match(name)
        if verdict.company_id is None:
            raise RuleError(NOT_FOUND, name=name)
        return db.session.get_one(Company, verdict.company_id)

    def offered(self) -> list[tuple[int, str]]:
        """Nothing: there may be a million."""
        return []


@dataclass(frozen=True)
class Entry:
    """One thing to know: `words` are further words that head its column, `hint` helps who fills in the form."""

    key: str
    label: str
    rule: Rule[Any]
    kind: Kind = Kind.LINE
    words: str = ""
    unit: str = ""
    hint: str = ""
    required: bool = False
    identity: bool = False
    takes_unit: bool = False
    choices: type[Labelled] | None = None
    link: Link | None = None
    #: What a new row has where nothing is chosen.
    default: Any = None

    @property
    def parse(self) -> Rule[Any]:
        """Text → value as a sheet gives it: a link's name becomes its row."""
        return self.link.find if self.link else self.rule

    def read(self, row: Any) -> Any:
        """The value that a row has: for words the list of them."""
        value = getattr(row, self.key)
        return [each.name for each in value] if self.kind is Kind.WORDS else value

    def text(self, row: Any) -> str:
        """The value as a cell of a sheet says it, so that reading it again gives the value."""
        value = self.read(row)
        if value is None:
            return ""
        if self.link:
            return self.link.text(value)
        if self.kind is Kind.WORDS:
            return "、".join(value)
        return str(value.label) if self.choices else as_text(value)


def as_text(value: Any) -> str:
    """A value that is no row and no choice, as a sheet says it."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def line(key: str, label: str, longest: int = 200, **more: Any) -> Entry:
    """A line of text."""
    return Entry(key, label, rules.line(longest), **more)


def prose(key: str, label: str, **more: Any) -> Entry:
    """Several lines of text."""
    return Entry(key, label, rules.prose(), Kind.PROSE, **more)


def wan(key: str, label: str, **more: Any) -> Entry:
    """An amount in 万元."""
    return Entry(key, label, rules.wan, unit=N_("万元"), takes_unit=True, **more)


def mu(key: str, label: str, **more: Any) -> Entry:
    """An area in 亩."""
    return Entry(key, label, rules.mu, unit=N_("亩"), takes_unit=True, **more)


def m2(key: str, label: str, **more: Any) -> Entry:
    """A floor area in ㎡."""
    return Entry(key, label, rules.m2, unit="㎡", takes_unit=True, **more)


def number(key: str, label: str, places: int, largest: int, **more: Any) -> Entry:
    """A number with so many decimal places."""
    return Entry(key, label, rules.number(places, Decimal(largest)), **more)


def whole(key: str, label: str, smallest: int, largest: int, **more: Any) -> Entry:
    """A whole number."""
    return Entry(key, label, rules.whole(smallest, largest), **more)


def day(key: str, label: str, rule: Rule[Any] = rules.day, **more: Any) -> Entry:
    """A date."""
    return Entry(key, label, rule, Kind.DAY, **more)


def yes(key: str, label: str, *, default: bool = False, **more: Any) -> Entry:
    """Yes or no."""
    return Entry(key, label, rules.yes, Kind.YES, default=default, **more)


def choice(key: str, label: str, enum: type[Labelled], default: Labelled | None = None, **more: Any) -> Entry:
    """One of an enumeration."""
    return Entry(key, label, rules.member_of(enum), Kind.CHOICE, choices=enum, default=default, **more)


def words(key: str, label: str, **more: Any) -> Entry:
    """Several words."""
    return Entry(key, label, short_words, Kind.WORDS, hint=more.pop("hint", N_("用顿号分开")), **more)


def link(key: str, label: str, target: Link | type[Base], **more: Any) -> Entry:
    """Another row."""
    found = target if isinstance(target, Link) else Link(target)
    return Entry(key, label, rules.line(200), Kind.LINK, link=found, **more)


def short_words(text: str) -> list[str]:
    """The words of a cell, each once and short enough for its column."""
    return list(dict.fromkeys(rules.line(100)(word) for word in rules.split(text)))


#: Where a row is from; every catalogue has both.
SOURCE = prose("source", N_("来源"), words="来源", hint=N_("文号和原文；来源没有写明的不要填"))
DEMO = yes("is_demo", N_("示例"), words="示例 虚构", hint=N_("内容是虚构的，页面上注明"))


@dataclass(frozen=True)
class Noun:
    """A kind of row. `key` names it in code and addresses, `title` is the entry that people call a row by."""

    key: str
    plural: str
    label: str
    model: type[Any]
    entries: tuple[Entry, ...]
    title: str = "name"
    #: The attribute that leads to the row of which this one is a part.
    parent: str = ""
    #: Sentences for what the database refuses, by the constraint's name.
    refusals: Mapping[str, str] = field(default_factory=dict)
    #: Raises RuleError where values that are right by themselves do not go together.
    check: Callable[[Mapping[str, Any]], None] = lambda _values: None

    @property
    def editable(self) -> tuple[Entry, ...]:
        """What a form asks: all but the parent."""
        return tuple(entry for entry in self.entries if entry.key != self.parent)

    @property
    def identities(self) -> tuple[Entry, ...]:
        """The entries by which rows are told apart."""
        return tuple(entry for entry in self.entries if entry.identity)

    def texts(self, row: Any) -> list[str]:
        """A row's line of a sheet."""
        return [entry.text(row) for entry in self.entries]


def owned_by(parent: Noun, words: str = "") -> Entry:
    """The entry that names the row of which another is a part."""
    own = next(entry for entry in parent.entries if entry.key == parent.title)
    base = link(parent.key, parent.label, Link(parent.model, parent.title), required=True, identity=True)
    return replace(base, label=own.label, words=f"{own.words} {words}")


def resolved(found: Iterable[Entry], values: Mapping[str, Any]) -> dict[str, Any]:
    """The given values of entries, without those that say nothing."""
    return {entry.key: values[entry.key] for entry in found if values.get(entry.key) not in (None, "")}


def by_key(entries: Sequence[Entry], key: str) -> Entry:
    """The entry of a key."""
    return next(entry for entry in entries if entry.key == key)
