"""企业一页纸 and the group's tree: what one needs before walking in, on a phone and on paper."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import require_visible
from crm.companies import extensions, queries
from crm.companies.blueprint import blueprint, company_of
from crm.companies.models import Company
from crm.companies.sections import sections_of, timeline_of
from crm.database import db

#: So many of the last contacts stand on the page.
LAST = 5


@dataclass(frozen=True)
class Member:
    """A company of a group, `depth` levels below its topmost one."""

    company: Company
    depth: int


@blueprint.get("/companies/<int:company_id>/brief")
@needs("company.read")
def brief(company_id: int) -> ResponseReturnValue:
    """The page for the car: facts, people, last contacts, what is open, who else is at it."""
    company = company_of(company_id, load=queries.whole())
    require_visible(current_user, "company.read", company)
    return render_template(
        "companies/brief.html",
        company=company,
        notes=notes_of(company),
        contacts=db.session.scalars(queries.contacts_of(company.id)).all(),
        timeline=timeline_of(company)[:LAST],
        sections=sections_of(company, with_asides=False),
        group=group(company),
    )


def notes_of(company: Company) -> Mapping[int, str]:
    """What higher slices say of the company's segments."""
    found: dict[int, str] = {}
    for source in extensions.segment_notes:
        found.update(source([link.segment_id for link in company.segments]))
    return found


def group(company: Company) -> Sequence[Member]:
    """The whole group in the order of a tree; nothing for a company that stands alone."""
    rows = db.session.execute(queries.group_of(company)).all()
    if len(rows) < 2:
        return []
    below: dict[int | None, list[Company]] = {}
    for member, depth in rows:
        if depth:
            below.setdefault(member.parent_id, []).append(member)
    top, _ = min(rows, key=lambda row: row[1])
    return list(walk(top, below, 0))


def walk(company: Company, below: Mapping[int | None, list[Company]], depth: int) -> Iterator[Member]:
    """A company and all below it, by name."""
    yield Member(company, depth)
    if depth < queries.DEEPEST:
        for child in sorted(below.get(company.id, ()), key=lambda each: (each.pinyin_key, each.id)):
            yield from walk(child, below, depth + 1)
