"""Pages of target lists."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import may, require, require_visible
from crm.companies import lists as acts
from crm.companies import queries
from crm.companies.blueprint import blueprint, choices_for, company_of, flash_with_undo
from crm.companies.forms import EntryForm, ListForm, identifier
from crm.companies.models import Company, TargetList
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, Conflict, RuleError
from crm.forms import both_versions
from crm.pagination import paginate, sort_by
from crm.rules import line


@blueprint.get("/lists")
@needs("list.read")
def lists() -> ResponseReturnValue:
    """All target lists."""
    found = db.session.scalars(queries.target_lists()).all()
    sizes = {row[0]: row[1] for row in db.session.execute(queries.list_sizes())}
    return render_template("companies/lists.html", lists=found, sizes=sizes)


@blueprint.get("/lists/<int:list_id>")
@needs("list.read")
def show_list(list_id: int) -> ResponseReturnValue:
    """A list: its companies with the notes."""
    target_list = list_of(list_id)
    sorts = {key: sort for key, sort in queries.SORTS.items() if key not in queries.PRIVATE_SORTS}
    sort_name, sort = sort_by(sorts, request.args.get("sort"), "name")
    query = queries.with_card(queries.active()).where(queries.on_list(list_id))
    page = paginate(db.session, query, sort, request.args.get("cursor"))
    ids = [company.id for company in page.items]
    notes = {row[0]: row[1] for row in db.session.execute(queries.notes_on_list(list_id, ids))}
    asked = request.args.get("company_id_q")
    return render_template(
        "companies/list.html",
        target_list=target_list,
        page=page,
        sort=sort_name,
        notes=notes,
        form=EntryForm(),
        results=choices_for(asked) if asked else None,
    )


def list_of(list_id: int, *, lock: bool = False) -> TargetList:
    """The list of an address."""
    found = locked(db.session, TargetList, list_id) if lock else db.session.get(TargetList, list_id)
    require_visible(current_user, "list.read", found)
    assert found is not None  # require_visible raises for None  # noqa: S101
    return found


def lists_of(company: Company) -> dict[str, Any]:
    """The company's `entries` on lists, and the `free` ones to which the user may add it."""
    found = db.session.execute(queries.lists_and_places(company.id)).all()
    return {
        "entries": [(each, place) for each, place in found if place is not None],
        "free": [each for each, place in found if place is None and may(current_user, "list.edit", each)],
    }


@blueprint.route("/lists/new", methods=["GET", "POST"])
@needs("list.create")
def new_list() -> ResponseReturnValue:
    """Add a list."""
    form = ListForm()
    if not form.validate_on_submit():
        return render_template("companies/list_form.html", form=form), 422 if request.method == "POST" else 200
    try:
        target_list = acts.create_list(form.values, current_user)
    except RuleError as error:
        return refused(form, None, error)
    db.session.commit()
    flash(_("已新建清单。"), "success")
    return redirect(url_for(".show_list", list_id=target_list.id))


@blueprint.route("/lists/<int:list_id>/edit", methods=["GET", "POST"])
@needs("list.edit")
def edit_list(list_id: int) -> ResponseReturnValue:
    """Change a list's name, chain and source."""
    target_list = list_of(list_id, lock=request.method == "POST")
    require(current_user, "list.edit", target_list)
    form = ListForm(target_list)
    if not form.validate_on_submit():
        return render_list(form, target_list), 422 if request.method == "POST" else 200
    try:
        require_version(target_list, form.version.data)
        acts.edit_list(target_list, form.values, current_user)
    except Conflict:
        return overtaken(form, target_list)
    except RuleError as error:
        return refused(form, target_list, error)
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".show_list", list_id=target_list.id))


def render_list(form: ListForm, target_list: TargetList | None, **context: object) -> str:
    """The page of the form."""
    return render_template("companies/list_form.html", form=form, target_list=target_list, **context)


def refused(form: ListForm, target_list: TargetList | None, error: RuleError) -> ResponseReturnValue:
    """The form again with what the act refused."""
    db.session.rollback()
    form.name.errors = [_(error.message, **error.details)]
    return render_list(form, target_list), error.status


def overtaken(form: ListForm, target_list: TargetList) -> ResponseReturnValue:
    """Both versions beside each other."""
    db.session.rollback()
    versions = both_versions(ListForm(target_list, formdata=None), form)
    form.version.data = target_list.version
    return render_list(form, target_list, versions=versions), 409


@blueprint.post("/list-entries")
@needs("list.edit")
def put_on_list() -> ResponseReturnValue:
    """Put a company on a list, or change the note with which it stands there."""
    target_list = list_of(form_id("list_id"))
    if "find" in request.form:
        return redirect(url_for(".show_list", list_id=target_list.id, company_id_q=request.form.get("company_id_q")))
    company = company_of(form_id("company_id"))
    acts.put_on_list(target_list, company, line(500)(request.form.get("note", "")), current_user)
    db.session.commit()
    flash(_("“%(company)s”已在清单“%(list)s”上。", company=company.name, list=target_list.name), "success")
    from_company = request.form.get("back") == "company"
    return redirect(url_for(".show", company_id=company.id) if from_company else shown(target_list))


@blueprint.post("/list-entries/removals")
@needs("list.edit")
def take_off_list() -> ResponseReturnValue:
    """Take a company off a list; the message offers to put it back."""
    target_list = list_of(form_id("list_id"))
    entry = acts.take_off_list(target_list, form_id("company_id"), current_user)
    values = {"list_id": target_list.id, "company_id": entry.company_id, "note": entry.note}
    db.session.commit()
    flash_with_undo(_("已移出清单。"), url_for(".put_on_list"), **values)
    return redirect(shown(target_list))


def shown(target_list: TargetList) -> str:
    """The address of a list."""
    return url_for(".show_list", list_id=target_list.id)


def form_id(name: str) -> int:
    """An id that the form must hold; BadRequest without one."""
    try:
        found = identifier(request.form.get(name))
    except ValueError:
        found = None
    if found is None:
        raise BadRequest(N_("请从列表中选择。"))
    return found
