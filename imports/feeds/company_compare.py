"""Known companies beside what a sheet says of them: what differs, what is new, what may not be changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger

from crm.accounts.models import Office, User
from crm.accounts.permissions import held_by
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
from imports.feeds.references import References
from imports.models import FindingKind
from imports.work import Work

#: Columns that a sheet sets on an old company too, in the order in which they are shown.
SETTABLE = (
    "uscc", "division_code", "address", "products", "introduction", "website", "capital_wan",
    "capital_currency", "employees", "expansion_signal", "source",
)  # fmt: skip
#: Columns that only fill what is empty: a code that differs is another company, a source is where it first came from.
FILL_ONLY = {"uscc", "source"}
#: Columns of a sheet that together say the place.
PLACE_KEYS = ("province", "city", "district", "place")

OTHER_NAME = N_("库中的名称是“%(name)s”，按信用代码认定为同一家，名称不改。")
NO_CLAIM = N_("导入不改变归属：这家企业现在的归属不变。")
ARCHIVED = N_("这家企业已归档，恢复后才能修改；这一行的内容没有采用。")
#: Who holds it; without or with columns that were left out.
HELD_ELSEWHERE = N_("由%(holder)s跟进。")
HELD_ELSEWHERE_LEFT = N_("由%(holder)s跟进，您不能修改；这一行的其他内容没有采用。")
HELD_HERE = N_("由本部门的%(holder)s跟进。")
HELD_HERE_LEFT = N_("由本部门的%(holder)s跟进，您不能修改；这一行的其他内容没有采用。")
#: What is known of a company besides what a sheet may set.
HOLDING = (Company.name, Company.owner_id, Company.office_id, Company.archived_at)


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
    #: The name of the chain that its first row is about.
    chain: str | None = None
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


def compare(targets: Sequence[Target], work: Work, references: References) -> None:
    """Keep of the matched companies' targets only what is new, and say what is left out."""
    ids = [target.id for target in targets if target.id is not None]
    columns = [Company.id, *HOLDING, *(getattr(Company, key) for key in SETTABLE)]
    known = {row.id: row for row in db.session.execute(select(*columns).where(within(Company.id, ids)))}
    allowed = held_by(Company, work.user, "import.update")
    editable = set(db.session.scalars(select(Company.id).where(within(Company.id, ids), allowed)))
    relations, holders = Relations(ids, references), Holders()
    for target in targets:
        row = known[target.id]
        if row.archived_at is not None or target.id not in editable:
            leave_as_it_is(target, row, work, holders)
        else:
            differ(target, row, work)
            relations.subtract(target)


class Holders:
    """The names of those who hold companies."""

    def __init__(self) -> None:
        self.offices: Mapping[int, str] = dict(db.session.execute(select(Office.id, Office.name)).all())
        self.users: Mapping[int, str] = dict(db.session.execute(select(User.id, User.display_name)).all())


def leave_as_it_is(target: Target, row: Any, work: Work, holders: Holders) -> None:
    """Take nothing from the sheet for a company that somebody else holds or that is archived, and say so."""
    leaves_out = target.adds_relations or len(target.values.keys() - {"name"}) > 0
    if row.archived_at is not None:
        work.say(target.place, FindingKind.NOTE, "", ARCHIVED)
    elif row.office_id == work.user.office_id:
        message = HELD_HERE_LEFT if leaves_out else HELD_HERE
        work.say(target.place, FindingKind.HELD, "", message, holder=holders.users[row.owner_id])
    else:
        message = HELD_ELSEWHERE_LEFT if leaves_out else HELD_ELSEWHERE
        work.say(target.place, FindingKind.HELD, "", message, holder=holders.offices[row.office_id])
    target.values, target.aliases, target.tiers, target.segments = {}, [], [], []
    target.lists, target.contacts, target.is_local = [], {}, False


def differ(target: Target, row: Any, work: Work) -> None:
    """What the sheet says otherwise than the record; names and owners stay."""
    differ_in_name(target, row, work)
    if target.owner is not None and target.owner.id != row.owner_id:
        work.say(target.place, FindingKind.NOTE, "owner", NO_CLAIM)
    for key, value in target.values.items():
        before = getattr(row, key)
        # A currency says of what its amount is: the one goes with the other.
        leading = "capital_wan" if key == "capital_currency" else key
        may_replace = getattr(row, leading) in (None, "") or not only_fills(leading, work)
        if before != value and may_replace and not coarser(key, value, before):
            target.changes[key] = (before, value)


def differ_in_name(target: Target, row: Any, work: Work) -> None:
    """The full name of a company of which only the short one was known replaces it; what a person took for the company
    becomes another name of it, so that it is recognised next time.
    """
    name = target.values.pop("name", None)
    if not name or name == row.name or work.name_keys[name] == name_key(row.name):
        return
    if name_key(row.name) in map(name_key, target.aliases):
        target.changes["name"] = (row.name, name)
    elif target.place in work.chosen:
        target.aliases = list(dict.fromkeys([*target.aliases, name]))
    elif "uscc" in target.values:
        work.say(target.place, FindingKind.NOTE, "name", OTHER_NAME, name=row.name)


def only_fills(key: str, work: Work) -> bool:
    """Whether a column may not replace what is there: always, or because a person chose so."""
    columns = PLACE_KEYS if key == "division_code" else (key,)
    return key in FILL_ONLY or not work.fill_only.isdisjoint(columns)


def coarser(key: str, value: Any, before: Any) -> bool:
    """Whether a place is only the larger one around what is known: 广东 does not overwrite 深圳."""
    return key == "division_code" and before is not None and before.startswith(value)


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


def within(column: Any, ids: Sequence[int]) -> Any:
    """`column = any(ids)`: one parameter however many ids."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))
