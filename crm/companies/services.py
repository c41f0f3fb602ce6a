"""The acts on companies. Each asks for its permission; the caller commits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import any_, func, literal, select, union_all, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import BigInteger

from crm.accounts.models import Role, User
from crm.accounts.permissions import require
from crm.accounts.settings import setting
from crm.companies import extensions, likeness, matching, places, queries
from crm.companies.models import (
    ChosenBy,
    Company,
    CompanyAlias,
    CompanySegment,
    CompanyTier,
    LocalCompany,
)
from crm.companies.naming import name_key, pinyin_key
from crm.database import N_, db, locked
from crm.errors import Conflict, Forbidden, RuleError
from crm.tokens import index_text

#: Columns that forms set as they are.
COLUMNS = (
    "name",
    "uscc",
    "division_code",
    "address",
    "products",
    "introduction",
    "website",
    "capital_wan",
    "capital_currency",
    "employees",
    "expansion_signal",
    "source",
    "parent_id",
)
DUPLICATE_CODE = N_("已经有企业用这个信用代码。")


def create_company(values: Mapping[str, Any], by: User, *, take: bool = True) -> Company:
    """Add a company: columns, and `aliases`, `tier_ids`, `main_segment_id`, `segment_ids`, `is_local`, `town`.

    With `take` it is held by `by` if she is an officer or manager; else it goes to the pool. Whether it is known
    already the caller asks before (`duplicates_of`). Raises RuleError for a code that another company has, Forbidden
    at the limit of held companies.
    """
    require(by, "company.create")
    company = Company(name=values["name"])
    if take and by.role in (Role.OFFICER, Role.MANAGER):
        require_below_limit(by)
        company.owner_id, company.office_id = by.id, by.office_id
    with unique_code():
        set_values(company, values)
        db.session.add(company)
    return company


def edit_company(company: Company, values: Mapping[str, Any], by: User) -> None:
    """Set what `values` holds. The caller has locked the row and compared its version."""
    require(by, "company.edit", company)
    require_active(company)
    with unique_code():
        if set_values(company, values):
            company.updated_at = func.clock_timestamp()  # its parts count as the company: raise the version


def duplicates_of(name: str, uscc: str | None, aliases: Iterable[str] = ()) -> Sequence[Company]:
    """The companies that share the code, the name or another name: a person looks at them before adding one more."""
    asked = [(name_key(name), uscc), *((name_key(alias), None) for alias in aliases)]
    ids = {candidate.company_id for found in matching.candidates(asked).values() for candidate in found}
    query = queries.with_card(select(Company).where(Company.id.in_(ids)))
    return db.session.scalars(query.order_by(Company.archived_at.isnot(None), Company.id)).unique().all()


def alike(name: str, uscc: str | None, aliases: Iterable[str] = ()) -> Sequence[Company]:
    """The duplicates, and behind them companies that the name may mean: short for it, of its sound, mistyped."""
    known = duplicates_of(name, uscc, aliases)
    proposed = [candidate.company_id for candidate in likeness.proposals([name]).get(name, ())]
    wanted = [company_id for company_id in proposed if company_id not in {company.id for company in known}]
    query = queries.with_card(select(Company).where(Company.id.in_(wanted)))
    found = {company.id: company for company in db.session.scalars(query).unique()}
    return [*known, *(found[company_id] for company_id in wanted)]


def set_values(company: Company, values: Mapping[str, Any]) -> bool:
    """Set columns and parts; whether a part (in a table of its own) has changed."""
    for column in COLUMNS:
        if column in values:
            setattr(company, column, values[column])
    changed = [setter(company, values) for setter in (set_aliases, set_tiers, set_segments, set_local)]
    refresh_derived(company)
    return any(changed)


def set_aliases(company: Company, values: Mapping[str, Any]) -> bool:
    """Make the other names those of `aliases`; kept ones keep their kind."""
    if "aliases" not in values:
        return False
    wanted = [alias for alias in values["aliases"] if alias != company.name]
    kept = [alias for alias in company.aliases if alias.alias in wanted]
    known = {alias.alias for alias in kept}
    new = [CompanyAlias(alias=alias, alias_key=name_key(alias)) for alias in wanted if alias not in known]
    changed = bool(new) or len(kept) < len(company.aliases)
    company.aliases = [*kept, *new]
    return changed


def set_tiers(company: Company, values: Mapping[str, Any]) -> bool:
    """Make the tiers those of `tier_ids`; kept ones keep their source."""
    if "tier_ids" not in values:
        return False
    wanted = set(values["tier_ids"])
    kept = [link for link in company.tiers if link.tier_id in wanted]
    new = [CompanyTier(tier_id=tier_id) for tier_id in wanted - {link.tier_id for link in kept}]
    changed = bool(new) or len(kept) < len(company.tiers)
    company.tiers = [*kept, *new]
    return changed


def set_segments(company: Company, values: Mapping[str, Any]) -> bool:
    """Make the segments `main_segment_id` (or none) and `segment_ids`; who chose the kept ones stays."""
    if "segment_ids" not in values:
        return False
    main = values.get("main_segment_id")
    wanted: set[int] = {*values["segment_ids"], *([] if main is None else [main])}
    before = {link.segment_id: link.is_main for link in company.segments}
    after = {segment_id: segment_id == main for segment_id in wanted}
    if before == after:
        return False
    company.segments = [link for link in company.segments if link.segment_id in wanted]
    for link in company.segments:
        if link.is_main and link.segment_id != main:
            link.is_main = False
    if company.id is not None:
        db.session.flush()  # the former main segment steps down before another becomes it: one at a time is allowed
    for link in company.segments:
        if link.segment_id == main and not link.is_main:
            link.is_main, link.chosen_by = True, ChosenBy.PERSON
    new = wanted - before.keys()
    company.segments.extend(CompanySegment(segment_id=id_, is_main=id_ == main) for id_ in sorted(new))
    return True


def set_local(company: Company, values: Mapping[str, Any]) -> bool:
    """Note that the company works in our city (in `town`), or that it does not."""
    if "is_local" not in values:
        return False
    if not values["is_local"]:
        was_local, company.local = company.local is not None, None
        return was_local
    town = values.get("town") or ""
    if company.local is None:
        company.local = LocalCompany(town=town)
        return True
    changed, company.local.town = company.local.town != town, town
    return changed


def refresh_derived(company: Company) -> None:
    """Bring up to date what follows from names, code and place: keys, city, search tokens."""
    company.name_key = name_key(company.name)
    company.pinyin_key = pinyin_key(company.name)
    company.city_code = places.city_of(company.division_code)
    for alias in company.aliases:
        alias.alias_key = name_key(alias.alias)
    company.search = index_text(company.name, *(alias.alias for alias in company.aliases), company.uscc)


def refresh_last_contact(company_ids: Iterable[int]) -> None:
    """Set each company's last contact from what the registered sources know (extensions.contact_days)."""
    ids = sorted(set(company_ids))
    if not ids or not extensions.contact_days:
        return
    db.session.flush()
    sources = [source() for source in extensions.contact_days]
    every = union_all(*(select(rows.c.company_id, rows.c.day) for rows in sources)).subquery()
    last = select(func.max(every.c.day)).where(every.c.company_id == Company.id).scalar_subquery()
    db.session.execute(
        update(Company)
        .where(Company.id == any_(literal(ids, ARRAY(BigInteger))), Company.last_contact_on.is_distinct_from(last))
        .values(last_contact_on=last)
        .execution_options(synchronize_session=False)
    )
    for company_id in ids:
        if (loaded := db.session.identity_map.get(db.session.identity_key(Company, company_id))) is not None:
            db.session.expire(loaded, ["last_contact_on", "version", "updated_at"])


@contextmanager
def unique_code() -> Iterator[None]:
    """Write what the block changes; RuleError where another company has the code, with nothing of the block written."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        if "uq_companies_uscc" not in str(error.orig):
            raise
        raise RuleError(DUPLICATE_CODE) from None


def require_active(company: Company) -> None:
    """Raise Conflict for an archived company."""
    if company.is_archived:
        raise Conflict(N_("这家企业已归档，恢复后才能修改。"))


# Who holds it


def take(company: Company, by: User) -> None:
    """Take a company from the pool (领取). One of many who try at once succeeds (promise 6), others get Forbidden.

    Locks the taker, so that two takings at once cannot pass the limit together, then the company.
    """
    db.session.execute(select(User.id).where(User.id == by.id).with_for_update(key_share=True))
    locked(db.session, Company, company.id)
    if not company.in_pool:
        raise Forbidden(N_("这家企业已由%(office)s跟进。"), office=company.office.name if company.office else "")
    require(by, "company.take", company)
    require_active(company)
    require_below_limit(by)
    company.owner, company.office_id = by, by.office_id
    db.session.flush()


def require_below_limit(user: User) -> None:
    """Raise Forbidden if the user holds as many companies as one may."""
    limit = setting("held_limit")
    if (db.session.scalar(queries.held_count(user.id)) or 0) >= limit:
        raise Forbidden(N_("您名下已有 %(limit)d 家企业，请先放回一些再领取。"), limit=limit)


def release(company: Company, by: User) -> None:
    """Give a company back to the pool (放回)."""
    locked(db.session, Company, company.id)
    require(by, "company.release", company)
    company.owner, company.office = None, None
    db.session.flush()


def archive(company: Company, by: User) -> None:
    """Take a company out of lists and figures; nothing is deleted. Doing it twice does no harm."""
    locked(db.session, Company, company.id)
    require(by, "company.archive", company)
    if not company.is_archived:
        company.archived_at = datetime.now(UTC)
    db.session.flush()


def restore(company: Company, by: User) -> None:
    """Bring an archived company back."""
    locked(db.session, Company, company.id)
    require(by, "company.restore", company)
    company.archived_at = None
    db.session.flush()
