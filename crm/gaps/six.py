"""Who belongs to each of a chain's “六个一”, now or at an earlier moment. City-wide, the same for every viewer."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, union

from crm.chain.models import Chain, Segment
from crm.companies.models import Company, CompanySegment, CompanyTier, LocalCompany, TargetList, TargetListEntry
from crm.gaps.past import rows_at
from crm.landing.dossiers.models import RosterEntry
from crm.landing.institutions.models import Institution, InstitutionKind, InstitutionTheme
from crm.landing.policies.models import Policy, PolicyTheme
from crm.pipeline.models import Project, ProjectSegment, Status

OPEN = (Status.ONGOING, Status.PAUSED)


def in_chain(chain: Chain) -> Any:
    """The ids of the chain's segments."""
    return select(Segment.id).where(Segment.chain_id == chain.id)


def active(ids: Any) -> Select[int]:
    """Those of the companies that are not archived today."""
    return select(Company.id).where(Company.id.in_(ids), Company.archived_at.is_(None))


def leading(chain: Chain, at: datetime | None) -> Select[int]:
    """龙头骨干和隐形冠军: companies on the chain's roster, and local companies of the chain that have a tier."""
    roster = rows_at(RosterEntry, ["chain_id", "company_id"], at)
    tiers = rows_at(CompanyTier, ["company_id"], at)
    local = rows_at(LocalCompany, ["company_id"], at)
    places = rows_at(CompanySegment, ["company_id", "segment_id"], at)
    listed = select(roster.c.company_id).where(roster.c.chain_id == chain.id)
    tiered = (
        select(tiers.c.company_id)
        .join(local, local.c.company_id == tiers.c.company_id)
        .join(places, places.c.company_id == tiers.c.company_id)
        .where(places.c.segment_id.in_(in_chain(chain)))
    )
    return active(union(listed, tiered))


def targets(chain: Chain, at: datetime | None) -> Select[int]:
    """招商引资清单: companies on the chain's lists, and companies of the chain from elsewhere."""
    entries = rows_at(TargetListEntry, ["list_id", "company_id"], at)
    lists = rows_at(TargetList, ["chain_id"], at)
    local = rows_at(LocalCompany, ["company_id"], at)
    places = rows_at(CompanySegment, ["company_id", "segment_id"], at)
    listed = select(entries.c.company_id).join(lists, lists.c.id == entries.c.list_id)
    from_elsewhere = select(places.c.company_id).where(
        places.c.segment_id.in_(in_chain(chain)), places.c.company_id.not_in(select(local.c.company_id))
    )
    return active(union(listed.where(lists.c.chain_id == chain.id), from_elsewhere))


def projects(chain: Chain, at: datetime | None) -> Select[int]:
    """重点投资项目: open projects of the chain."""
    rows = rows_at(Project, ["status", "archived_at"], at)
    places = rows_at(ProjectSegment, ["project_id", "segment_id"], at)
    return (
        select(rows.c.id)
        .join(places, places.c.project_id == rows.c.id)
        .where(places.c.segment_id.in_(in_chain(chain)), rows.c.status.in_(OPEN), rows.c.archived_at.is_(None))
        .distinct()
    )


def institutions(chain: Chain, at: datetime | None, *, consulting: bool = False) -> Select[int]:
    """创新体系, or with `consulting` the 战略咨询支撑机构: institutions that work for the chain."""
    rows = rows_at(Institution, ["kind"], at)
    themes = rows_at(InstitutionTheme, ["institution_id", "chain_id"], at)
    is_consulting = rows.c.kind == InstitutionKind.CONSULTING
    return (
        select(rows.c.id)
        .join(themes, themes.c.institution_id == rows.c.id)
        .where(themes.c.chain_id == chain.id, is_consulting if consulting else ~is_consulting)
        .distinct()
    )


def consulting(chain: Chain, at: datetime | None) -> Select[int]:
    """战略咨询支撑机构."""
    return institutions(chain, at, consulting=True)


def policies(chain: Chain, at: datetime | None) -> Select[int]:
    """政策工具包: policies for the chain, and those for all industry; fictitious ones for a fictitious chain alone."""
    rows = rows_at(Policy, ["is_demo"], at)
    themes = rows_at(PolicyTheme, ["policy_id", "chain_id"], at)
    mine = select(themes.c.policy_id).where(themes.c.chain_id == chain.id)
    for_all = rows.c.id.not_in(select(themes.c.policy_id))
    return select(rows.c.id).where(rows.c.is_demo == chain.is_demo, or_(rows.c.id.in_(mine), for_all))
