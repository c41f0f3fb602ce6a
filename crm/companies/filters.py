"""The list of companies narrowed by the query string: one object that page, options and later exports share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from crm.accounts.models import User
from crm.accounts.permissions import office_ids
from crm.chain.models import Segment
from crm.companies import extensions, places, queries
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany
from crm.database import N_
from crm.errors import BadRequest
from crm.pagination import Spread
from crm.rules import clean, number_of, today

SCOPES = ("all", "mine", "office", "pool")
LARGEST_DAYS = 10_000


@dataclass(frozen=True)
class CompanyFilter:
    """What a list of companies is narrowed to; None and '' narrow nothing.

    `scope` is all, mine, office or pool; `cluster` 0 means in none; `city` is a division's code (a province's too).
    `owner` (a user's id) and `idle` (days without contact) look beyond the card and keep to readable companies. `extra`
    are filters of higher slices.
    """

    scope: str = "all"
    q: str = ""
    cluster: int | None = None
    city: str | None = None
    chain: int | None = None
    segment: int | None = None
    tier: int | None = None
    target_list: int | None = None
    office: int | None = None
    owner: int | None = None
    local: bool | None = None
    idle: int | None = None
    archived: bool = False
    extra: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> "CompanyFilter":
        """The filter of a query string; BadRequest for a value that cannot be one."""
        given = {field: read(args[key]) for key, (field, read) in READERS.items() if args.get(key, "").strip()}
        extra = tuple((key, args[key]) for key in extensions.filters if args.get(key))
        return cls(**given, extra=extra)

    def apply(self, query: Select[Company], user: User) -> Select[Company]:
        """The query (a select of Company) with all conditions."""
        return query.where(*self.conditions(user))

    def conditions(self, user: User) -> list[ColumnElement[bool]]:
        """What the companies must fulfil."""
        archived = Company.archived_at.isnot(None) if self.archived else Company.archived_at.is_(None)
        found: list[ColumnElement[bool]] = [archived]
        found += self._of_holder(user) + self._of_card() + self._beyond_card(user)
        if self.q:
            found.append(queries.matches(self.q))
        return found

    def _of_holder(self, user: User) -> list[ColumnElement[bool]]:
        if self.scope == "mine":
            return [Company.owner_id == user.id]
        if self.scope == "office":
            return [Company.office_id.in_(sorted(office_ids(user)))]
        return [Company.owner_id.is_(None)] if self.scope == "pool" else []

    def _of_card(self) -> list[ColumnElement[bool]]:
        tier = exists().where(CompanyTier.company_id == Company.id, CompanyTier.tier_id == self.tier)
        segments = select(Segment.id).where(Segment.chain_id == self.chain)
        is_local = exists().where(LocalCompany.company_id == Company.id)
        given: list[tuple[Any, Callable[[], ColumnElement[bool]]]] = [
            (self.cluster, lambda: in_cluster(self.cluster or 0)),
            (self.city, lambda: in_place(self.city or "")),
            (self.chain, lambda: queries.in_segment(CompanySegment.segment_id.in_(segments))),
            (self.segment, lambda: queries.in_segment(CompanySegment.segment_id == self.segment)),
            (self.tier, lambda: tier),
            (self.target_list, lambda: queries.on_list(self.target_list or 0)),
            (self.office, lambda: Company.office_id == self.office),
            (self.local, lambda: is_local if self.local else ~is_local),
        ]
        return [condition() for value, condition in given if value is not None]

    def _beyond_card(self, user: User) -> list[ColumnElement[bool]]:
        found = [extensions.filters[key].condition(value, user) for key, value in self.extra]
        if self.owner is not None:
            found.append(Company.owner_id == self.owner)
        if self.idle is not None:
            found.append(queries.not_contacted_since(today() - timedelta(days=self.idle)))
        return [queries.readable(user), *found] if found else []

    @property
    def looks_beyond_card(self) -> bool:
        """Whether only readable companies can be found."""
        return bool(self.extra) or self.owner is not None or self.idle is not None

    @property
    def spread(self) -> Spread | None:
        """The cities of the chosen cluster, whose companies an index has by name."""
        cities = queries.cities_of_cluster(self.cluster) if self.cluster else None
        return Spread(Company.city_code, cities, Company.pinyin_key) if cities else None

    def in_scope(self, scope: str) -> "CompanyFilter":
        """The same filter over another set of companies."""
        return replace(self, scope=scope)


def in_cluster(cluster_id: int) -> ColumnElement[bool]:
    """The condition that a company lies in a cluster; 0 stands for companies that lie in none."""
    if cluster_id:
        return Company.city_code.in_(queries.cities_of_cluster(cluster_id))
    return Company.city_code.is_(None) | Company.city_code.not_in(queries.cities_of_cluster(None))


def in_place(code: str) -> ColumnElement[bool]:
    """The condition that a company lies in a city, or anywhere in a province."""
    city = places.city_of(code) or ""
    if len(code) > 4:
        return Company.division_code == code
    return Company.city_code == city if len(city) == 4 or city in places.MUNICIPALITIES else within_province(city)


def within_province(code: str) -> ColumnElement[bool]:
    """The condition that a company lies in a province: its cities are listed, so that an index answers."""
    return Company.city_code.in_([c for c in places.names() if len(c) <= 4 and c.startswith(code)])


def one_of(*values: str) -> Callable[[str], str]:
    """A reader of a word from a fixed set."""

    def read(text: str) -> str:
        if text not in values:
            raise BadRequest(N_("不能按这个条件筛选。"))
        return text

    return read


def row_id(text: str) -> int:
    """A row's id; one that no row can have is refused like a word."""
    found = number_of(text)
    if found is None:
        raise BadRequest(N_("不能按这个条件筛选。"))
    return found


def days(text: str) -> int:
    """A number of days."""
    return min(row_id(text), LARGEST_DAYS)


def division(text: str) -> str:
    """A division's code."""
    if text not in places.names():
        raise BadRequest(N_("不能按这个条件筛选。"))
    return text


#: By query parameter: the field and how its text is read.
READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "scope": ("scope", one_of(*SCOPES)),
    "q": ("q", lambda text: clean(text)[:100]),
    "cluster": ("cluster", row_id),
    "city": ("city", division),
    "chain": ("chain", row_id),
    "segment": ("segment", row_id),
    "tier": ("tier", row_id),
    "list": ("target_list", row_id),
    "office": ("office", row_id),
    "owner": ("owner", row_id),
    "local": ("local", lambda text: one_of("1", "0")(text) == "1"),
    "idle": ("idle", days),
    "archived": ("archived", lambda text: one_of("1")(text) == "1"),
}
