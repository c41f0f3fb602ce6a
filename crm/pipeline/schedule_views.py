"""A project's plan: the days of its stages, its investment year by year, its documents."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.database import N_, db, locked
from crm.errors import NotFound, RuleError
from crm.files import extensions as files
from crm.files.services import add_document
from crm.pipeline import schedule
from crm.pipeline.forms import YearForm
from crm.pipeline.models import Project, ProjectDocument
from crm.pipeline.permissions import named_ids, readable, require_act
from crm.pipeline.views import blueprint
from crm.rules import day


@blueprint.get("/projects/<int:project_id>/schedule")
@needs("project.edit")
def edit_schedule(project_id: int) -> ResponseReturnValue:
    """The planned days of the stages ahead, and the investment of each year."""
    project = require_act(current_user, "project.edit", db.session.get(Project, project_id))
    return schedule_page(project, YearForm(formdata=None))


def schedule_page(project: Project, form: YearForm, error: RuleError | None = None) -> ResponseReturnValue:
    """The page, with what stands against what was typed."""
    if error is not None:
        form.form_errors.append(_(error.message, **error.details))
        db.session.rollback()
    plans = {plan.stage_id: plan.planned_on for plan in project.stage_plans}
    page = render_template(
        "pipeline/schedule.html",
        project=project,
        form=form,
        plans=plans,
        typed=request.form,
        asks_for_years=schedule.asks_for_years(project),
    )
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.post("/projects/<int:project_id>/stage-plans")
@needs("project.edit")
def set_stage_plans(project_id: int) -> ResponseReturnValue:
    """Save the planned days (`stage-ID`)."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    try:
        schedule.set_plans(project, planned_days(project), by=current_user)
    except RuleError as error:
        return schedule_page(project, YearForm(formdata=None), error)
    db.session.commit()
    flash(_("已保存阶段计划。"), "success")
    return redirect(url_for(".show", project_id=project.id))


def planned_days(project: Project) -> dict[int, date | None]:
    """What was typed for the stages ahead."""
    return {stage.id: day(request.form.get(f"stage-{stage.id}", "")) for stage in project.later_stages}


@blueprint.post("/projects/<int:project_id>/investment-years")
@needs("project.edit")
def set_investment_year(project_id: int) -> ResponseReturnValue:
    """Save a year's planned and actual investment."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    form = YearForm()
    if not form.validate():
        return schedule_page(project, form)
    try:
        schedule.set_year(project, form.values(), by=current_user)
    except RuleError as error:
        return schedule_page(project, form, error)
    db.session.commit()
    flash(_("已保存 %(year)s 年的投资。", year=form.year.data), "success")
    return redirect(url_for(".edit_schedule", project_id=project.id))


@blueprint.post("/projects/<int:project_id>/investment-years/<int:year_id>/delete")
@needs("project.edit")
def delete_investment_year(project_id: int, year_id: int) -> ResponseReturnValue:
    """Throw a year's figures away."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    year = next((row for row in project.investment_years if row.id == year_id), None)
    if year is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    schedule.remove_year(year, by=current_user)
    db.session.commit()
    flash(_("已删除 %(year)s 年的投资。", year=year.year), "success")
    return redirect(url_for(".edit_schedule", project_id=project.id))


@blueprint.post("/projects/<int:project_id>/documents")
@needs("project.edit")
def add_project_document(project_id: int) -> ResponseReturnValue:
    """Keep a file on the project's page."""
    project = require_act(current_user, "project.edit", db.session.get(Project, project_id))
    if project.archived_at is not None:
        raise RuleError(N_("已归档的项目不能修改。"))
    document = add_document(request.files.get("file"), by=current_user, title=request.form.get("title", ""))
    db.session.add(ProjectDocument(project_id=project.id, document_id=document.id))
    db.session.commit()
    flash(_("已添加文档“%(title)s”。", title=document.title), "success")
    return redirect(url_for(".show", project_id=project.id, _anchor="documents"))


def documents_of(user: User, act: str) -> Select[int]:
    """The documents of the projects that `user` knows of and to which she may do an act."""
    joined = select(ProjectDocument.document_id).join(Project, Project.id == ProjectDocument.project_id)
    return joined.where(readable(user), held_by(Project, user, act, member_ids=named_ids(user)))


def url_of_document(document_id: int) -> str | None:
    """The page of the project that holds a document."""
    holder = select(ProjectDocument.project_id).where(ProjectDocument.document_id == document_id)
    project_id = db.session.scalar(holder)
    return url_for("pipeline.show", project_id=project_id, _anchor="documents") if project_id else None


HOLDER = files.Holder(
    readable=lambda user: documents_of(user, "project.read"),
    editable=lambda user: documents_of(user, "project.edit"),
    url=url_of_document,
)


def register() -> None:
    """Let projects hold documents, once."""
    if HOLDER not in files.holders:
        files.holders.append(HOLDER)
