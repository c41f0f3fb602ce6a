"""What becomes of each row of a sheet of companies, decided without writing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from crm import forms
from crm.accounts.models import User
from crm.accounts.permissions import held_by, may
from crm.companies import places
from crm.companies.models import (
    Company,
    CompanyAlias,
    CompanySegment,
    CompanyTier,
    Contact,
    LocalCompany,
    TargetListEntry,
)
from crm.companies.naming import name_key
from crm.database import N_, db
from imports.feeds import FieldError
from imports.feeds.references import References
from imports.matching import Key, same_companies
from imports.models import Fate, FindingKind
from imports.work import Work

#: Columns that a sheet sets on an old company too, in the order in which they are shown.
SETTABLE = (
    "uscc", "division_code", "address", "products", "introduction", "website", "capital_wan", "employees",
    "expansion_signal", "source",
)  # fmt: skip
#: Columns that only fill what is empty: a code that differs is another company, a source is where it first came from.
FILL_ONLY = {"uscc", "source"}
#: Columns of a sheet that together say the place.
PLACE_KEYS = ("province", "city", "district", "place")

UNKNOWN_PLACE = N_("没有认出这个地方，已留空。")
UNKNOWN_SEGMENT = N_("没有这个环节，或几条产业链都有，已留空。")
UNKNOWN_CHAIN = N_("没有这条产业链，已留空。")
UNKNOWN_TIER = N_("没有“%(tier)s”这个梯队，已略去。")
NOT_YOUR_LIST = N_("清单“%(list)s”由别人负责，您不能往里添加。")
NEEDS_NAME = N_("新企业必须有名称。")
OTHER_NAME = N_("库中的名称是“%(name)s”，按信用代码认定为同一家，名称不改。")
HELD = N_("由%(office)s跟进，您不能修改，这一行的其他内容没有采用。")
NO_CLAIM = N_("导入不改变归属：这家企业现在的归属不变。")


@dataclass(slots=True)
class Target:
    """One company of the sheet: what its rows give together, and what of that is new."""

    place: int
    id: int | None
    values: dict[str, Any]
    aliases: list[str]
    tiers: list[int]
    segments: list[int]
    lists: list[str]
    contacts: dict[str, dict[str, Any]]
    is_local: bool = False
    town: str = ""
    owner: User | None = None
    is_demo: bool = False
    #: Columns that an update sets, the old value beside the new one.
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    has_main_segment: bool = False
    is_new: bool = field(init=False)

    def __post_init__(self) -> None:
        self.is_new = self.id is None

    @property
    def adds_relations(self) -> bool:
        """Whether anything besides columns is new."""
        return bool(self.aliases or self.tiers or self.segments or self.lists or self.contacts or self.is_local)


class CompanyPlan:
    """Targets by company, with the fates and findings left in the work."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.references = References()
        self.targets: list[Target] = []
        self.by_key: dict[Key, Target] = {}
        #: Later rows of a company, with its target.
        self.joined: list[tuple[int, Target]] = []
        self._places: dict[str, str | None] = {}

    def run(self) -> None:
        """Match, gather the rows of each company, compare with what is known."""
        self.work.report("match", 0, len(self.work.checked))
        for place, key in same_companies(self.work):
            self.gather(place, key)
        self.work.report("compare", 0, len(self.targets))
        self.compare([target for target in self.targets if target.id is not None])
        for target in self.targets:
            self.settle(target)

    def gather(self, place: int, key: Key) -> None:
        """Put a row to its company: the first one makes the target, a later one fills what the first left empty."""
        row = {name: value for name, value in self.work.row(place).items() if value not in (None, "", [])}
        known = self.by_key.get(key)
        if known is None and isinstance(key, str) and "name" not in row:
            self.work.reject(place, "name", NEEDS_NAME)
            return
        made = self.target(place, key if isinstance(key, int) else None, row)
        if made is None:
            return
        if known is None:
            self.by_key[key] = made
            self.targets.append(made)
            return
        self.work.fates[place] = Fate.DUPLICATE
        self.joined.append((place, known))
        merge(known, made)

    def target(self, place: int, company_id: int | None, row: dict[str, Any]) -> Target | None:
        """What a row says about its company; None when it was rejected on the way."""
        owner = self.owner(place, row)
        lists = self.lists(place, row)
        if self.work.fates[place] is not None:
            return None
        if self.work.chain is not None:
            row.setdefault("chain", self.work.chain)
        chain = self.references.chains.get(row.get("chain", ""))
        if "chain" in row and chain is None:
            self.work.say(place, FindingKind.NOTE, "chain", UNKNOWN_CHAIN)
        values = {key: row[key] for key in ("name", *SETTABLE) if key in row}
        values |= self.division(place, row) | source(row)
        return Target(
            place=place,
            id=company_id,
            values=values,
            aliases=[alias for alias in row.get("aliases", []) if alias != row.get("name")],
            tiers=self.tiers(place, row),
            segments=self.segments(place, row),
            lists=lists,
            contacts=contact(row),
            is_local=row.get("is_local", False),
            town=row.get("town", ""),
            owner=owner,
            is_demo=chain is not None and chain.is_demo,
        )

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
            known = self.references.lists.get(name)
            if known is not None and not may(self.work.user, "list.edit", known):
                self.work.reject(place, "lists", NOT_YOUR_LIST, list=name)
        return named

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

    def compare(self, old: Sequence[Target]) -> None:
        """Keep of the matched companies' targets only what is new."""
        ids = [target.id for target in old if target.id is not None]
        columns = [Company.id, Company.name, Company.owner_id, *(getattr(Company, key) for key in SETTABLE)]
        known = {row.id: row for row in db.session.execute(select(*columns).where(within(Company.id, ids)))}
        editable = self.editable(ids)
        relations = Relations(ids, self.references)
        for target in old:
            row = known[target.id]
            if target.id not in editable:
                self.hold(target)
                continue
            self.differ(target, row)
            relations.subtract(target)

    def editable(self, ids: list[int]) -> set[int]:
        """Which of the companies the importer may change."""
        allowed = held_by(Company, self.work.user, "import.update")
        return set(db.session.scalars(select(Company.id).where(within(Company.id, ids), allowed)))

    def hold(self, target: Target) -> None:
        """Leave a company that another office holds as it is, and say so."""
        company = db.session.get_one(Company, target.id)
        office = company.office.name if company.office else ""
        if target.adds_relations or len(target.values) > 1:
            self.work.say(target.place, FindingKind.HELD, "", HELD, office=office)
        target.values, target.aliases, target.tiers, target.segments = {}, [], [], []
        target.lists, target.contacts, target.is_local = [], {}, False

    def differ(self, target: Target, row: Any) -> None:
        """What the sheet says otherwise than the record; names and owners stay."""
        name = target.values.pop("name", None)
        if name and name_key(name) != name_key(row.name):
            if name_key(row.name) in map(name_key, target.aliases):
                target.changes["name"] = (row.name, name)  # until now only the short name was known
            elif "uscc" in target.values:
                self.work.say(target.place, FindingKind.NOTE, "name", OTHER_NAME, name=row.name)
        if target.owner is not None and target.owner.id != row.owner_id:
            self.work.say(target.place, FindingKind.NOTE, "owner", NO_CLAIM)
        for key, value in target.values.items():
            before = getattr(row, key)
            if (
                before != value
                and (before in (None, "") or not self.only_fills(key))
                and not coarser(key, value, before)
            ):
                target.changes[key] = (before, value)

    def only_fills(self, key: str) -> bool:
        """Whether a column may not replace what is there: always, or because a person chose so."""
        columns = PLACE_KEYS if key == "division_code" else (key,)
        return key in FILL_ONLY or not self.work.fill_only.isdisjoint(columns)

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


class Relations:
    """What the matched companies have already."""

    def __init__(self, ids: list[int], references: References) -> None:
        def pairs(*columns: Any) -> set[tuple[Any, ...]]:
            return set(map(tuple, db.session.execute(select(*columns).where(within(columns[0], ids)))))

        self.aliases = pairs(CompanyAlias.company_id, CompanyAlias.alias)
        self.tiers = pairs(CompanyTier.company_id, CompanyTier.tier_id)
        self.segments = pairs(CompanySegment.company_id, CompanySegment.segment_id)
        self.main = {row[0] for row in pairs(CompanySegment.company_id, CompanySegment.is_main) if row[1]}
        self.local = {row[0] for row in pairs(LocalCompany.company_id)}
        self.contacts = pairs(Contact.company_id, Contact.name)
        entries = select(TargetListEntry.company_id, TargetListEntry.list_id).where(
            within(TargetListEntry.company_id, ids)
        )
        self.entries = set(map(tuple, db.session.execute(entries)))
        self.lists = references.lists

    def subtract(self, target: Target) -> None:
        """Leave in the target only what its company lacks."""
        company_id = target.id
        target.aliases = [alias for alias in target.aliases if (company_id, alias) not in self.aliases]
        target.tiers = [tier for tier in target.tiers if (company_id, tier) not in self.tiers]
        target.segments = [segment for segment in target.segments if (company_id, segment) not in self.segments]
        target.has_main_segment = company_id in self.main
        target.is_local = target.is_local and company_id not in self.local
        target.contacts = {n: c for n, c in target.contacts.items() if (company_id, n) not in self.contacts}
        target.lists = [
            name for name in target.lists
            if name not in self.lists or (company_id, self.lists[name].id) not in self.entries
        ]  # fmt: skip


def within(column: Any, ids: list[int]) -> Any:
    """`column = any(ids)`: one parameter however many ids."""
    return column == any_(literal(ids, ARRAY(BigInteger)))


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


def contact(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The person that a row names, by name; a number without a person belongs to 联系人 as such."""
    if "contact" not in row and "phone" not in row:
        return {}
    name = row.get("contact", "联系人")
    return {name: {"title": row.get("contact_title", ""), "phone": row.get("phone")}}


def source(row: dict[str, Any]) -> dict[str, str]:
    """Source, quotation and note as the record keeps them, a line each."""
    quote = row.get("quote")
    lines: Iterable[str | None] = (row.get("source"), f"“{quote}”" if quote else "", row.get("note"))
    joined = "\n".join(filter(None, lines))
    return {"source": joined} if joined else {}


def coarser(key: str, value: Any, before: Any) -> bool:
    """Whether a place is only the larger one around what is known: 广东 does not overwrite 深圳."""
    return key == "division_code" and before is not None and before.startswith(value)


def shown(key: str, value: Any) -> str:
    """A value in a finding, as a field shows it; a place by its name."""
    return places.full_name(value) if key == "division_code" else forms.shown(value)
