"""Writing a plan of companies: COPY for what is new, one UPDATE for what differs."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from crm import rules, tokens
from crm.companies import personal, places
from crm.companies.models import AliasKind, ChosenBy, Company, CompanyAlias, TargetList
from crm.companies.naming import name_key, pinyin_key
from crm.database import N_, db
from imports import copying
from imports.feeds.company_compare import SETTABLE, Target, within
from imports.feeds.company_plan import CompanyPlan, plans
from imports.work import Work

#: Why we keep a person's number, and on which basis (PIPL art. 13).
PURPOSE = N_("招商联络")

COMPANY_COLUMNS = (
    "id", "name", "name_key", "pinyin_key", "city_code", "owner_id", "office_id", "is_demo", "search", *SETTABLE,
)  # fmt: skip


def write_companies(work: Work) -> None:
    """Plan what becomes of the rows and write that, so many companies at a time; the work is told their ids."""
    lists = Lists(work)
    for plan in plans(work, "write"):
        write_plan(plan, work)
        lists.add(plan)
        write_contacts(plan.targets, work)
    lists.write_new()


def write_plan(plan: CompanyPlan, work: Work) -> None:
    """Write the companies of a plan with what goes with them."""
    new = [target for target in plan.targets if target.is_new]
    for target, company_id in zip(new, copying.new_ids("companies", len(new)), strict=True):
        target.id = company_id
    plan.note_ids()
    copying.insert("companies", COMPANY_COLUMNS, (new_company(t, work.name_keys[t.values["name"]]) for t in new))
    update_companies([target for target in plan.targets if target.changes])
    write_relations(plan.targets)
    refresh_derived([target.id for target in plan.targets if target.id and names_changed(target)])


def new_company(target: Target, key: str) -> tuple[Any, ...]:
    """The columns of a new company, whose name is compared by `key`."""
    values = target.values
    name, owner = values["name"], target.owner
    return (
        target.id,
        name,
        key,
        pinyin_key(name),
        places.city_of(values.get("division_code")),
        owner and owner.id,
        owner and owner.office_id,
        target.is_demo,
        tokens.index_text(name, *target.aliases, values.get("uscc")),
        *(values.get(key, EMPTY_TEXT.get(key)) for key in SETTABLE),
    )


#: Text columns are never NULL.
EMPTY_TEXT = dict.fromkeys(("address", "products", "introduction", "website", "expansion_signal", "source"), "")
EMPTY_TEXT["capital_currency"] = "CNY"


def update_companies(targets: list[Target]) -> None:
    """Set the columns that differ; the others keep what they have."""
    by_columns: dict[tuple[str, ...], list[Target]] = {}
    for target in targets:
        by_columns.setdefault(tuple(target.changes), []).append(target)
    for columns, group in by_columns.items():
        keys = ("name_key", "pinyin_key") if "name" in columns else ()
        copying.update("companies", (*columns, *keys), (updated(target) for target in group))


def updated(target: Target) -> tuple[Any, ...]:
    """The id and the new values of an old company."""
    values = [after for _before, after in target.changes.values()]
    if "name" in target.changes:
        name = target.changes["name"][1]
        values += [name_key(name), pinyin_key(name)]
    return (target.id, *values)


def names_changed(target: Target) -> bool:
    """Whether an old company's search tokens or city must be made anew."""
    return not target.is_new and bool(target.aliases or target.changes.keys() & SOURCES)


#: What search tokens and the city follow from.
SOURCES = {"name", "uscc", "division_code"}


def refresh_derived(ids: Sequence[int]) -> None:
    """Make search tokens and city of companies anew, as services.refresh_derived does for one."""
    rows = db.session.execute(
        select(Company.id, Company.name, Company.uscc, Company.division_code, func.array_agg(CompanyAlias.alias))
        .outerjoin(CompanyAlias)
        .where(within(Company.id, ids))
        .group_by(Company.id)
    )
    values = (
        (company_id, tokens.index_text(name, *aliases, code), places.city_of(division))
        for company_id, name, code, division, aliases in rows
    )
    copying.update("companies", ("search", "city_code"), values)


def write_relations(targets: Sequence[Target]) -> None:
    """Aliases, tiers, segments and being local."""
    copying.insert_missing(
        "company_aliases",
        ("company_id", "alias", "alias_key", "kind"),
        ((t.id, alias, name_key(alias), AliasKind.SHORT.value) for t in targets for alias in t.aliases),
    )
    copying.insert_missing(
        "company_tiers", ("company_id", "tier_id"), ((t.id, tier) for t in targets for tier in t.tiers)
    )
    copying.insert_missing(
        "company_segments",
        ("company_id", "segment_id", "is_main", "chosen_by"),
        (row for target in targets for row in segment_rows(target)),
    )
    copying.insert_missing("local_companies", ("company_id", "town"), ((t.id, t.town) for t in targets if t.is_local))


def segment_rows(target: Target) -> Iterator[tuple[Any, ...]]:
    """The first segment is the main one, unless the company has one already: a person's choice stays."""
    for index, segment_id in enumerate(target.segments):
        yield target.id, segment_id, index == 0 and not target.has_main_segment, ChosenBy.IMPORT.value


class Lists:
    """The places of companies on lists. A new list belongs to the importer, and to the chain that all its rows name;
    so it is written when all are known."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.new: dict[str, array[int]] = {}
        self.chains: dict[str, set[str | None]] = {}

    def add(self, plan: CompanyPlan) -> None:
        """Put the companies of a plan on their lists."""
        self.references, known = plan.references, plan.references.lists
        named = [(name, target) for target in plan.targets for name in target.lists]
        write_entries([(known[name].id, target.id) for name, target in named if name in known])
        for name, target in named:
            if name not in known and target.id is not None:
                self.new.setdefault(name, array("q")).append(target.id)
                self.chains.setdefault(name, set()).add(target.chain)

    def write_new(self) -> None:
        """Write the lists that there were not, with their companies."""
        for name, companies in self.new.items():
            chains = self.chains[name]
            chain = self.references.chain_id(next(iter(chains)) or "") if len(chains) == 1 else None
            row = TargetList(
                name=name, source=self.work.file_name, owner_id=self.work.user.id,
                office_id=self.work.user.office_id, chain_id=chain,
            )  # fmt: skip
            db.session.add(row)
            db.session.flush()  # the entries need its id
            write_entries([(row.id, company_id) for company_id in companies])


def write_entries(entries: Sequence[tuple[int, int | None]]) -> None:
    """Put companies on lists: (list's id, company's id)."""
    copying.insert_missing("target_list_entries", ("list_id", "company_id"), entries)


@dataclass(frozen=True, slots=True)
class Person:
    """A contact to be written."""

    id: int
    company_id: int
    name: str
    title: str
    sealed: personal.Sealed | None


def write_contacts(targets: Iterable[Target], work: Work) -> None:
    """New contacts, their numbers encrypted under a key each."""
    wanted = [(target.id, name, values) for target in targets for name, values in target.contacts.items()]
    ids = copying.new_ids("contacts", len(wanted))
    people = [
        Person(
            contact_id, company_id or 0, name, values["title"],
            personal.seal(values["phone"]) if values["phone"] else None,
        )
        for contact_id, (company_id, name, values) in zip(ids, wanted, strict=True)
    ]  # fmt: skip
    columns = (
        "id", "company_id", "name", "title", "phone_cipher", "phone_hash", "phone_mask", "phone_last4", "search",
        "purpose", "source", "collected_on",
    )  # fmt: skip
    shared = (PURPOSE, work.file_name[:300], rules.today())
    copying.insert("contacts", columns, ((*person_values(person), *shared) for person in people))
    keys = ((person.id, person.sealed.wrapped_key) for person in people if person.sealed)
    copying.insert("contact_keys", ("contact_id", "wrapped_key"), keys)


def person_values(person: Person) -> tuple[Any, ...]:
    """A contact's own columns."""
    sealed = person.sealed
    number = (sealed.cipher, sealed.hash, sealed.mask, sealed.last4) if sealed else (None, None, None, None)
    return (
        person.id, person.company_id, person.name, person.title, *number,
        personal.search_text(person.name, sealed.last4 if sealed else None),
    )  # fmt: skip
