"""Pages of contacts: new, edit, reveal a number, erase."""

from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import require, require_visible
from crm.companies import extensions, people, queries
from crm.companies.blueprint import blueprint, company_of
from crm.companies.forms import ContactForm, EditContactForm, RevealForm
from crm.companies.models import Contact
from crm.companies.retention import WARNED
from crm.companies.services import require_active
from crm.database import db, locked, require_version
from crm.errors import Conflict, RuleError
from crm.forms import both_versions
from crm.rules import today


def contact_of(contact_id: int, *, lock: bool = False) -> Contact:
    """The contact of an address; NotFound unless its company may be read."""
    contact = locked(db.session, Contact, contact_id) if lock else db.session.get(Contact, contact_id)
    require_visible(current_user, "company.read", contact.company if contact else None)
    assert contact is not None  # require_visible raises for None  # noqa: S101
    people.require_known(contact)
    return contact


@blueprint.route("/companies/<int:company_id>/contacts/new", methods=["GET", "POST"])
@needs("contact.create")
def new_contact(company_id: int) -> ResponseReturnValue:
    """Add a person at a company."""
    company = company_of(company_id)
    require(current_user, "contact.create", company)
    require_active(company)
    form = ContactForm()
    if not form.validate_on_submit():
        status = 422 if request.method == "POST" else 200
        return render_template("companies/contact_form.html", form=form, company=company), status
    try:
        people.add_contact(company, form.values, current_user)
    except RuleError as error:
        db.session.rollback()
        form.phone.errors = [_(error.message, **error.details)]
        return render_template("companies/contact_form.html", form=form, company=company), error.status
    db.session.commit()
    flash(_("已新增联系人。"), "success")
    return redirect(url_for(".show", company_id=company.id, _anchor="contacts"))


@blueprint.route("/contacts/<int:contact_id>/edit", methods=["GET", "POST"])
@needs("contact.edit")
def edit_contact(contact_id: int) -> ResponseReturnValue:
    """Change what is known of a person; the number stays hidden, an empty field keeps it."""
    contact = contact_of(contact_id, lock=request.method == "POST")
    require(current_user, "contact.edit", contact.company)
    require_active(contact.company)
    form = EditContactForm(contact)
    if not form.validate_on_submit():
        return render_contact(form, contact), 422 if request.method == "POST" else 200
    try:
        require_version(contact, form.version.data)
        people.edit_contact(contact, form.values, current_user)
    except Conflict:
        return overtaken(form, contact)
    except RuleError as error:
        db.session.rollback()
        form.phone.errors = [_(error.message, **error.details)]
        return render_contact(form, contact), error.status
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".show", company_id=contact.company_id, _anchor="contacts"))


def render_contact(form: ContactForm, contact: Contact, **context: object) -> str:
    """The page of a known person."""
    return render_template(
        "companies/contact_form.html", form=form, company=contact.company, contact=contact, **context
    )


def overtaken(form: ContactForm, contact: Contact) -> ResponseReturnValue:
    """Both versions beside each other; a number is never shown."""
    db.session.rollback()
    versions = both_versions(EditContactForm(contact, formdata=None), form)
    form.version.data = contact.version
    return render_contact(form, contact, versions=versions), 409


@blueprint.route("/contacts/<int:contact_id>/reveal", methods=["GET", "POST"])
@needs("contact.reveal")
def reveal_contact(contact_id: int) -> ResponseReturnValue:
    """The full number against a reason, which is recorded; it is shown once, on the answer to the request."""
    contact = contact_of(contact_id)
    require(current_user, "contact.reveal", contact.company)
    form = RevealForm()
    template = "companies/_reveal.html" if "HX-Request" in request.headers else "companies/reveal.html"
    if not form.validate_on_submit():
        status = 422 if request.method == "POST" else 200
        return render_template(template, form=form, contact=contact), status
    number = people.reveal_phone(contact, form.reason.data, current_user)
    db.session.commit()
    return render_template(template, form=form, contact=contact, number=number)


@blueprint.route("/contacts/<int:contact_id>/erase", methods=["GET", "POST"])
@needs("contact.erase")
def erase_contact(contact_id: int) -> ResponseReturnValue:
    """Forget a person for good, after saying what that means."""
    contact = contact_of(contact_id, lock=request.method == "POST")
    require(current_user, "contact.erase", contact.company)
    if request.method == "GET":
        return render_template("companies/erase.html", contact=contact, mentions=mentions_of(contact))
    people.erase_contact(contact, current_user)
    db.session.commit()
    flash(_("已删除联系人的姓名、职务和电话。"), "success")
    return redirect(url_for(".show", company_id=contact.company_id, _anchor="contacts"))


@blueprint.get("/contacts/<int:contact_id>/record")
@needs("contact.edit")
def contact_record(contact_id: int) -> ResponseReturnValue:
    """All that is held about a person, in one page to print: what PIPL art. 45 lets a person ask for."""
    contact = contact_of(contact_id)
    require(current_user, "contact.edit", contact.company)
    traces = [trace for source in extensions.contact_traces for trace in source(contact, current_user)]
    return render_template(
        "companies/contact_record.html",
        contact=contact,
        reveals=db.session.execute(queries.reveals_of(contact.id)).all(),
        traces=sorted(traces, reverse=True),
        mentions=mentions_of(contact),
    )


def mentions_of(contact: Contact) -> list[tuple[date, str, str]]:
    """Where somebody has typed a person's name: erasing cannot reach that, a person has to correct it."""
    return [found for source in extensions.contact_mentions for found in source(contact, current_user)]


@blueprint.get("/contacts/expiring")
@needs("contact.edit")
def expiring_contacts() -> ResponseReturnValue:
    """One's own contacts whose term ends soon: to be kept on with a later day, or left to be forgotten."""
    last = today() + timedelta(days=WARNED)
    found = db.session.scalars(queries.expiring_contacts(current_user, last)).all()
    return render_template("companies/expiring.html", contacts=found, last=last)
