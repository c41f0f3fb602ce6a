"""Moves of a project: each is a new row, POST to its stage-changes or status-changes."""

from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import db, locked, require_version
from crm.pipeline import gates, services
from crm.pipeline.change_forms import StageChangeForm, StatusChangeForm
from crm.pipeline.models import GateClosed, Project, ReasonMissing, Stage, Status
from crm.pipeline.permissions import require_readable
from crm.pipeline.views import blueprint
from crm.web import safe_next


@blueprint.post("/projects/<int:project_id>/stage-changes")
@needs("project.forward")
def create_stage_change(project_id: int) -> ResponseReturnValue:
    """Move a project on its route. 422 says what is missing, 409 that somebody else was faster."""
    project = require_readable(current_user, locked(db.session, Project, project_id))
    form = StageChangeForm().offer()
    stage = form.stage(project)
    services.require_move(project, stage, by=current_user)
    if not form.validate():
        return refused(project, stage, form)
    require_version(project, form.version.data)
    try:
        services.move(
            project, stage, by=current_user, reason=form.reason.data or "", listed=form.listed, on_day=form.day
        )
    except (GateClosed, ReasonMissing):
        db.session.rollback()
        return refused(project, stage, form)
    db.session.commit()
    flash(_("“%(project)s”已进入“%(stage)s”。", project=project.name, stage=_(stage.name)), "success")
    return redirect(going_on(project))


def refused(project: Project, stage: Stage, form: StageChangeForm) -> ResponseReturnValue:
    """Why a project does not move: what is missing, each a link to its field, or a reason to write."""
    missing = gates.missing(project, stage)
    page = render_template(
        "pipeline/refused.html",
        project=project,
        stage=stage,
        form=form,
        missing=missing,
        is_back=stage.ordinal < project.stage.ordinal,
        may_pass=services.may_pass(current_user, project, missing),
        going_on=going_on(project),
    )
    return page, 422


@blueprint.post("/projects/<int:project_id>/status-changes")
@needs("project.back")
def create_status_change(project_id: int) -> ResponseReturnValue:
    """Pause, lose, abort, complete or reopen a project, with the reason."""
    project = require_readable(current_user, locked(db.session, Project, project_id))
    form = StatusChangeForm().offer(project)
    services.require_status_act(project, by=current_user)
    if not form.validate():
        return render_template("pipeline/status.html", project=project, form=form), 422
    require_version(project, form.version.data)
    services.change_status(
        project,
        Status(form.to_status.data),
        by=current_user,
        reason=form.reason.data or "",
        listed=form.listed,
        on_day=form.day,
    )
    db.session.commit()
    flash(_("“%(project)s”现在是“%(status)s”。", project=project.name, status=_(project.status.label)), "success")
    return redirect(going_on(project))


def going_on(project: Project) -> str:
    """Back to the page that asked for the move: the one that it names, or the board where a card was dragged."""
    target = request.form.get("next")
    if target:
        return safe_next(target)
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc == request.host and came_from.path == url_for(".board"):
        return safe_next(f"{came_from.path}?{came_from.query}")
    return url_for(".show", project_id=project.id)
