"""Reads of chains, segments and clusters."""

from typing import Any

from sqlalchemy import ScalarSelect, Select, SQLColumnExpression, func, select
from sqlalchemy.orm import joinedload, selectinload

from crm.chain.models import Chain, Cluster, ClusterDivision, Reshaping, Segment


def chains() -> Select[Chain]:
    """All chains, the fictitious ones last."""
    return select(Chain).order_by(Chain.is_demo, Chain.id)


def chain_of_slug(slug: str) -> Select[Chain]:
    """The chain of an address."""
    return select(Chain).where(Chain.slug == slug)


def segments(chain_id: int) -> Select[Segment]:
    """A chain's segments in their order, with their terms."""
    return (
        select(Segment)
        .where(Segment.chain_id == chain_id)
        .order_by(Segment.ordinal, Segment.id)
        .options(selectinload(Segment.terms))
    )


def reshapings(chain_id: int) -> Select[Reshaping]:
    """The merges and splits of a chain's segments, the latest first, with who did them."""
    people = (joinedload(Reshaping.by), joinedload(Reshaping.undone_by))
    return select(Reshaping).where(Reshaping.chain_id == chain_id).order_by(Reshaping.id.desc()).options(*people)


def clusters() -> Select[Cluster]:
    """All clusters in their order."""
    return select(Cluster).order_by(Cluster.ordinal, Cluster.id)


def cluster_of(city_code: SQLColumnExpression[Any]) -> ScalarSelect[int | None]:
    """The cluster in which a city (4 digits, or a province's 2) lies; a city's own cluster goes before its province's.

    Depends on `city_code` alone, so a query should ask it once per city, not once per company.
    """
    return (
        select(ClusterDivision.cluster_id)
        .where(ClusterDivision.division_code.in_([city_code, func.left(city_code, 2)]))
        .order_by(func.length(ClusterDivision.division_code).desc())
        .limit(1)
        .scalar_subquery()
    )
