"""Pages of what the city does with its own companies."""

from collections import Counter
from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from crm.accounts.access import current_user
from crm.accounts.permissions import require, require_visible
from crm.companies.models import Company
from crm.companies.services import require_active
from crm.database import db, locked
from crm.landing.entries import Noun
from crm.landing.locals import queries
from crm.landing.locals.entries import NOUNS
from crm.landing.locals.models import Step, StepState
from crm.landing.pages import READ, Editor, add, row_of
from crm.landing.sheets import of_noun, taken_out
from crm.rules import today

blueprint = Blueprint("locals", __name__)
blueprints = (blueprint,)

#: What writing about a company asks, and so many lines a list shows.
ACT, SHOWN = "company.edit", 200


def index() -> ResponseReturnValue:
    """Needs, partners wanted, and how many companies stand on which step."""
    ladder = Counter({(step, state): count for step, state, count in db.session.execute(queries.ladder())})
    return render_template(
        "landing/locals/index.html",
        needs=db.session.scalars(queries.open_needs(current_user).limit(SHOWN)).all(),
        wishes=db.session.scalars(queries.wishes(current_user).limit(SHOWN)).all(),
        ladder=ladder,
        steps=list(Step),
        states=list(StepState),
        count=db.session.scalar(queries.count()),
        day=today(),
    )


def company_of(company_id: int) -> Company:
    """The company, which the user may edit."""
    get = locked if request.method == "POST" else Session.get
    company = get(db.session, Company, company_id)
    require_visible(current_user, "company.card", company)
    assert company is not None  # noqa: S101 -- require_visible has seen to it
    require(current_user, ACT, company)
    require_active(company)
    return company


def page_of(company: Company) -> str:
    """The card on the company's page."""
    return url_for("companies.show", company_id=company.id, _anchor="local")


def new(noun: Noun, company_id: int) -> ResponseReturnValue:
    """Add a row about a company."""
    company = company_of(company_id)
    return Editor(noun, ACT).new(company, lambda _row: page_of(company), page_of(company))


def edit(noun: Noun, part_id: int) -> ResponseReturnValue:
    """Change a row about a company."""
    row = row_of(noun, part_id)
    company = company_of(row.company_id)
    remove_url = url_for(f"locals.delete_{noun.key}", part_id=part_id)
    return Editor(noun, ACT).edit(row, lambda _row: page_of(company), page_of(company), remove_url)


def delete(noun: Noun, part_id: int) -> ResponseReturnValue:
    """Delete a row about a company."""
    row = row_of(noun, part_id)
    return Editor(noun, ACT).remove(row, page_of(company_of(row.company_id)))


def sheet() -> ResponseReturnValue:
    """Growth, needs and wishes of the companies that one may read, as a workbook that the import reads again."""
    reads = (queries.steps, queries.needs, queries.wishes)
    tables = [of_noun(noun, db.session.scalars(read(current_user))) for noun, read in zip(NOUNS, reads, strict=True)]
    return taken_out(tables, "本地企业服务.xlsx", current_user)


add(blueprint, "/locals", "index", READ, index)
add(blueprint, "/locals.xlsx", "sheet", READ, sheet)
for _noun in NOUNS:
    _below, _one = f"/companies/<int:company_id>/{_noun.plural}", f"/{_noun.plural}/<int:part_id>"
    add(blueprint, f"{_below}/new", f"new_{_noun.key}", ACT, partial(new, _noun), both=True)
    add(blueprint, f"{_one}/edit", f"edit_{_noun.key}", ACT, partial(edit, _noun), both=True)
    add(blueprint, f"{_one}/deletion", f"delete_{_noun.key}", ACT, partial(delete, _noun), method="POST")
