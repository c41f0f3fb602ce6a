"""A project's page, opening and editing one. (Board, table and timeline: board_views.py.)"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import true

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import require, require_visible
from crm.companies.models import Company
from crm.companies.queries import looked_up, rank
from crm.database import db, locked, require_version
from crm.errors import Conflict, RuleError
from crm.forms import both_versions
from crm.pipeline import board as boards
from crm.pipeline import claims, evidence, gates, instructions, partners, queries, services, weekly
from crm.pipeline.change_forms import StatusChangeForm
from crm.pipeline.extensions import proposed_effect
from crm.pipeline.forms import NewProjectForm, ProjectForm, values_of
from crm.pipeline.happened import around
from crm.pipeline.models import Project
from crm.pipeline.partner_forms import PartnerForm
from crm.pipeline.permissions import may_act, require_act, require_readable
from crm.rules import today

blueprint = Blueprint("pipeline", __name__)

#: So many companies answer a search in a form.
FOUND = 8


@blueprint.get("/projects/<int:project_id>")
@needs("project.read")
def show(project_id: int) -> ResponseReturnValue:
    """A project: where it stands, what its next stage asks, its facts, people, demands, and what happened with it."""
    found = db.session.scalars(queries.project(current_user, project_id)).unique().one_or_none()
    project = require_readable(current_user, found)
    return render_template("pipeline/show.html", **page_of(project))


def page_of(project: Project) -> dict[str, Any]:
    """What a project's page shows."""
    return {
        "project": project,
        "card": boards.Card.of(project, today()),
        "missing": gates.missing_for_next(project),
        "missing_for": {stage.id: len(gates.missing(project, stage)) for stage in project.later_stages},
        "status_form": StatusChangeForm(formdata=None).offer(project),
        "evidence": evidence.of(project, current_user),
        **around(project, current_user),
        "tasks": db.session.scalars(queries.tasks_of(current_user, project.id)).unique().all(),
        "instructions": db.session.scalars(instructions.on(current_user, project)).unique().all(),
        "claim": claims.standing(project, current_user),
        "weekly_lines": db.session.scalars(weekly.history_of(project.id)).all(),
        "cooperation": partners.cooperation_of(project),
        "partner_form": PartnerForm(formdata=None),
        "partner_results": looked_for(request.args["company_id_q"]) if "company_id_q" in request.args else None,
        "may_edit": may_act(current_user, "project.edit", project),
        "may_forward": may_act(current_user, "project.forward", project),
        "may_back": may_act(current_user, "project.back", project),
        "may_instruct": bool(instructions.recipients(current_user, project)),
    }


@blueprint.get("/projects/new")
@needs("project.create")
def new() -> ResponseReturnValue:
    """Open a project; `?company=ID` fills the company in."""
    company_id = request.args.get("company", type=int)
    company = db.session.get(Company, company_id) if company_id and company_id < 2**63 else None
    given = {} if company is None else given_by(company)
    form = NewProjectForm(formdata=None, data=given).offer(current_user)
    return form_page(form, company=company)


def given_by(company: Company) -> dict[str, Any]:
    """What a company says of its next project: the segment that it most likely serves, and what it would do there."""
    main = company.main_segment
    effect = proposed_effect(main)
    return {
        "company_id": company.id,
        "main_segment_id": main.id if main else None,
        "effect": effect.value if effect else "",
    }


@blueprint.post("/projects")
@needs("project.create")
def create() -> ResponseReturnValue:
    """Open a project at its route's first stage."""
    form = NewProjectForm().offer(current_user)
    if "find" in request.form:
        return form_page(form)
    company = company_of(form, "company_id")
    if form.company_id.data is not None:
        require_visible(current_user, "company.card", company)
        require(current_user, "project.create", company)
    if not form.validate() or company is None:
        return form_page(form), 422
    project = services.open_project(company, form.route, form.values(), form.relations(), by=current_user)
    db.session.commit()
    flash(_("已立项。补齐下面的缺项就可以推进到下一阶段。"), "success")
    return redirect(url_for(".show", project_id=project.id))


@blueprint.route("/projects/<int:project_id>/edit", methods=["GET", "POST"])
@needs("project.edit")
def edit(project_id: int) -> ResponseReturnValue:
    """Change what is known of a project; a form of an older version gets both versions (409)."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    if request.method == "GET":
        return form_page(stored_form(project), project)
    form = ProjectForm().offer(current_user, project)
    if "find" in request.form:
        return form_page(form, project)
    if not form.validate():
        return form_page(form, project), 422
    try:
        require_version(project, form.version.data)
        services.edit_project(project, form.values(), form.relations(), by=current_user)
    except Conflict:
        return conflict(project, form)
    except RuleError as error:
        form.form_errors.append(_(error.message, **error.details))
        db.session.rollback()
        return form_page(form, project), 422
    db.session.commit()
    flash(_("已保存。"), "success")
    return redirect(url_for(".show", project_id=project.id))


def stored_form(project: Project) -> ProjectForm:
    """The form as the project is stored."""
    return ProjectForm(formdata=None, data=values_of(project)).offer(current_user, project)


def conflict(project: Project, form: ProjectForm) -> ResponseReturnValue:
    """The form with what was typed, beside what somebody else has saved; sending it again means it."""
    versions = both_versions(stored_form(project), form)
    form.version.data = project.version
    return form_page(form, project, versions=versions, is_overtaken=True), 409


def form_page(
    form: ProjectForm, project: Project | None = None, *, company: Company | None = None, **context: Any
) -> str:
    """The form's page; after a press on 查找 with the companies that were found."""
    find = request.form.get("find", "")
    found = looked_for(request.form.get(f"{find}_q", "")) if find else None
    company = company or company_of(form, "company_id")
    holder = project or company
    return render_template(
        "pipeline/form.html",
        proposed=proposed_effect(holder.main_segment if holder else None),
        form=form,
        project=project,
        company=company,
        local_company=company_of(form, "local_company_id"),
        find=find,
        found=found,
        **context,
    )


def company_of(form: ProjectForm, name: str) -> Company | None:
    """The company that a field names."""
    chosen = form[name].data if name in form else None
    return db.session.get(Company, chosen) if chosen else None


def looked_for(text: str) -> list[tuple[int, str, str]]:
    """The companies that a text finds, as a form offers them."""
    found = db.session.scalars(looked_up(text, current_user, true())).unique().all() if text.strip() else []
    ordered = sorted(found, key=lambda company: rank(company, text, current_user))[:FOUND]
    return [(company.id, company.name, company.office.name if company.office else _("名录池")) for company in ordered]
