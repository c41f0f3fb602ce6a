"""Reads of companies, contacts and target lists, each within what a user may see.

Everybody sees every company's card; what is beyond the card must not be told by a filter or an order either, so those
that look at it keep to the companies that the user may read (promise 15).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz.distance import OSA
from sqlalchemy import ColumnElement, Select, cast, exists, false, func, literal, or_, select, union
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import aliased, contains_eager, joinedload, raiseload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from crm.accounts.models import User
from crm.accounts.permissions import held_by, may
from crm.chain.models import Chain, Division, Segment
from crm.chain.queries import cluster_of
from crm.companies import places
from crm.companies.models import (
    Company,
    CompanyAlias,
    CompanyDocument,
    CompanySegment,
    Contact,
    ContactReveal,
    DistinctCompanies,
    Merge,
    TargetList,
    TargetListEntry,
    Tier,
)
from crm.companies.naming import name_key
from crm.database import db
from crm.pagination import Sort
from crm.rules import clean, narrow
from crm.tokens import RUN, alike, near_text, query_text

SORTS: Mapping[str, Sort] = {
    "name": Sort(Company.pinyin_key, Company.id),
    "-name": Sort(Company.pinyin_key, Company.id, descending=True),
    "updated": Sort(Company.updated_at, Company.id),
    "-updated": Sort(Company.updated_at, Company.id, descending=True),
    "contact": Sort(Company.last_contact_on, Company.id, nullable=True),
    "-contact": Sort(Company.last_contact_on, Company.id, descending=True, nullable=True),
}
#: Orders by what stands beyond the card.
PRIVATE_SORTS = frozenset({"updated", "-updated", "contact", "-contact"})
#: So many companies are looked at for each way in which a text can find them.
LOOKED_AT = 60
#: So many of them are offered.
OFFERED = 12
#: A group of companies is shown so many levels deep and so many rows long.
DEEPEST, GROUP = 8, 200
#: The last character there is: what begins with a text lies between the text and the text with it.
LAST = "\U0010ffff"


def readable(user: User) -> ColumnElement[bool]:
    """The condition under which a user may read all of a company; without it there is only the card."""
    return held_by(Company, user, "company.read")


def document_ids(company_id: int) -> Select[int]:
    """The ids of the documents on a company's file."""
    return select(CompanyDocument.document_id).where(CompanyDocument.company_id == company_id)


def everyone() -> Select[Company]:
    """All companies: each has at least a card for everybody."""
    return select(Company)


def active() -> Select[Company]:
    """All companies that are not archived."""
    return select(Company).where(Company.archived_at.is_(None))


def readable_by(user: User) -> Select[Company]:
    """The companies that a user may read."""
    return select(Company).where(readable(user))


def with_card(query: Select[Company]) -> Select[Company]:
    """The same companies with what a list shows of them, in a fixed number of statements."""
    return query.options(
        joinedload(Company.owner).raiseload(User.office),
        joinedload(Company.office),
        joinedload(Company.local),
        selectinload(Company.segments),
        selectinload(Company.tiers),
        selectinload(Company.aliases),
    )


def whole() -> tuple[ORMOption, ...]:
    """What the pages of one company show of it, loaded in the same statement: it has a handful of each."""
    return (
        joinedload(Company.owner),
        joinedload(Company.office),
        joinedload(Company.local),
        joinedload(Company.aliases),
        joinedload(Company.tiers),
        joinedload(Company.segments).joinedload(CompanySegment.segment).joinedload(Segment.chain),
    )


def contacts_visible_to(user: User) -> Select[Contact]:
    """The contacts, not the erased ones, of the companies that a user may read, with their company."""
    return (
        select(Contact)
        .join(Contact.company)
        .where(readable(user), Contact.erased_at.is_(None))
        .options(contains_eager(Contact.company))
    )


def contacts_of(company_id: int) -> Select[Contact]:
    """A company's contacts, the erased ones left out."""
    return select(Contact).where(Contact.company_id == company_id, Contact.erased_at.is_(None)).order_by(Contact.id)


def expiring_contacts(user: User, last: Any) -> Select[Contact]:
    """The contacts of a person's own companies whose term ends by a day, the first to end first."""
    query = contacts_visible_to(user).where(Company.owner_id == user.id, Contact.expires_on <= last)
    return query.order_by(Contact.expires_on, Contact.id)


def reveals_of(contact_id: int) -> Select[ContactReveal, User]:
    """Who looked at a contact's number, when and why, the latest first."""
    query = select(ContactReveal, User).join(User, User.id == ContactReveal.user_id)
    return query.where(ContactReveal.contact_id == contact_id).order_by(ContactReveal.id.desc())


def group_of(company: Company) -> Select[Company, int]:
    """(company, depth) of the group that a company belongs to: from its topmost company down, GROUP rows at most."""
    up = select(Company.id, Company.parent_id, literal(0).label("height")).where(Company.id == company.id)
    above = up.cte("above", recursive=True)
    parent = aliased(Company)
    higher = select(parent.id, parent.parent_id, above.c.height + 1).join(above, above.c.parent_id == parent.id)
    above = above.union_all(higher.where(above.c.height < DEEPEST))
    top = select(above.c.id).order_by(above.c.height.desc()).limit(1).scalar_subquery()
    down = select(Company.id, literal(0).label("depth")).where(Company.id == top).cte("g", recursive=True)
    child = aliased(Company)
    lower = select(child.id, down.c.depth + 1).join(down, child.parent_id == down.c.id)
    down = down.union_all(lower.where(down.c.depth < DEEPEST, child.archived_at.is_(None)))
    return select(Company, down.c.depth).join(down, down.c.id == Company.id).limit(GROUP)


def lists_and_places(company_id: int) -> Select[TargetList, TargetListEntry | None]:
    """(list, the company's place on it or None): all target lists by name."""
    on_it = (TargetListEntry.list_id == TargetList.id) & (TargetListEntry.company_id == company_id)
    return target_lists().add_columns(TargetListEntry).outerjoin(TargetListEntry, on_it)


def entries_of_companies(company_ids: Sequence[int]) -> Select[TargetListEntry]:
    """The places of some companies on lists, with the lists."""
    query = select(TargetListEntry).join(TargetListEntry.target_list)
    query = query.options(contains_eager(TargetListEntry.target_list))
    return query.where(TargetListEntry.company_id.in_(company_ids)).order_by(TargetList.name, TargetList.id)


def notes_on_list(list_id: int, company_ids: Sequence[int]) -> Select[int, str]:
    """(company, note) of some companies on a list."""
    return select(TargetListEntry.company_id, TargetListEntry.note).where(
        TargetListEntry.list_id == list_id, TargetListEntry.company_id.in_(company_ids)
    )


def tiers() -> Select[Tier]:
    """All tiers in their order."""
    return select(Tier).order_by(Tier.ordinal, Tier.id)


def segments_by_chain() -> Select[Segment]:
    """All segments with their chain, in the order of both; fictitious chains last."""
    return (
        select(Segment)
        .join(Segment.chain)
        .options(contains_eager(Segment.chain), raiseload(Segment.parent))
        .order_by(Chain.is_demo, Chain.id, Segment.ordinal, Segment.id)
    )


def target_lists() -> Select[TargetList]:
    """All target lists by name."""
    return (
        select(TargetList)
        .options(joinedload(TargetList.owner), joinedload(TargetList.chain))
        .order_by(TargetList.name, TargetList.id)
    )


def list_sizes() -> Select[int, int]:
    """(list, number of its companies that are not archived)."""
    return (
        select(TargetListEntry.list_id, func.count())
        .join(Company, Company.id == TargetListEntry.company_id)
        .where(Company.archived_at.is_(None))
        .group_by(TargetListEntry.list_id)
    )


def held_count(user_id: int) -> Select[int]:
    """How many companies somebody holds, archived ones left out."""
    return select(func.count()).select_from(Company).where(Company.owner_id == user_id, Company.archived_at.is_(None))


def cities_of_cluster(cluster_id: int | None) -> list[str]:
    """The codes of a cluster's cities, and of its provinces for companies of which only the province is known.

    Without an id, of all clusters.
    """
    cluster = cluster_of(Division.code)
    is_in = cluster.isnot(None) if cluster_id is None else cluster == cluster_id
    return list(db.session.scalars(select(Division.code).where(Division.level < 3, is_in)))


def matches(text: str) -> ColumnElement[bool]:
    """The condition under which a company is found by what somebody typed: names, aliases, code; pinyin, initials."""
    asked = query_text(text)
    return Company.search.op("@@")(cast(asked, TSQUERY)) if asked else false()


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """The condition that a column collated "C" begins with a text; an index on it answers."""
    return (column >= text) & (column < text + LAST) if text else false()


def best(text: str, user: User, act: str = "company.card") -> list[Company]:
    """The companies that a text finds and to which the user may do `act`, the best first."""
    text = clean(text)
    within = held_by(Company, user, act)
    found = db.session.scalars(looked_up(text, user, within)).unique().all()
    if found or not (near := near_text(text)):
        return sorted(found, key=lambda company: rank(company, text, user))[:OFFERED]
    found = db.session.scalars(perhaps_meant(near, within)).unique().all()
    return sorted(found, key=lambda company: (mistakes(company, text), rank(company, text, user)))[:OFFERED]


def looked_up(text: str, user: User, within: ColumnElement[bool]) -> Select[Company]:
    """Some companies that a text finds, by name first, then one's own, then any; `within` narrows them.

    Each way looks at LOOKED_AT rows at most, so that a single character among a million names costs no more than a
    rare name. Order them with `rank`.
    """
    key, code = name_key(text), code_key(text)
    active = Company.archived_at.is_(None) & within
    by_alias = select(CompanyAlias.company_id).join(CompanyAlias.company).where(begins(CompanyAlias.alias_key, key))
    ways = [
        select(Company.id).where(begins(Company.name_key, key), active),
        by_alias.where(active),
        select(Company.id).where(begins(Company.uscc, code) if len(code) > 1 else false(), active),
        select(Company.id).where(matches(text), Company.owner_id == user.id, active),
        select(Company.id).where(matches(text), active),
    ]
    ids = union(*(way.limit(LOOKED_AT).subquery().select() for way in ways))
    return with_card(select(Company).where(Company.id.in_(ids)))


def perhaps_meant(near: str, within: ColumnElement[bool]) -> Select[Company]:
    """Some companies whose pinyin is close to what was typed (tokens.near_text), where nothing is called just that.

    All are found before any is taken: with a limit in the same step the planner would read the table and test each
    name against dozens of words, which took seconds among a million.
    """
    named = select(Company.id).where(Company.search.op("@@")(cast(near, TSQUERY)))
    found = named.cte("found").prefix_with("materialized")
    ids = select(found.c.id).join(Company, Company.id == found.c.id).where(Company.archived_at.is_(None), within)
    return with_card(select(Company).where(Company.id.in_(ids.limit(LOOKED_AT).subquery().select())))


def rank(company: Company, text: str, user: User) -> tuple[Any, ...]:
    """By what found companies are ordered: exact, prefix, begins after the place, own, own office's, latest contact."""
    key, code = name_key(text), code_key(text)
    keys = [company.name_key, *(alias.alias_key for alias in company.aliases)]
    exact = key in keys or company.uscc == code
    prefix = any(k.startswith(key) for k in keys) or (len(code) > 1 and (company.uscc or "").startswith(code))
    seen = company.last_contact_on if may(user, "company.read", company) else None
    return (
        not exact,
        not (prefix and key),
        not begins_with(company, key),
        company.owner_id != user.id,
        company.office_id != user.office_id,
        -(seen.toordinal() if seen else 0),
        company.pinyin_key,
        company.id,
    )


def code_key(text: str) -> str:
    """A text as a code is compared: half width, capitals, without blanks."""
    return "".join(narrow(text).upper().split())


def begins_with(company: Company, key: str) -> bool:
    """Whether a company's name begins, perhaps after its place, with what was typed: characters, pinyin or initials."""
    run = RUN.match(key)
    han, latin = run.groups() if run else (None, None)
    spoken = company.pinyin_key.split()
    if han and any(company.name_key.startswith(han, start) for start in (0, places.place_length(company.name_key))):
        return True
    starts = (0, places.place_length(company.name))
    return latin is not None and any(sounds_like(spoken[start:], latin) for start in starts)


def mistakes(company: Company, text: str) -> int:
    """How many letters lie between what was typed as pinyin and how a name, perhaps after its place, begins.

    Sounds that people take for each other count as one.
    """
    typed, spoken = name_key(text), company.pinyin_key.split()
    if not typed.isascii():
        return 0
    starts = {0, places.place_length(company.name)}
    said = ["".join(spoken[start:])[: len(typed) + more] for start in starts for more in (-1, 0, 1)]
    return min(OSA.distance(alike(start), alike(typed)) for start in said)


def sounds_like(spoken: Sequence[str], latin: str) -> bool:
    """Whether syllables begin with letters typed as pinyin, as initials, or as some of each (dazujg)."""
    left = latin
    for syllable in spoken:
        if not left or syllable.startswith(left):
            return True
        taken = syllable if left.startswith(syllable) else syllable[:1]
        if not left.startswith(taken):
            return False
        left = left[len(taken) :]
    return not left


def in_segment(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that one of a company's segments fulfils another."""
    return exists().where(CompanySegment.company_id == Company.id, condition)


def on_list(list_id: int) -> ColumnElement[bool]:
    """The condition that a company stands on a list."""
    return exists().where(TargetListEntry.company_id == Company.id, TargetListEntry.list_id == list_id)


def not_contacted_since(day: Any) -> ColumnElement[bool]:
    """The condition that a company's last contact was before a day, or that there was none."""
    return or_(Company.last_contact_on < day, Company.last_contact_on.is_(None))


def alike_pairs(user: User) -> Select[int, int]:
    """(id, other id) of companies that bear one name, or of which one bears the other's, newest first.

    Of each pair the user may edit at least one; pairs that somebody told apart are left out.
    """
    first, second = aliased(Company), aliased(Company)
    named, also = aliased(CompanyAlias), aliased(CompanyAlias)
    ways = (
        select(first.id, second.id).join(second, second.name_key == first.name_key),
        select(first.id, second.id)
        .join(named, named.company_id == first.id)
        .join(second, second.name_key == named.alias_key),
        select(first.id, second.id)
        .join(named, named.company_id == first.id)
        .join(also, also.alias_key == named.alias_key)
        .join(second, second.id == also.company_id),
    )
    may_edit = or_(held_by(first, user, "company.merge"), held_by(second, user, "company.merge"))
    both_active = first.archived_at.is_(None) & second.archived_at.is_(None)
    pairs = union(*(way.where(first.id != second.id, both_active, may_edit) for way in ways)).subquery()
    one, other = pairs.c
    lesser, greater = func.least(one, other), func.greatest(one, other)
    told_apart = exists().where(DistinctCompanies.company_id == lesser, DistinctCompanies.other_id == greater)
    return select(lesser, greater).where(~told_apart).distinct().order_by(greater.desc(), lesser.desc())


def merges_of(company_id: int) -> Select[Merge]:
    """What was merged into a company and not undone, the latest first."""
    query = select(Merge).where(Merge.target_id == company_id, Merge.undone_at.is_(None))
    return query.options(joinedload(Merge.source), joinedload(Merge.by)).order_by(Merge.id.desc())
