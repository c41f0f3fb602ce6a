"""Pages of merging: likely pairs, two companies side by side, undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import may, require, require_visible
from crm.companies import merging, queries
from crm.companies.blueprint import blueprint, choices_for, company_of, flash_with_undo
from crm.companies.forms import CompanyForm, MergeForm, OtherForm, identifier
from crm.companies.models import Company, DistinctCompanies, Merge
from crm.companies.services import require_active
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, CrmError, NotFound, RuleError
from crm.forms import read

#: So many likely pairs the work list shows.
SHOWN = 50


@blueprint.get("/companies/duplicates")
@needs("company.merge")
def duplicates() -> ResponseReturnValue:
    """The work list: companies that bear one name, for a person to look at."""
    pairs = db.session.execute(queries.alike_pairs(current_user).limit(SHOWN)).all()
    ids = {company_id for pair in pairs for company_id in pair}
    cards = db.session.scalars(queries.with_card(select(Company).where(Company.id.in_(ids)))).unique()
    found = {company.id: company for company in cards}
    return render_template("companies/duplicates.html", pairs=[(found[one], found[other]) for one, other in pairs])


@blueprint.post("/companies/<int:company_id>/distinctions")
@needs("company.merge")
def tell_apart(company_id: int) -> ResponseReturnValue:
    """Note that two companies are not the same; they leave the work list."""
    company = company_of(company_id)
    require(current_user, "company.merge", company)
    other = other_of(request.form.get("other_id"))
    lesser, greater = sorted((company.id, other.id))
    if lesser == greater:
        raise RuleError(N_("请选择另一家企业。"))
    known = select(DistinctCompanies).filter_by(company_id=lesser, other_id=greater)
    if db.session.scalars(known).first() is None:
        db.session.add(DistinctCompanies(company_id=lesser, other_id=greater, by_id=current_user.id))
    db.session.commit()
    flash(_("已记下：“%(one)s”和“%(other)s”不是同一家。", one=company.name, other=other.name), "success")
    return redirect(url_for(".duplicates"))


def other_of(text: str | None) -> Company:
    """The other company of a form. NotFound for none."""
    try:
        other_id = identifier(text)
    except ValueError as error:
        raise BadRequest(str(error)) from None
    if other_id is None:
        raise NotFound(N_("没有找到这家企业。"))
    return company_of(other_id)


@blueprint.get("/companies/<int:company_id>/merge")
@needs("company.merge")
def compare(company_id: int) -> ResponseReturnValue:
    """Choose the other company, then both side by side with all that would move."""
    target = company_of(company_id)
    require(current_user, "company.merge", target)
    require_active(target)
    if not request.args.get("other_id"):
        asked = request.args.get("other_id_q")
        results = choices_for(asked) if asked else None
        return render_template("companies/merge_with.html", company=target, form=OtherForm(), results=results)
    source = other_of(request.args.get("other_id"))
    return page(target, source, MergeForm(target, source))


def page(target: Company, source: Company, form: MergeForm) -> str:
    """The two side by side; of one that may not be merged only why, since the rest may not be for the user's eyes."""
    if reason := obstacle(target, source):
        return render_template("companies/merge.html", target=target, obstacle=reason)
    return render_template(
        "companies/merge.html",
        target=target,
        source=source,
        form=form,
        rows=lines(target, source),
        moving=merging.preview(source),
        kept=merging.proposed(target, source),
    )


@dataclass(frozen=True)
class Line:
    """A column of both, as people read it."""

    column: str
    label: str
    target: str
    source: str

    @property
    def same(self) -> bool:
        """Whether there is nothing to choose."""
        return self.target == self.source


def lines(target: Company, source: Company) -> list[Line]:
    """The comparison, in the words of the company's form."""
    mine, theirs = CompanyForm(target, formdata=None), CompanyForm(source, formdata=None)
    return [
        Line(column, str(mine[column].label.text), read(mine[column]), read(theirs[column]))
        for column in merging.CHOSEN
    ]


def obstacle(target: Company, source: Company) -> str:
    """Why the user may not merge the two; empty where she may."""
    if not may(current_user, "company.merge", source):
        office = source.office.name if source.office else ""
        return _("“%(name)s”由%(office)s跟进，请由双方的上级负责人合并。", name=source.name, office=office)
    try:
        merging.require_pair(target, source, current_user)
    except CrmError as error:
        return _(error.message, **error.details)
    return ""


@blueprint.post("/companies/<int:company_id>/merge")
@needs("company.merge")
def merge(company_id: int) -> ResponseReturnValue:
    """Make one company of two."""
    target, source = both(company_id, request.form.get("other_id"))
    form = MergeForm(target, source)
    if not form.validate():
        return page(target, source, form), 422
    require_version(target, form.version.data)
    require_version(source, form.other_version.data)
    done = merging.merge(target, source, form.choices, by=current_user)
    db.session.commit()
    flash_with_undo(_("已把“%(name)s”合并到这家企业。", name=source.name), url_for(".undo_merge", merge_id=done.id))
    return redirect(url_for(".show", company_id=target.id))


def both(company_id: int, other: str | None) -> Sequence[Any]:
    """Target and source under a lock, the smaller id first, so that two merges cannot wait for each other."""
    other_id = other_of(other).id
    for each in sorted((company_id, other_id)):
        locked(db.session, Company, each)
    target = company_of(company_id)
    require(current_user, "company.merge", target)
    return target, company_of(other_id)


@blueprint.post("/merges/<int:merge_id>/undo")
@needs("company.merge")
def undo_merge(merge_id: int) -> ResponseReturnValue:
    """Part two companies again."""
    done = locked(db.session, Merge, merge_id)
    require_visible(current_user, "company.card", done.target if done else None)
    assert done is not None  # require_visible raises for None  # noqa: S101
    left = merging.undo(done, by=current_user)
    db.session.commit()
    if left:
        flash(_("已撤销合并；有 %(count)d 处在合并后改动过，保持现状。", count=left), "warning")
    else:
        flash(_("已撤销合并，两家企业恢复原状。"), "success")
    return redirect(url_for(".show", company_id=done.source_id))
