"""再找几家像它的: companies whose products read like one's."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from crm.accounts.models import User
from crm.companies.models import Company
from crm.companies.queries import readable
from crm.database import db
from crm.gaps.ranking.fit import CLAUSE, pairs, plain, query_of
from crm.gaps.ranking.queries import makes_any

#: So many companies are compared, so many shown; below this likeness nobody would see why.
COMPARED, SHOWN, LEAST = 1_500, 12, 0.08
#: A product's kind stands at its end (YAG 晶体, 非线性晶体): so many characters of it find others of its kind.
TAIL, PHRASES = 3, 12
#: Words of every description, which tell nothing.
SMALL = re.compile("[的和及与等]")
EVERYWHERE = (
    "研发",
    "生产",
    "销售",
    "主营业务",
    "主要产品",
    "包括",
    "服务",
    "产品",
    "设计",
    "以及",
    "公司",
    "相关",
    "制造",
)


@dataclass(frozen=True)
class Alike:
    """A company that reads like another: how much (0 to 1), and the products that both name."""

    company: Company
    likeness: float
    shared: Sequence[str]


def similar_to(company: Company, user: User) -> list[Alike]:
    """The companies of which the viewer may read the products and that are most like hers, the most alike first."""
    phrases = phrases_of(company.products)
    query = query_of(phrase[-TAIL:] for phrase in phrases[:PHRASES])
    if query is None:
        return []
    others = db.session.scalars(speaking_of(query, company, user)).all()
    common = Counter(pair for other in others for pair in set(pairs(reduced(other.products))))
    own = weighed(company.products, common, len(others))
    found = [
        Alike(other, likeness(own, weighed(other.products, common, len(others))), shared(phrases, other.products))
        for other in others
    ]
    found.sort(key=lambda each: (-each.likeness, each.company.pinyin_key, each.company.id))
    return [each for each in found if each.likeness >= LEAST][:SHOWN]


def speaking_of(query: str, company: Company, user: User) -> Select[Company]:
    """Companies whose products fulfil a tsquery."""
    return (
        select(Company)
        .where(makes_any(query), Company.archived_at.is_(None), Company.id != company.id, readable(user))
        .where(Company.is_demo == company.is_demo)
        .options(selectinload(Company.tiers))
        .limit(COMPARED)
    )


def phrases_of(products: str) -> list[str]:
    """The products that a text names, without the words of every description."""
    return [phrase for phrase in CLAUSE.split(reduced(products)) if len(phrase) > 1]


def reduced(products: str) -> str:
    """The text without what stands in every description."""
    text = SMALL.sub(",", plain(products))
    for word in EVERYWHERE:
        text = text.replace(word, ",")
    return text


def weighed(products: str, common: Counter[str], size: int) -> dict[str, float]:
    """Each pair of characters with its weight: the rarer among those compared, the more it tells."""
    return {
        pair: math.log((size + 1) / (common[pair] + 1)) + 0.1
        for pair in pairs(reduced(products))
        if not CLAUSE.search(pair)
    }


def likeness(one: dict[str, float], other: dict[str, float]) -> float:
    """What weight of pairs two texts share, of what both have: 0 to 1."""
    together = sum(weight for pair, weight in one.items() if pair in other)
    either = sum({**one, **other}.values())
    return round(together / either, 4) if either else 0.0


def shared(phrases: Sequence[str], products: str) -> list[str]:
    """Of the one's products those whose kind the other names."""
    text = plain(products)
    return [phrase for phrase in phrases if phrase[-TAIL:] in text]
