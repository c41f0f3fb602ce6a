"""Splitting a segment: a new one beside or below it takes the companies and projects that words or a person choose."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select, update

from crm.accounts.models import User
from crm.chain.models import Segment, SegmentTerm
from crm.chain.services import add_segment
from crm.companies.models import Company, CompanySegment
from crm.database import db
from crm.pipeline.models import Project, ProjectSegment
from crm.pipeline.permissions import readable

#: So many companies and projects stand on the page to be chosen by hand; the others follow the words.
BY_HAND = 200


@dataclass(frozen=True)
class Offer:
    """Companies or projects to choose from: those shown, each with whether the words choose it, and the others."""

    rows: Sequence[tuple[Any, bool]]
    #: How many are not shown, and how many of those the words choose.
    others: int
    others_chosen: int

    @property
    def ids(self) -> str:
        """The ids of what is shown, for the form to send back."""
        return ",".join(str(row.id) for row, _ in self.rows)

    @property
    def chosen(self) -> int:
        """How many the words choose."""
        return sum(is_chosen for _, is_chosen in self.rows) + self.others_chosen


@dataclass(frozen=True)
class Choice:
    """Who goes: of the shown ones those that are ticked, of the others those that the words choose."""

    words: Sequence[str]
    ticked_companies: Collection[int]
    shown_companies: Collection[int]
    ticked_projects: Collection[int]
    shown_projects: Collection[int]


def is_named(words: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a company's products or name hold one of the words."""
    found = [column.icontains(word, autoescape=True) for word in words for column in (Company.products, Company.name)]
    return func.coalesce(or_(*found), False) if found else false()


def companies_of(segment: Segment) -> Select[Company]:
    """A segment's companies."""
    query = select(Company).join(CompanySegment, CompanySegment.company_id == Company.id)
    return query.where(CompanySegment.segment_id == segment.id)


def projects_of(segment: Segment) -> Select[Project]:
    """A segment's projects, with their companies."""
    query = select(Project).join(ProjectSegment, ProjectSegment.project_id == Project.id).join(Project.company)
    return query.where(ProjectSegment.segment_id == segment.id)


def offered_companies(segment: Segment, words: Sequence[str]) -> Offer:
    """The companies to choose from, those that the words choose first."""
    return offer(companies_of(segment), companies_of(segment), Company, words)


def offered_projects(segment: Segment, words: Sequence[str], user: User) -> Offer:
    """The projects to choose from, as far as `user` may know of them; words choose a project by its company."""
    everything = projects_of(segment)
    return offer(everything.where(readable(user)), everything, Project, words)


def offer(showable: Select[Any], everything: Select[Any], model: Any, words: Sequence[str]) -> Offer:
    """The first of what may be shown, with how many others there are."""
    chosen = is_named(words).label("is_chosen")
    first = showable.add_columns(chosen).order_by(chosen.desc(), model.pinyin_key, model.id).limit(BY_HAND)
    rows = [(row[0], bool(row[1])) for row in db.session.execute(first)]
    each = everything.with_only_columns(chosen).subquery()
    total, named = db.session.execute(select(func.count(), func.count().filter(each.c.is_chosen))).one()
    return Offer(rows, total - len(rows), named - sum(is_chosen for _, is_chosen in rows))


def split(segment: Segment, values: dict[str, Any], choice: Choice) -> tuple[Segment, int, int]:
    """Make a segment of `values` and move to it who is chosen, with the words that choose; returns it with the numbers
    of companies and projects moved. What is attached otherwise stays. RuleError for a taken name."""
    made = add_segment(segment.chain, values)
    companies = list(db.session.scalars(chosen_companies(segment, choice)))
    projects = list(db.session.scalars(chosen_projects(segment, choice, companies)))
    db.session.execute(moved(CompanySegment, CompanySegment.company_id, companies, segment, made))
    db.session.execute(moved(ProjectSegment, ProjectSegment.project_id, projects, segment, made))
    for model, ids in ((Company, companies), (Project, projects)):  # a form opened before must not save over the move
        db.session.execute(update(model).where(model.id.in_(ids)).values(updated_at=func.clock_timestamp()))
    move_words(segment, made, choice.words)
    db.session.expire_all()
    return made, len(companies), len(projects)


def chosen_companies(segment: Segment, choice: Choice) -> Select[int]:
    """The ids of the companies that go."""
    others = is_named(choice.words) & Company.id.not_in(choice.shown_companies)
    return companies_of(segment).with_only_columns(Company.id).where(Company.id.in_(choice.ticked_companies) | others)


def chosen_projects(segment: Segment, choice: Choice, companies: Collection[int]) -> Select[int]:
    """The ids of the projects that go; one that is not shown goes with its company."""
    others = Project.company_id.in_(companies) & Project.id.not_in(choice.shown_projects)
    return projects_of(segment).with_only_columns(Project.id).where(Project.id.in_(choice.ticked_projects) | others)


def moved(model: Any, column: Any, ids: Collection[int], segment: Segment, made: Segment) -> Any:
    """The statement that moves the links of these companies or projects."""
    return update(model).where(model.segment_id == segment.id, column.in_(ids)).values(segment_id=made.id)


def move_words(segment: Segment, made: Segment, words: Sequence[str]) -> None:
    """Give the new segment its words; the old one keeps those that it does not share."""
    segment.terms = [term for term in segment.terms if term.term not in words]
    made.terms = [SegmentTerm(term=word) for word in words]
    segment.updated_at = func.clock_timestamp()
    db.session.flush()
