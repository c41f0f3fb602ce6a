"""Reads of what the city does with its own companies, each within what a user may read of companies."""

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import User
from crm.companies.models import Company, LocalCompany
from crm.companies.queries import readable
from crm.landing.locals.models import GrowthStep, Need, PartnerWish, StepState
from crm.landing.policies.models import Payment


def open_needs(user: User) -> Select[Need]:
    """Needs that nobody has settled, the oldest first."""
    query = select(Need).join(Need.company).where(Need.settled_on.is_(None), readable(user))
    return query.options(joinedload(Need.company)).order_by(Need.raised_on, Need.id)


def needs(user: User) -> Select[Need]:
    """All needs, settled ones too, in the order in which they were registered."""
    query = select(Need).join(Need.company).where(readable(user))
    return query.options(joinedload(Need.company)).order_by(Need.id)


def steps(user: User) -> Select[GrowthStep]:
    """How companies have grown, in the order in which it was registered."""
    query = select(GrowthStep).join(GrowthStep.company).where(readable(user))
    return query.options(joinedload(GrowthStep.company)).order_by(GrowthStep.id)


def wishes(user: User) -> Select[PartnerWish]:
    """Whom companies look for, the latest first."""
    query = select(PartnerWish).join(PartnerWish.company).where(readable(user))
    return query.options(joinedload(PartnerWish.company), joinedload(PartnerWish.segment)).order_by(
        PartnerWish.id.desc()
    )


def ladder() -> Select[str, str, int]:
    """(step, state, companies): the whole city's, in aggregate."""
    return select(GrowthStep.step, GrowthStep.state, func.count()).group_by(GrowthStep.step, GrowthStep.state)


def reached() -> Select[int]:
    """How many companies have reached a step."""
    return select(func.count(GrowthStep.company_id.distinct())).where(GrowthStep.state == StepState.REACHED)


def count() -> Select[int]:
    """How many local companies there are."""
    query = select(func.count()).select_from(LocalCompany).join(Company, Company.id == LocalCompany.company_id)
    return query.where(Company.archived_at.is_(None))


def steps_of(company_id: int) -> Select[GrowthStep]:
    """A company's growth."""
    return select(GrowthStep).filter_by(company_id=company_id).order_by(GrowthStep.id)


def needs_of(company_id: int) -> Select[Need]:
    """A company's needs, open ones first, the latest first."""
    query = select(Need).filter_by(company_id=company_id)
    return query.order_by(Need.settled_on.isnot(None), Need.raised_on.desc(), Need.id.desc())


def wishes_of(company_id: int) -> Select[PartnerWish]:
    """Whom a company looks for."""
    query = select(PartnerWish).filter_by(company_id=company_id).options(joinedload(PartnerWish.segment))
    return query.order_by(PartnerWish.id.desc())


def is_known(company_id: int) -> ColumnElement[bool]:
    """Whether anything of all this is registered of a company."""
    kinds = (GrowthStep, Need, PartnerWish, Payment)
    return or_(*(exists().where(kind.company_id == company_id) for kind in kinds))
