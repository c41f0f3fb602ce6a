"""What is counted of segments: a statement per kind over any of them, from the tables or, of a moment, from history.

Every statement takes the ids of segments; its rows begin with the segment.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, Subquery, and_, case, exists, func, literal, select

from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, Tier
from crm.gaps.past import rows_at
from crm.pipeline.models import Project, ProjectSegment, Route, Secrecy, Stage, Status

#: What a company without any tier weighs.
PLAIN_WEIGHT = Decimal(1)
#: Projects that make supply: under way, or landed while the local company that came of it is not yet classified.
COMING = (Status.ONGOING, Status.COMPLETED)
#: Projects that stand on the board.
OPEN = (Status.ONGOING, Status.PAUSED)
#: So many local companies of a segment are named on the diagram of its chain.
NAMED = 6


# Supply


def weight_of(company_id: SQLColumnExpression[int]) -> ColumnElement[Decimal]:
    """A company's weight, asked row by row: for few rows."""
    tiers = select(func.max(Tier.weight)).join(CompanyTier, CompanyTier.tier_id == Tier.id)
    return plain_unless(tiers.where(CompanyTier.company_id == company_id).scalar_subquery())


def weights(company_ids: SQLColumnExpression[int], at: datetime | None) -> Subquery:
    """(company_id, weight) of those among the companies that have tiers, asked once for all: for many rows."""
    link, tier = rows_at(CompanyTier, ["company_id", "tier_id"], at), rows_at(Tier, ["weight"], at)
    return (
        select(link.c.company_id, func.max(tier.c.weight).label("weight"))
        .join(tier, tier.c.id == link.c.tier_id)
        .where(link.c.company_id.in_(select(company_ids)))
        .group_by(link.c.company_id)
        .subquery()
    )


def plain_unless(weight: SQLColumnExpression[Any]) -> ColumnElement[Decimal]:
    """The weight, or that of a company without any tier."""
    return func.coalesce(weight, literal(PLAIN_WEIGHT, Tier.weight.type)).label("weight")


def archived(at: datetime | None) -> Select[int]:
    """The ids of the archived companies."""
    companies = rows_at(Company, ["archived_at"], at)
    return select(companies.c.id).where(companies.c.archived_at.isnot(None))


def suppliers(segment_ids: Collection[int], at: datetime | None = None) -> Select[int, Decimal, bool, int, int]:
    """Local companies, those alike in one row: the fields of analysis.Supplier. The others are counted over all chains,
    so that a company's links are read whole and the segments are chosen outside."""
    local = rows_at(LocalCompany, ["company_id"], at)
    link = rows_at(CompanySegment, ["company_id", "segment_id", "is_main"], at)
    here = rows_at(CompanySegment, ["company_id", "segment_id"], at)
    is_here = link.c.company_id.in_(select(here.c.company_id).where(here.c.segment_id.in_(segment_ids)))
    heavy = weights(local.c.company_id, at)
    is_other = func.count().filter(~link.c.is_main)
    place = (
        select(
            link.c.segment_id,
            plain_unless(heavy.c.weight),
            link.c.is_main,
            is_other.over(partition_by=link.c.company_id).label("others"),
        )
        .join(local, local.c.company_id == link.c.company_id)
        .outerjoin(heavy, heavy.c.company_id == link.c.company_id)
        .where(is_here, link.c.company_id.not_in(archived(at)))
        .subquery()
    )
    keys = (place.c.segment_id, place.c.weight, place.c.is_main, place.c.others)
    return select(*keys, func.count()).where(place.c.segment_id.in_(segment_ids)).group_by(*keys)


def local_names(segment_ids: Collection[int], at: None = None) -> Select[int, str]:
    """(segment, name) of the first local companies, those in their main segment first; of today alone."""
    order = (CompanySegment.is_main.desc(), Company.pinyin_key, Company.id)
    place = func.row_number().over(partition_by=CompanySegment.segment_id, order_by=order)
    each = (
        select(CompanySegment.segment_id, Company.name, place.label("place"))
        .join(LocalCompany, LocalCompany.company_id == CompanySegment.company_id)
        .join(Company, Company.id == CompanySegment.company_id)
        .where(CompanySegment.segment_id.in_(segment_ids), Company.archived_at.is_(None))
        .subquery()
    )
    return select(each.c.segment_id, each.c.name).where(each.c.place <= NAMED).order_by(each.c.segment_id, each.c.place)


# Projects


def is_coming(
    project: Any = Project, route: Any = Route, link: Any = ProjectSegment, at: datetime | None = None
) -> Any:
    """The condition on a project, its route and its link to a segment under which it would make supply there.

    合作牵线 never does. A project stops counting once its local company counts there itself: the one that came of it,
    or, when a local company expands, that company.
    """
    landed = func.coalesce(project.local_company_id, project.company_id)
    local = rows_at(LocalCompany, ["company_id"], at).c
    own = rows_at(CompanySegment, ["company_id", "segment_id"], at).c
    supplies = (
        exists()
        .where(local.company_id == landed, own.company_id == landed, own.segment_id == link.segment_id)
        .where(landed.not_in(archived(at)))
    )
    return and_(route.makes_supply, project.status.in_(COMING), ~supplies)


def works(segment_ids: Collection[int], at: datetime | None = None) -> Select[*tuple[Any, ...]]:
    """Projects that are not archived, those alike in one row: the fields of tallies.Work."""
    keys = ("status", "stage_id", "route_id", "company_id", "local_company_id", "archived_at", "secrecy")
    project = rows_at(Project, [*keys, "investment_wan"], at)
    link = rows_at(ProjectSegment, ["project_id", "segment_id", "is_main"], at)
    stage, route = rows_at(Stage, ["phase", "probability"], at), rows_at(Route, ["makes_supply"], at)
    heavy = weights(project.c.company_id, at)
    others = (
        select(link.c.project_id, func.count().label("others"))
        .where(~link.c.is_main)
        .group_by(link.c.project_id)
        .subquery()
    )
    each = (
        select(
            link.c.segment_id,
            stage.c.phase,
            stage.c.probability,
            plain_unless(heavy.c.weight),
            link.c.is_main,
            func.coalesce(others.c.others, 0).label("others"),
            project.c.status.in_(OPEN).label("is_open"),
            is_coming(project.c, route.c, link.c, at).label("is_coming"),
            amount_of(project.c).label("amount"),
        )
        .join(project, project.c.id == link.c.project_id)
        .join(stage, stage.c.id == project.c.stage_id)
        .join(route, route.c.id == project.c.route_id)
        .outerjoin(heavy, heavy.c.company_id == project.c.company_id)
        .outerjoin(others, others.c.project_id == project.c.id)
        .where(link.c.segment_id.in_(segment_ids), project.c.archived_at.is_(None))
        .subquery()
    )
    same = [column for column in each.c if column.name != "amount"]
    return select(*same, func.count(), func.sum(each.c.amount)).group_by(*same)


def board_by_city(segment_ids: Collection[int], at: None = None) -> Select[int, str | None, bool, int, Decimal]:
    """What stands on the board by the city of its company: the fields of tallies.Place; of today alone."""
    keys = (ProjectSegment.segment_id, Company.city_code, ProjectSegment.is_main)
    return (
        select(*keys, func.count(), func.sum(amount_of(Project)))
        .join(Project, Project.id == ProjectSegment.project_id)
        .join(Company, Company.id == Project.company_id)
        .where(ProjectSegment.segment_id.in_(segment_ids), Project.archived_at.is_(None), Project.status.in_(OPEN))
        .group_by(*keys)
    )


def amount_of(project: Any) -> ColumnElement[Decimal]:
    """A project's investment (万元). A 受限 project counts, but its amount would tell who it is: it adds none."""
    shown = case((project.secrecy != Secrecy.RESTRICTED, project.investment_wan), else_=0)
    return func.coalesce(shown, 0)
