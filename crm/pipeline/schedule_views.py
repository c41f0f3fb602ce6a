"""A project's plan: the days of its stages, its investment year by year."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import N_, db, locked
from crm.errors import NotFound, RuleError
from crm.pipeline import schedule
from crm.pipeline.models import Project
from crm.pipeline.permissions import require_act
from crm.pipeline.schedule_forms import YearForm
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
