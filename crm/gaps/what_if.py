"""What if: the gaps of a chain as they are, and as they would be if chosen projects and companies landed.

A project that lands leaves what is expected and becomes supply; a company counts fully in the segment for which it was
chosen. Nothing is stored: the choice is a link.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased, joinedload

from crm.accounts.models import User
from crm.chain.models import Chain, Segment
from crm.companies.models import Company, LocalCompany
from crm.database import N_, db
from crm.errors import BadRequest
from crm.gaps.analysis import Gap, Prospect, SegmentFacts, Supplier, analyse
from crm.gaps.counting import is_coming, weight_of
from crm.gaps.queries import Figures, figures_of
from crm.pipeline.models import Project, ProjectSegment, Route, Stage
from crm.pipeline.permissions import readable

#: A link may name so many of each; so many projects are offered.
MOST, OFFERED = 50, 100
PLACE = re.compile(r"(\d{1,18})-(\d{1,18})")


@dataclass(frozen=True)
class Choice:
    """What a link names: projects by id, companies with the segment that each would serve."""

    projects: tuple[int, ...] = ()
    companies: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, projects: Sequence[str], companies: Sequence[str]) -> "Choice":
        """The choice of a query string, each once; BadRequest for what no page of ours has made."""
        places = [PLACE.fullmatch(text) for text in companies]
        if len(projects) > MOST or len(companies) > MOST or not all(places):
            raise BadRequest(N_("链接里的选择不对，请从页面上重新选。"))
        if not all(re.fullmatch(r"\d{1,18}", text) for text in projects):
            raise BadRequest(N_("链接里的选择不对，请从页面上重新选。"))
        pairs = [(int(place[1]), int(place[2])) for place in places if place]
        return cls(tuple(dict.fromkeys(map(int, projects))), tuple(dict.fromkeys(pairs)))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.projects) + len(self.companies)

    def query(self) -> dict[str, list[str]]:
        """The arguments of the link."""
        return {"p": [str(i) for i in self.projects], "c": [f"{company}-{place}" for company, place in self.companies]}

    def without(self, one: Any) -> "Choice":
        """The choice less a project's id or a (company, segment)."""
        return Choice(
            tuple(i for i in self.projects if i != one), tuple(place for place in self.companies if place != one)
        )


@dataclass(frozen=True)
class Change:
    """A segment before and after."""

    segment: Segment
    before: Gap
    after: Gap

    @property
    def is_changed(self) -> bool:
        """Whether anything about it would change."""
        return self.before != self.after


@dataclass
class WhatIf:
    """A chain before and after a choice, and what of the choice counts for the viewer."""

    chain: Chain
    changes: list[Change] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    companies: list[tuple[Company, Segment]] = field(default_factory=list)
    #: Named by the link, but unknown to the viewer, gone, or no supply.
    ignored: int = 0

    @property
    def closed(self) -> Fraction:
        """By how much the gaps of all segments would shrink."""
        return sum(((c.before.gap or Fraction()) - (c.after.gap or Fraction()) for c in self.changes), Fraction())


def what_if(chain: Chain, segments: Sequence[Segment], choice: Choice, user: User) -> WhatIf:
    """The chain before and after; what the viewer may not know of is left out, whoever made the link."""
    figures = figures_of(chain.id)
    landing = db.session.execute(landing_rows(chain.id, choice.projects, user)).all()
    named = list(db.session.scalars(named_projects({row.id for row in landing})).unique())
    companies = candidates_of(chain, segments, choice, {project.company_id for project in named})
    suppliers = [supplier_of(row) for row in landing] + companies_supply(companies)
    after = landed(segments, figures, suppliers, [minus(row) for row in landing])
    changes = [Change(s, old, new) for s, old, new in zip(segments, figures.gaps, after, strict=True)]
    found = WhatIf(chain, changes, named, companies)
    found.ignored = choice.count - len(named) - len(companies)
    return found


def landed(
    segments: Iterable[Segment], figures: Figures, more: Iterable[Supplier], fewer: Iterable[Prospect]
) -> list[Gap]:
    """The gaps with more supply and less that is expected. Where no local company is classified, nothing can be told
    of any segment, whoever comes."""
    if not figures.suppliers:
        return figures.gaps
    facts = [SegmentFacts(segment.id, segment.importance, segment.wanted) for segment in segments]
    return analyse(facts, [*figures.suppliers, *more], [*figures.prospects, *fewer])


def coming(chain_id: int, user: User) -> Select[Any]:
    """A row for each segment that a project would supply, of those that the viewer may know of."""
    other = aliased(ProjectSegment)
    others = select(func.count()).where(other.project_id == ProjectSegment.project_id, ~other.is_main)
    return (
        select(
            Project.id,
            ProjectSegment.segment_id,
            Stage.probability,
            weight_of(Project.company_id),
            ProjectSegment.is_main,
            others.scalar_subquery().label("others"),
        )
        .join(ProjectSegment, ProjectSegment.project_id == Project.id)
        .join(Segment, Segment.id == ProjectSegment.segment_id)
        .join(Stage, Stage.id == Project.stage_id)
        .join(Route, Route.id == Project.route_id)
        .where(Segment.chain_id == chain_id, Project.archived_at.is_(None), is_coming(), readable(user))
    )


def landing_rows(chain_id: int, project_ids: Collection[int], user: User) -> Select[Any]:
    """The rows of chosen projects."""
    return coming(chain_id, user).where(Project.id.in_(project_ids))


def named_projects(ids: Collection[int]) -> Select[Project]:
    """The chosen projects with what the page shows."""
    query = select(Project).where(Project.id.in_(ids)).order_by(Project.pinyin_key, Project.id)
    return query.options(joinedload(Project.company), joinedload(Project.stage))


def offered(chain_id: int, user: User) -> Select[Project]:
    """The projects that one may choose, the likeliest first."""
    ids = coming(chain_id, user).with_only_columns(Project.id)
    query = select(Project).join(Project.stage).where(Project.id.in_(ids))
    query = query.options(joinedload(Project.company), joinedload(Project.stage))
    return query.order_by(Stage.probability.desc(), Project.investment_wan.desc().nulls_last(), Project.id).limit(
        OFFERED
    )


def candidates_of(
    chain: Chain, segments: Sequence[Segment], choice: Choice, landing: set[int]
) -> list[tuple[Company, Segment]]:
    """The chosen companies from elsewhere with their segments; one whose project lands counts by that."""
    segment_of = {segment.id: segment for segment in segments}
    ids = [company_id for company_id, _segment in choice.companies]
    is_local = select(LocalCompany.company_id)
    query = select(Company).where(Company.id.in_(ids), Company.archived_at.is_(None), Company.id.not_in(is_local))
    query = query.where(Company.is_demo == chain.is_demo)
    found = {company.id: company for company in db.session.scalars(query)}
    return [
        (found[company_id], segment_of[segment_id])
        for company_id, segment_id in choice.companies
        if company_id in found and segment_id in segment_of and company_id not in landing
    ]


def companies_supply(companies: Sequence[tuple[Company, Segment]]) -> list[Supplier]:
    """What companies would add, each fully in its segment."""
    ids = [company.id for company, _segment in companies]
    weight = {row.id: row.weight for row in db.session.execute(weights_of(ids))}
    return [Supplier(segment.id, weight[company.id], is_main=True, others=0) for company, segment in companies]


def weights_of(company_ids: Collection[int]) -> Select[int, Decimal]:
    """(id, weight) of some companies."""
    return select(Company.id, weight_of(Company.id)).where(Company.id.in_(company_ids))


def supplier_of(row: Any) -> Supplier:
    """A landed project as its company's supply."""
    return Supplier(row.segment_id, row.weight, row.is_main, row.others)


def minus(row: Any) -> Prospect:
    """A landed project taken out of what is expected."""
    return Prospect(row.segment_id, row.probability, row.weight, row.is_main, row.others, count=-1)
