"""What becomes of each row of a sheet of companies, decided without writing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from crm import forms
from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies import places
from crm.database import N_
from crm.errors import RuleError
from imports import rows
from imports.feeds import FieldError
from imports.feeds.company_compare import PLACE_KEYS, SETTABLE, Target, compare
from imports.feeds.money import Amount
from imports.feeds.reach import Reached, reached
from imports.feeds.references import References
from imports.feeds.several import others
from imports.matching import Company, Identities, slices
from imports.models import Fate, FindingKind
from imports.recall import Memory, Recalled
from imports.work import Work

UNKNOWN_PLACE = N_("没有认出这个地方，已留空。")
UNKNOWN_SEGMENT = N_("没有这个环节，或几条产业链都有，已留空。")
UNKNOWN_CHAIN = N_("没有这条产业链，已留空。")
UNKNOWN_TIER = N_("没有“%(tier)s”这个梯队，已略去。")
NOT_YOUR_LIST = N_("清单“%(list)s”由别人负责，您不能往里添加。")
SEVERAL_NUMBERS = N_("一格里写了几个号码：第一个记在联系人名下，其余各记一条。")
SEVERAL_SITES = N_("一格里写了几个网址：取第一个，其余记在“来源”里。")
NEEDS_NAME = N_("新企业必须有名称。")
#: Who has the number of a row that names nobody.
ANYBODY = "联系人"
#: A number that somebody wrote into the column of names: it must not stay there in the open.
NUMBER_WITHIN = re.compile(r"\d[\d -]{5,}\d")


def plans(work: Work, step: str) -> Iterator["CompanyPlan"]:
    """What is to become of the rows of the work, so many companies at a time. `step` is how far it is called."""
    identities, references = Identities(work), References()
    identities.look()
    companies, done = identities.each_company(), 0
    while some := list(islice(companies, rows.CHUNK)):
        work.report(step, done, len(work))
        plan = CompanyPlan(work, references)
        plan.take(some, identities.memory)
        yield plan
        done += sum(len(company.places) for company in some)


class CompanyPlan:
    """Targets by company, with the fates and findings left in the work."""

    def __init__(self, work: Work, references: References) -> None:
        self.work, self.references = work, references
        self.targets: list[Target] = []
        #: Later rows of a company, with its target.
        self.joined: list[tuple[int, Target]] = []
        self._places: dict[str, str | None] = {}
        self._open_lists: dict[str, bool] = {}

    def take(self, companies: Sequence[Company], memory: Memory) -> None:
        """Gather the rows of some companies, and compare them with what is known."""
        company_of = {place: company for company in companies for place in company.places}
        targets: dict[Company, Target] = {}
        self.work.name_keys.clear()
        looked_at = list(slices(sorted(company_of), 2 * rows.CHUNK))
        for some in looked_at:
            self.look_at(memory.recall(some))
            for place in some:
                self.gather(place, company_of[place], targets)
        if len(looked_at) > 1:  # companies with many rows each
            self.look_at(memory.recall(target.place for target in self.targets))
        compare([target for target in self.targets if target.id is not None], self.work, self.references)
        for target in self.targets:
            self.settle(target)

    def look_at(self, window: Recalled) -> None:
        """Look at these rows and at their name keys."""
        self.work.look_at(window)
        names = ((window.value(place, "name"), place) for place in window.rows)
        self.work.name_keys.update({name: window.name_key(place) for name, place in names if name})

    def gather(self, place: int, company: Company, targets: dict[Company, Target]) -> None:
        """Put a row to its company: the first one makes the target, a later one fills what the first left empty."""
        row = {name: value for name, value in self.work.row(place).items() if value not in (None, "", [])}
        known = targets.get(company)
        if known is None and company.company_id is None and "name" not in row:
            self.work.reject(place, "name", NEEDS_NAME)
            return
        made = self.target(place, company.company_id, row)
        if made is None:
            return
        if known is None:
            targets[company] = made
            self.targets.append(made)
            return
        self.work.fates[place] = Fate.DUPLICATE
        self.joined.append((place, known))
        merge(known, made)

    def target(self, place: int, company_id: int | None, row: dict[str, Any]) -> Target | None:
        """What a row says about its company; None when it was rejected on the way."""
        owner = self.owner(place, row)
        lists = self.lists(place, row)
        contacts = self.contacts(place, row)
        if self.work.fates[place] is not None:
            return None
        if self.work.chain is not None:
            row.setdefault("chain", self.work.chain)
        chain = self.references.chains.get(row.get("chain", ""))
        if "chain" in row and chain is None:
            self.work.say(place, FindingKind.NOTE, "chain", UNKNOWN_CHAIN)
        self.note_several(place, row)
        values = {key: row[key] for key in ("name", *SETTABLE) if key in row}
        values |= self.division(place, row) | source(row) | capital(row)
        return Target(
            place=place,
            id=company_id,
            values=values,
            aliases=[alias for alias in row.get("aliases", []) if alias != row.get("name")],
            tiers=self.tiers(place, row),
            segments=self.segments(place, row),
            lists=lists,
            contacts=contacts,
            is_local=row.get("is_local", False),
            town=row.get("town", ""),
            owner=owner,
            is_demo=chain is not None and chain.is_demo,
            chain=row.get("chain"),
        )

    def note_several(self, place: int, row: dict[str, Any]) -> None:
        """Say where the values went that a cell held behind its first one."""
        for key, message in (("phone", SEVERAL_NUMBERS), ("website", SEVERAL_SITES)):
            if others(row.get(key)):
                self.work.say(place, FindingKind.NOTE, key, message)

    def owner(self, place: int, row: dict[str, Any]) -> User | None:
        """Who is named as owner; a stranger or somebody else's officer rejects the row."""
        try:
            return self.references.user(self.work, row, "owner", assigned=True)
        except FieldError as error:
            self.work.reject(place, error.key, error.message)
            return None

    def lists(self, place: int, row: dict[str, Any]) -> list[str]:
        """The lists that the company goes on; one that somebody else answers for rejects the row."""
        named = list(dict.fromkeys([*row.get("lists", []), *filter(None, [self.work.list_name])]))
        for name in named:
            if not self.may_add_to(name):
                self.work.reject(place, "lists", NOT_YOUR_LIST, list=name)
        return named

    def may_add_to(self, name: str) -> bool:
        """Whether the importer may put companies on the list of that name, asked once for each."""
        if name not in self._open_lists:
            known = self.references.lists.get(name)
            self._open_lists[name] = known is None or may(self.work.user, "list.edit", known)
        return self._open_lists[name]

    def division(self, place: int, row: dict[str, Any]) -> dict[str, str]:
        """The place that the row names; an unknown one is left empty and said."""
        keys = [key for key in PLACE_KEYS if key in row]
        text = "".join(dict.fromkeys(row[key] for key in keys)) or row.get("address", "")
        if text not in self._places:
            self._places[text] = places.code_of(text) if text else None
        code = self._places[text]
        if code is None and keys:
            self.work.say(place, FindingKind.NOTE, keys[-1], UNKNOWN_PLACE)
        return {"division_code": code} if code else {}

    def contacts(self, place: int, row: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The people at the company; a number in the column of names that is none rejects the row."""
        try:
            return people(row)
        except RuleError as error:
            self.work.reject(place, "contact", error.message)
            return {}

    def tiers(self, place: int, row: dict[str, Any]) -> list[int]:
        """The ids of the tiers that the row names."""
        found = []
        for name in row.get("tiers", []):
            if tier_id := self.references.tiers.get(name):
                found.append(tier_id)
            else:
                self.work.say(place, FindingKind.NOTE, "tiers", UNKNOWN_TIER, tier=name)
        return found

    def segments(self, place: int, row: dict[str, Any]) -> list[int]:
        """The ids of the segments that the row names, the main one first."""
        found = []
        for key, name in [
            ("segment", row.get("segment")),
            *(("other_segments", n) for n in row.get("other_segments", [])),
        ]:
            if name is None:
                continue
            if segment := self.references.segment(name, row.get("chain")):
                found.append(segment.id)
            else:
                self.work.say(place, FindingKind.NOTE, key, UNKNOWN_SEGMENT)
        return list(dict.fromkeys(found))

    def settle(self, target: Target) -> None:
        """The fate of the company's first row, and of the rows that joined it their company."""
        if target.id is None:
            fate = Fate.CREATED
        else:
            fate = Fate.UPDATED if target.changes or target.adds_relations else Fate.UNCHANGED
        self.work.fates[target.place] = fate
        self.work.company_ids[target.place] = target.id
        for key, (before, after) in target.changes.items():
            self.work.say(target.place, FindingKind.CHANGE, key, before=shown(key, before), after=shown(key, after))

    def note_ids(self) -> None:
        """Tell the work which company each row is about, once all have an id."""
        for target in self.targets:
            self.work.company_ids[target.place] = target.id
        for place, target in self.joined:
            self.work.company_ids[place] = target.id


def merge(known: Target, other: Target) -> None:
    """Fill what the first row of a company left empty from a later one."""
    known.values = other.values | known.values
    known.aliases = list(dict.fromkeys([*known.aliases, *other.aliases]))
    known.tiers = list(dict.fromkeys([*known.tiers, *other.tiers]))
    known.segments = list(dict.fromkeys([*known.segments, *other.segments]))
    known.lists = list(dict.fromkeys([*known.lists, *other.lists]))
    known.contacts = other.contacts | known.contacts
    known.is_local = known.is_local or other.is_local
    known.town = known.town or other.town
    known.owner = known.owner or other.owner


def people(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The people that a row names, by name; a number without a person belongs to 联系人 as such.

    RuleError where a number stands beside the name and is none.
    """
    name, title = row.get("contact", ANYBODY), row.get("contact_title", "")
    found: dict[str, dict[str, Any]] = {}
    named = reached(name) if NUMBER_WITHIN.search(name) else [Reached(name, title, None)]
    if "contact" in row or "phone" in row:
        for each in named:
            found[each.name or ANYBODY] = {"title": each.title or title, "phone": each.phone}
    first = next(iter(found), name)
    for each in [Reached("", "", row.get("phone")), *row.get("reach", ())]:
        if each.name or each.phone:
            known = found.setdefault(each.name or first, {"title": each.title or title, "phone": None})
            known["phone"] = known["phone"] or each.phone
    for count, number in enumerate(others(row.get("phone")), 2):
        found[f"{first}（号码{count}）"] = {"title": title, "phone": number}
    return found


def capital(row: dict[str, Any]) -> dict[str, Any]:
    """The registered capital as a plain amount, and its currency: the one that its cell names, else its column's."""
    amount = row.get("capital_wan")
    if amount is None:
        return {}
    named = amount.currency if isinstance(amount, Amount) else row.get("capital_currency", "CNY")
    return {"capital_wan": Decimal(amount), "capital_currency": named}


def source(row: dict[str, Any]) -> dict[str, str]:
    """Source, quotation and note as the record keeps them, a line each."""
    quote = row.get("quote")
    sites = "、".join(others(row.get("website")))
    lines: Iterable[str | None] = (
        row.get("source"),
        f"“{quote}”" if quote else "",
        row.get("note"),
        f"其他网址：{sites}" if sites else "",
    )
    joined = "\n".join(filter(None, lines))
    return {"source": joined} if joined else {}


def shown(key: str, value: Any) -> str:
    """A value in a finding, as a field shows it; a place by its name."""
    return places.full_name(value) if key == "division_code" else forms.shown(value)
