"""Rows of the catalogues of landing: `row(PARK, free_mu=100)` writes one with all it must have, `form` fills it in."""

import itertools
from decimal import Decimal
from typing import Any

from crm.database import db
from crm.landing.entries import CompanyLink, Entry, Kind, Noun
from crm.landing.events.entries import EVENT
from crm.landing.experts.entries import EXPERT
from crm.landing.institutions.entries import INSTITUTION
from crm.landing.parks.entries import PARK
from crm.landing.plans.entries import PLAN, PROPOSAL, TASK
from crm.landing.policies.entries import FUND, POLICY
from tests import factories

#: Which noun a part belongs to.
WHOLES = {
    "park": PARK, "policy": POLICY, "fund": FUND, "institution": INSTITUTION, "expert": EXPERT, "plan": PLAN,
    "task": TASK, "proposal": PROPOSAL, "event": EVENT,
}  # fmt: skip
#: What a noun must have besides its required entries.
BESIDES: dict[str, dict[str, str]] = {
    "condition": {"value": "100"},
    "note": {"ordinal": "3"},
    "guest": {"unit": "示例商会"},
    "payment": {"forecast_wan": "10"},
    "progress": {"percent": "50"},
    "red_line": {"for_agreements": "是"},
}
_numbers = itertools.count(1)


def row(noun: Noun, **given: Any) -> Any:
    """A row with its required entries (and its parents), flushed."""
    values = {entry.key: value_of(entry) for entry in noun.entries if entry.required and entry.key not in given}
    values |= {key: parsed(noun, key, text) for key, text in BESIDES.get(noun.key, {}).items()}
    if noun.parent and noun.parent not in given:
        values[noun.parent] = made_elsewhere(noun.parent) or row(WHOLES[noun.parent])
    found = noun.model(**{**values, **given})
    db.session.add(found)
    db.session.flush()
    return found


def made_elsewhere(parent: str) -> Any:
    """A whole that is no noun of landing."""
    makers = {"company": factories.Company, "chain": factories.Chain}
    return makers[parent]() if parent in makers else None


def parsed(noun: Noun, key: str, text: str) -> Any:
    """A text as the entry's rule reads it."""
    return next(entry.rule(text) for entry in noun.entries if entry.key == key)


def value_of(entry: Entry) -> Any:
    """Some value that an entry takes."""
    if entry.choices:
        return next(iter(entry.choices))
    if entry.link:
        return factories.Company() if isinstance(entry.link, CompanyLink) else None
    text = text_of(entry)
    return [text] if entry.kind is Kind.WORDS else entry.rule(text)


def text_of(entry: Entry) -> str:
    """Some text that an entry's rule takes."""
    count = next(_numbers)
    for text in (f"示例{count}", "2026-03-05", str(2000 + count % 90), str(count % 90 + 1)):
        try:
            if entry.rule(text) is not None:
                return text
        except Exception:  # noqa: S112 -- the next text is tried
            continue
    return str(Decimal(1))


def form(noun: Noun, **given: str) -> dict[str, str]:
    """What a form must hold; a company's id is given."""
    found = {}
    for entry in noun.editable:
        if entry.required:
            found[entry.key] = next(iter(entry.choices)).value if entry.choices else text_of(entry)
    return {**found, **BESIDES.get(noun.key, {}), **given}
