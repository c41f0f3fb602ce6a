"""Catalogues of landing: a feed per noun, made from its entries.

A row is known by its identity entries; an empty cell never erases. What a letter's sheet says besides (原文, 说明)
becomes part of the source.
"""

from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import select

from crm import rules
from crm.database import N_, db
from crm.errors import RuleError
from crm.landing import services
from crm.landing.dossiers.entries import NOTE, ROSTER
from crm.landing.entries import Entry, Noun, resolved
from crm.landing.events.entries import EVENT, GUEST
from crm.landing.experts.entries import CONFLICT, EXPERT
from crm.landing.institutions.entries import FIGURE, INSTITUTION, PARTNER, PLATFORM, RESEARCH_PROJECT
from crm.landing.locals.entries import GROWTH, NEED, WISH
from crm.landing.parks.entries import BUILDING, PARCEL, PARK
from crm.landing.plans.entries import ITEM, PLAN, PROGRESS, PROPOSAL, TASK
from crm.landing.policies.entries import CONDITION, FUND, FUND_YEAR, GRADE, PAYMENT, POLICY, REVIEW
from imports.columns import Field
from imports.feeds import FieldError, RowFeed
from imports.feeds.chain import quoted
from imports.models import Fate
from imports.work import Work

QUOTE = Field("quote", N_("原文"), "原文", rules.prose())
NOTE_FIELD = Field("note_of_source", N_("说明"), "说明", rules.prose())


class NounFeed(RowFeed):
    """The feed of a noun; a part's parent is given first with its own row where the sheet holds both."""

    act = "terms.edit"
    offered = True

    def __init__(self, noun: Noun) -> None:
        self.noun = noun
        self.key = noun.plural.replace("-", "_")  # type: ignore[misc]
        self.label = noun.label  # type: ignore[misc]
        extra = (QUOTE, NOTE_FIELD) if has_source(noun) else ()
        self.fields = (*map(field_of, noun.entries), *extra)  # type: ignore[misc]

    def overwrites(self, key: str) -> bool:
        """All but what the row is known by."""
        return any(entry.key == key and not entry.identity for entry in self.noun.entries)

    def prepare(self, work: Work) -> None:
        """Note which columns only fill."""
        self.fill_only = work.fill_only

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """A row, known by its identity."""
        return self.put(self.noun, row)

    def put(self, noun: Noun, row: dict[str, Any]) -> Fate:
        """Make or change the row of a noun that a line of the sheet means."""
        values = self.linked(noun, row)
        if has_source(noun):
            values["source"] = quoted({**row, "note": row.get("note_of_source")})
        found = known(noun, values)
        given = resolved(noun.entries, values)
        if found is not None:
            given = {k: v for k, v in given.items() if k not in self.fill_only or getattr(found, k) in (None, "", [])}
        new = {**defaults(noun), **given} if found is None else given
        _row, changed = services.save(noun, found, new)
        return Fate.CREATED if found is None else Fate.UPDATED if changed else Fate.UNCHANGED

    def linked(self, noun: Noun, row: dict[str, Any]) -> dict[str, Any]:
        """The values of a row, names of other rows looked up. FieldError where one is unknown."""
        values = dict(row)
        for entry in noun.entries:
            if entry.link and isinstance(row.get(entry.key), str) and row[entry.key]:
                values[entry.key] = self.look_up(entry, row[entry.key])
        return values

    def look_up(self, entry: Entry, name: str) -> Any:
        """The row that a cell names."""
        try:
            return entry.link.find(name)  # type: ignore[union-attr]
        except RuleError as error:
            raise FieldError(entry.key, error.message, **error.details) from None


def has_source(noun: Noun) -> bool:
    """Whether the noun's rows say where they are from."""
    return any(entry.key == "source" for entry in noun.entries)


def field_of(entry: Entry) -> Field:
    """The column of an entry."""
    words = f"{entry.label} {entry.words}"
    parse = rules.line(300) if entry.link else entry.rule
    return Field(
        entry.key,
        entry.label,
        words,
        parse,
        identity=entry.identity,
        required=entry.required,
        takes_unit=entry.takes_unit,
    )


def known(noun: Noun, values: dict[str, Any]) -> Any:
    """The row that bears the identity, if it is there."""
    query = select(noun.model)
    for entry in noun.identities:
        value = values.get(entry.key)
        column = getattr(noun.model, f"{entry.key}_id" if entry.link else entry.key)
        key = value.id if entry.link and value else value
        query = query.where(column.is_(None) if key is None and column.nullable else column == (key or ""))
    return db.session.scalars(query.limit(1)).first()


def defaults(noun: Noun) -> dict[str, Any]:
    """What a new row has where a sheet says nothing."""
    return {entry.key: entry.default for entry in noun.entries if entry.default is not None}


class PairedFeed(NounFeed):
    """A sheet whose lines hold a row and one of its parts, as lists of institutions with their figures do."""

    offered = False

    def __init__(self, noun: Noun, part: Noun, key: str) -> None:
        super().__init__(noun)
        self.part, self.key = part, key  # type: ignore[misc]
        self.own = tuple(entry for entry in part.editable if entry.key != "source")
        columns = (replace(field_of(e), key=self.below(e), required=False, identity=False) for e in self.own)
        self.fields = (*self.fields, *columns)  # type: ignore[misc]

    def below(self, entry: Entry) -> str:
        """The field of a part's entry: the part may have a name of its own."""
        return f"{self.part.key}_{entry.key}"

    def take(self, row: dict[str, Any], work: Work, place: int) -> Fate:
        """The row, then its part where the line has one; a later line's quotation is its part's."""
        values = {entry.key: row.get(self.below(entry)) for entry in self.own}
        has_part = all(values[entry.key] for entry in self.own if entry.required)
        whole = known(self.noun, self.linked(self.noun, row))
        quotation = {key: row.get(key) for key in ("source", "quote", "note_of_source")}
        fate = self.put(self.noun, {**row, **dict.fromkeys(quotation)} if whole and has_part else row)
        if not has_part:
            return fate
        whole = whole or known(self.noun, self.linked(self.noun, row))
        part = self.put(self.part, {**values, **quotation, self.part.parent: whole})
        return part if fate is Fate.UNCHANGED else fate


NOUNS = (
    PARK, PARCEL, BUILDING, FUND, FUND_YEAR, POLICY, CONDITION, REVIEW, GRADE, PAYMENT, INSTITUTION, FIGURE, PLATFORM,
    RESEARCH_PROJECT, PARTNER, EXPERT, CONFLICT, PLAN, TASK, PROGRESS, PROPOSAL, ITEM, EVENT, GUEST, NOTE, ROSTER,
    GROWTH, NEED, WISH,
)  # fmt: skip


class Sheet(NamedTuple):
    """A letter's sheet that holds two kinds of row."""

    noun: Noun
    part: Noun
    key: str


PAIRED = (
    Sheet(INSTITUTION, FIGURE, "institutions_with_figures"),
    Sheet(POLICY, GRADE, "policies_with_grades"),
    Sheet(PROPOSAL, ITEM, "proposals_with_items"),
)


def feeds() -> list[NounFeed]:
    """All of them."""
    return [*(NounFeed(noun) for noun in NOUNS), *(PairedFeed(*sheet) for sheet in PAIRED)]
