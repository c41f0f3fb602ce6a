"""Log a contact, read and correct it, list contacts."""

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import may
from crm.database import db
from crm.errors import Conflict, NotFound, RuleError
from crm.files import queries as files
from crm.forms import both_versions
from crm.interactions import extensions, queries, services
from crm.interactions.blueprint import blueprint
from crm.interactions.document_views import attach
from crm.interactions.entry import Entry, offered
from crm.interactions.forms import InteractionFilterForm
from crm.interactions.models import Interaction
from crm.pagination import paginate, sort_by

__all__ = ["blueprint"]


@blueprint.get("/interactions")
@needs("interaction.read")
def index() -> ResponseReturnValue:
    """The contacts that one may read; at first one's own."""
    form = InteractionFilterForm.of(request.args, current_user)
    sort_name, sort = sort_by(queries.INTERACTION_SORTS, request.args.get("sort"), "-happened")
    query = form.narrowing().apply(queries.visible_to(current_user), current_user)
    page = paginate(db.session, queries.with_people(query), sort, request.args.get("cursor"))
    return render_template("interactions/index.html", form=form, page=page, sort=sort_name)


@blueprint.get("/interactions/new")
@needs("interaction.create")
def new() -> ResponseReturnValue:
    """Log a visit: `?company=ID` and `?project=ID` are filled in already."""
    return Entry.fresh(request, current_user).render()


@blueprint.get("/interactions/new/company")
@needs("interaction.create")
def company_part() -> ResponseReturnValue:
    """The company's field and what follows from it, for a tap on a recent company."""
    return Entry.part(request, current_user, request.args.get("find")).render("interactions/_company.html")


@blueprint.get("/interactions/new/people")
@needs("interaction.create")
def people_part() -> ResponseReturnValue:
    """The people and subjects of the company that was just chosen."""
    return Entry.part(request, current_user, request.args.get("company_id")).render("interactions/_people.html")


@blueprint.get("/interactions/new/companies")
@needs("interaction.create")
def company_options() -> ResponseReturnValue:
    """What the company's field offers for what was typed."""
    options = offered(request.args.get("q", ""), current_user, may_create="known" not in request.args)
    return render_template("interactions/_company_options.html", options=options)


@blueprint.post("/interactions")
@needs("interaction.create")
def create() -> ResponseReturnValue:
    """Log a visit; one that was sent before under the same id leads to what it became."""
    if request.form.get("find") == "paste":
        is_part = "HX-Request" in request.headers
        return Entry.pasted(request, current_user).render(
            "interactions/_form.html" if is_part else "interactions/form.html"
        )
    entry = Entry.sent(request, current_user)
    if "find" in request.form:
        return entry.render()
    earlier = services.sent_before(entry.form.client_uuid.data, current_user)
    if earlier is not None:
        return logged(earlier) if entry.repeats(earlier) else reused(entry, earlier)
    if not entry.is_complete():
        return entry.render(), 422
    number, step = entry.form.client_uuid.data, entry.form.planned()
    try:
        interaction = services.log_interaction(entry.record(), current_user, next_step=step, client_uuid=number)
        attach(interaction, request.files.getlist("files"), current_user)
    except RuleError as refusal:
        return refused(entry, refusal)
    db.session.commit()
    return logged(interaction)


def logged(interaction: Interaction) -> ResponseReturnValue:
    """On to what was logged."""
    flash(_("已记下。需要时点“修改”补充。"), "success")
    return redirect(url_for(".show", interaction_id=interaction.id))


def reused(entry: Entry, earlier: Interaction) -> ResponseReturnValue:
    """The form of an earlier contact, filled in anew after going back: under an id of its own it is another contact."""
    entry.form.client_uuid.text, entry.form.client_uuid.data = None, uuid.uuid4()
    return entry.render(earlier=earlier), 409


def refused(entry: Entry, refusal: RuleError) -> ResponseReturnValue:
    """The form again, with what cannot be; nothing was written."""
    db.session.rollback()
    entry.form.form_errors.append(_(refusal.message, **refusal.details))
    return entry.render(), refusal.status


@blueprint.get("/interactions/<int:interaction_id>")
@needs("interaction.read")
def show(interaction_id: int) -> ResponseReturnValue:
    """A contact with its people, subjects and next steps."""
    interaction = readable(interaction_id)
    tasks = queries.with_company(queries.tasks_visible_to(current_user).where(queries.came_of(interaction)))
    return render_template(
        "interactions/show.html",
        interaction=interaction,
        tasks=db.session.scalars(tasks).unique().all(),
        demand_acts=[act for make in extensions.demand_acts if (act := make(interaction, current_user))],
        subjects=[(s, s.links([interaction], current_user).get(interaction.id, ())) for s in extensions.subjects],
        documents=db.session.scalars(files.shown(queries.document_ids(interaction.id))).all(),
        may_edit=may(current_user, "interaction.edit", interaction),
    )


@blueprint.route("/interactions/<int:interaction_id>/edit", methods=["GET", "POST"])
@needs("interaction.edit")
def edit(interaction_id: int) -> ResponseReturnValue:
    """Correct a contact."""
    if request.method == "GET":
        return Entry.of(editable(interaction_id), current_user).render()
    entry = Entry.sent(request, current_user, editable(interaction_id))
    if "find" in request.form:
        return entry.render()
    if not entry.is_complete():
        return entry.render(), 422
    try:
        services.edit_interaction(interaction_id, entry.record(), current_user, entry.form.version.data)
    except RuleError as refusal:
        return refused(entry, refusal)
    except Conflict as conflict:
        return overtaken(entry, conflict)
    db.session.commit()
    flash(_("已保存修改。"), "success")
    return redirect(url_for(".show", interaction_id=interaction_id))


def overtaken(entry: Entry, conflict: Conflict) -> ResponseReturnValue:
    """The form with what was typed beside what somebody has saved meanwhile; sending again would overwrite that."""
    db.session.rollback()
    stored = Entry.of(editable(conflict.details["current"].id), current_user).form
    entry.form.version.data = stored.version.data
    ids = entry.form.company_id.label.text
    versions = [row for row in both_versions(stored, entry.form) if row[0] != ids]
    return entry.render(versions=versions), conflict.status


def readable(interaction_id: int) -> Interaction:
    """The contact, or NotFound."""
    found = db.session.scalars(queries.interaction(current_user, interaction_id)).unique().one_or_none()
    if found is None:
        raise NotFound(queries.NOT_FOUND)
    return found


def editable(interaction_id: int) -> Interaction:
    """The contact for its form, or NotFound or Forbidden."""
    return services.interaction_to_edit(interaction_id, current_user)
