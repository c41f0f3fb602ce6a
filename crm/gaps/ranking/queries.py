"""Reads for rankings. Whoever stands in a segment or speaks of it is found among a million companies by indexes, some
hundreds of them are scored.

What is not on a company's card is read of those alone that the viewer may read (promise 15): for others neither their
products find them nor does any order tell of their contacts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    any_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, aggregate_order_by
from sqlalchemy.types import BigInteger

from crm.accounts.models import Office, User
from crm.chain.models import Cluster, ClusterDivision, Segment
from crm.companies import places
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, Tier
from crm.companies.queries import readable
from crm.database import db
from crm.gaps.ranking.fit import query_of
from crm.gaps.ranking.models import ClusterPreference, RankingWeight
from crm.gaps.ranking.score import Candidate, Weights
from crm.tokens import query_text

#: What is not on a company's card.
PRIVATE = ("products", "capital_wan", "employees", "last_contact_on", "expansion_signal")
#: Of the companies that speak of a segment so many are looked at. Of each kind so many are scored.
LOOKED_AT, STRONG, OTHERS = 1_000, 150, 100


def weights() -> Weights:
    """The weights as they are stored."""
    points = {row.part: row.points for row in db.session.scalars(select(RankingWeight).order_by(RankingWeight.id))}
    clusters = {row.cluster_id: row.percent for row in db.session.scalars(select(ClusterPreference))}
    return Weights(points, clusters)


def heaviest_tier() -> Decimal:
    """The weight of the tier that weighs most; 0 where there is none."""
    return db.session.scalar(select(func.max(Tier.weight))) or Decimal(0)


def words_of(segment: Segment) -> list[str]:
    """The terms by which a segment's companies are recognised; its own name where nobody has given any."""
    return [term.term for term in segment.terms] or [segment.name]


def candidates(segment: Segment, user: User) -> list[Candidate]:
    """Whoever could work in a segment and comes from elsewhere, as far as the viewer may know of them."""
    ids = db.session.scalars(shortlist(segment, words_of(segment), user)).all()
    return described(segment, ids, user)


def shortlist(segment: Segment, terms: Sequence[str], user: User) -> Select[int]:
    """The ids of companies worth scoring.

    Those who have something besides their trade to recommend them (a tier, a contact, a signal) come first: any two
    others differ in fit and place alone, so that of these a part will do. Each part is read in the order of an index.
    """
    inside = CompanySegment.segment_id == segment.id
    heavy = select(CompanySegment.company_id.label("id"), func.max(Tier.weight).label("weight"))
    heavy = heavy.join(CompanyTier, CompanyTier.company_id == CompanySegment.company_id).join(Tier)
    tiered = (
        heavy.where(inside).group_by(CompanySegment.company_id).order_by(func.max(Tier.weight).desc()).limit(STRONG)
    )
    stirred = select(Company.id).join(CompanySegment, CompanySegment.company_id == Company.id)
    stirred = stirred.where(inside, is_stirred(), readable(user)).limit(STRONG)
    others = select(CompanySegment.company_id.label("id")).where(inside, CompanySegment.is_main).limit(OTHERS)
    sidelines = select(CompanySegment.company_id.label("id")).where(inside, ~CompanySegment.is_main).limit(OTHERS)
    parts = (tiered, stirred, others, sidelines, speaking(terms, user))
    return union(*(select(part.subquery().c.id) for part in parts))  # type: ignore[return-value] # ids, as a Select has them


def speaking(terms: Sequence[str], user: User) -> Select[int]:
    """The companies whose name, or whose products as far as one may read them, speak of the terms: the strong first."""
    by_name, by_products = name_query(terms), query_of(terms)
    ways = (
        Company.search.op("@@")(cast(by_name, TSQUERY)) if by_name else false(),
        makes_any(by_products) & readable(user) if by_products else false(),
    )
    known = (is_stirred() & readable(user)).label("is_stirred")
    found = (select(Company.id, known).where(way, Company.archived_at.is_(None)).limit(LOOKED_AT) for way in ways)
    pool = union_all(*(each.subquery().select() for each in found)).subquery()
    weight = (
        select(func.max(Tier.weight)).join(CompanyTier).where(CompanyTier.company_id == pool.c.id).scalar_subquery()
    )
    return select(pool.c.id).order_by(weight.desc().nulls_last(), pool.c.is_stirred.desc()).limit(STRONG + OTHERS)


def makes_any(query: str) -> ColumnElement[bool]:
    """The condition that what a company makes fulfils a tsquery; ix_companies_products answers."""
    return func.product_words(Company.products).op("@@")(cast(query, TSQUERY))


def name_query(terms: Iterable[str]) -> str | None:
    """The tsquery over names that any of the terms may fulfil; None without any."""
    asked = [text for term in terms if len(term) > 1 and (text := query_text(term))]
    return " | ".join(f"({text})" for text in asked) or None


def is_stirred() -> ColumnElement[bool]:
    """The condition of ix_companies_stirred."""
    return Company.archived_at.is_(None) & or_(Company.last_contact_on.isnot(None), Company.expansion_signal != "")


def described(segment: Segment, ids: Collection[int], user: User) -> list[Candidate]:
    """The companies of some ids as candidates; local, archived and (for a real chain) fictitious ones left out."""
    clusters = clusters_by_division()
    rows = db.session.execute(candidate_rows(segment, ids, user)).all()
    return [candidate(row, clusters) for row in rows]


def candidate_rows(segment: Segment, ids: Collection[int], user: User) -> Select[*tuple[Any, ...]]:
    """A row per candidate: the columns of a company, its office, its tiers, its place in the segment, and whether the
    viewer may read it."""
    tiers = tiers_of(ids)
    link = and_(CompanySegment.company_id == Company.id, CompanySegment.segment_id == segment.id)
    return (
        select(
            *(Company.id, Company.name, Company.pinyin_key, Company.city_code, Company.owner_id, Company.office_id),
            *(Company.products, capital_in_yuan(), Company.employees, Company.last_contact_on),
            *(Company.expansion_signal, Office.name.label("office"), tiers.c.tiers, tiers.c.weight),
            *(
                CompanySegment.is_main,
                CompanySegment.chosen_by,
                func.coalesce(readable(user), false()).label("is_known"),
            ),
        )
        .outerjoin(Office, Office.id == Company.office_id)
        .outerjoin(tiers, tiers.c.company_id == Company.id)
        .outerjoin(CompanySegment, link)
        .where(Company.id == one_of(ids), Company.archived_at.is_(None), Company.is_demo == segment.chain.is_demo)
        .where(~exists().where(LocalCompany.company_id == Company.id))
    )


def capital_in_yuan() -> ColumnElement[Decimal | None]:
    """The capital in 万元; of another currency None: there are no rates here, and amounts of two are not compared."""
    return case((Company.capital_currency == "CNY", Company.capital_wan)).label("capital_wan")


def one_of(ids: Collection[int]) -> Any:
    """Any of some ids, as one parameter: hundreds would be written into the statement each time."""
    return any_(literal(list(ids), ARRAY(BigInteger)))


def tiers_of(ids: Collection[int]) -> Subquery:
    """(company_id, names of its tiers, the largest weight)."""
    names = func.array_agg(aggregate_order_by(Tier.name, Tier.weight.desc(), Tier.ordinal))
    query = select(CompanyTier.company_id, names.label("tiers"), func.max(Tier.weight).label("weight")).join(Tier)
    return query.where(CompanyTier.company_id == one_of(ids)).group_by(CompanyTier.company_id).subquery()


def candidate(row: Any, clusters: Mapping[str, tuple[int, str]]) -> Candidate:
    """A row as a candidate; what is not on the card stays empty unless the viewer may read the company."""
    cluster_id, cluster = clusters.get(row.city_code or "") or clusters.get((row.city_code or "")[:2]) or (None, "")
    return Candidate(
        id=row.id,
        name=row.name,
        pinyin_key=row.pinyin_key,
        city=places.last_name(row.city_code),
        cluster_id=cluster_id,
        cluster=cluster,
        tiers=row.tiers or (),
        tier_weight=row.weight,
        is_main=row.is_main,
        chosen_by=row.chosen_by,
        is_known=row.is_known,
        owner_id=row.owner_id,
        office=row.office or "",
        **({key: getattr(row, key) for key in PRIVATE} if row.is_known else {}),
    )


def clusters_by_division() -> dict[str, tuple[int, str]]:
    """{code of a city or province: (id, name) of its cluster}."""
    query = select(ClusterDivision.division_code, Cluster.id, Cluster.name).join(Cluster)
    return {code: (cluster_id, name) for code, cluster_id, name in db.session.execute(query)}
