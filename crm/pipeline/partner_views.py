"""合作牵线: starting one from a company's page; partner, introductions and outcome on the project's page."""

from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import rules
from crm.accounts.access import current_user, needs
from crm.accounts.permissions import require, require_visible
from crm.companies.models import Company
from crm.database import N_, db, locked, require_version
from crm.errors import NotFound, RuleError
from crm.pipeline import partners
from crm.pipeline.models import Introduction, Project, ProjectPartner
from crm.pipeline.permissions import require_act, require_readable

blueprint = Blueprint("partners", __name__)


@blueprint.post("/companies/<int:company_id>/cooperations")
@needs("project.create")
def start(company_id: int) -> ResponseReturnValue:
    """Open a project that brings a target and a local company together (`local_id`)."""
    target, local = company_of(company_id), company_of(request.form.get("local_id", 0, int))
    require(current_user, "project.create", target)
    project = partners.start_cooperation(target, local, current_user)
    db.session.commit()
    flash(_("已立项牵线。约好见面后，在这里记下牵线的日子。"), "success")
    return back_to(project)


def company_of(company_id: int) -> Company:
    """The company, or NotFound."""
    company = db.session.get(Company, company_id) if company_id < 2**63 else None
    require_visible(current_user, "company.card", company)
    assert company is not None  # noqa: S101 -- require_visible has seen to it
    return company


def back_to(project: Project) -> ResponseReturnValue:
    """On to the card on the project's page."""
    return redirect(url_for("pipeline.show", project_id=project.id, _anchor="partner"))


@blueprint.post("/projects/<int:project_id>/partner")
@needs("project.edit")
def name(project_id: int) -> ResponseReturnValue:
    """Name the partner."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    if "find" in request.form:
        asked = request.form.get("company_id_q")
        return redirect(url_for("pipeline.show", project_id=project.id, company_id_q=asked, _anchor="partner"))
    partners.name_partner(project, company_of(request.form.get("company_id", 0, int)), current_user)
    db.session.commit()
    flash(_("已登记合作对象。"), "success")
    return back_to(project)


@blueprint.post("/projects/<int:project_id>/introductions")
@needs("project.edit")
def introduce(project_id: int) -> ResponseReturnValue:
    """Note an introduction."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    note = rules.line(500)(request.form.get("note", ""))
    partners.introduce(project, day_of("on_day"), note, current_user)
    db.session.commit()
    flash(_("已记下这次牵线。"), "success")
    return back_to(project)


def day_of(field: str) -> date:
    """The day of a field that must hold one that has come. RuleError else."""
    day = rules.happened(request.form.get(field, ""))
    if day is None:
        raise RuleError(N_("请填日期。"))
    return day


@blueprint.post("/introductions/<int:introduction_id>/deletion")
@needs("project.edit")
def remove(introduction_id: int) -> ResponseReturnValue:
    """Take back an introduction that was written by mistake; history keeps it."""
    held = locked(db.session, Introduction, introduction_id)
    project = require_readable(current_user, held.project if held else None)
    partners.require_editable(project, current_user)
    db.session.delete(held)
    db.session.commit()
    flash(_("已删除这条牵线记录。"), "success")
    return back_to(project)


@blueprint.post("/project-partners/<int:partner_id>/outcome")
@needs("project.edit")
def conclude(partner_id: int) -> ResponseReturnValue:
    """Write what came of it."""
    partner = locked(db.session, ProjectPartner, partner_id)
    if partner is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    project = require_act(current_user, "project.edit", partner.project)
    require_version(partner, request.form.get("version", type=int))
    outcome = rules.prose(2_000)(request.form.get("outcome", "")).strip()
    if not outcome:
        raise RuleError(N_("请写合作结果。"))
    partners.conclude(partner, outcome, day_of("outcome_on"), current_user)
    db.session.commit()
    flash(_("已保存合作结果。"), "success")
    return back_to(project)
