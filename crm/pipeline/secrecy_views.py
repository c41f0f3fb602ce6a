"""The 知情人 list of a project, to keep and to print."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from crm import rules as common
from crm.accounts.access import current_user, needs
from crm.database import db, locked
from crm.forms import Form, Required, RuleField
from crm.pipeline import secrecy
from crm.pipeline.models import Project
from crm.pipeline.permissions import may_act, require_act, require_readable
from crm.rules import today

blueprint = Blueprint("secrecy", __name__)


class InsiderForm(Form):
    """Somebody of another house who knows of the project."""

    name = RuleField(_l("姓名"), rule=common.line(200), validators=[Required()])
    unit = RuleField(_l("单位和职务"), rule=common.line(200), default="")
    reason = RuleField(_l("知悉内容和方式"), rule=common.line(300), default="")
    entered_on = RuleField(_l("知情日期"), rule=common.happened, default=today)


@blueprint.get("/projects/<int:project_id>/insiders")
@needs("project.read")
def show(project_id: int) -> ResponseReturnValue:
    """The list, with those who left."""
    project = require_readable(current_user, db.session.get(Project, project_id))
    return list_page(project, InsiderForm(formdata=None))


def list_page(project: Project, form: InsiderForm) -> str:
    """The list with the form for people of other houses."""
    rows = db.session.scalars(secrecy.insiders_of(project.id)).unique().all()
    may_edit = may_act(current_user, "project.edit", project) and project.archived_at is None
    return render_template("pipeline/insiders.html", project=project, rows=rows, form=form, may_edit=may_edit)


@blueprint.post("/projects/<int:project_id>/insiders")
@needs("project.edit")
def enter(project_id: int) -> ResponseReturnValue:
    """Enter somebody of another house."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    form = InsiderForm()
    if not form.validate():
        return list_page(project, form), 422
    values = (form.name.data, form.unit.data or "", form.reason.data or "", form.entered_on.data)
    secrecy.enter(project, *values, by=current_user)
    db.session.commit()
    flash(_("已登记知情人。"), "success")
    return redirect(url_for(".show", project_id=project_id))


@blueprint.post("/projects/<int:project_id>/insiders/<int:insider_id>/leavings")
@needs("project.edit")
def leave(project_id: int, insider_id: int) -> ResponseReturnValue:
    """Note that somebody has left."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    secrecy.leave(project, insider_id, today(), by=current_user)
    db.session.commit()
    flash(_("已登记退出。"), "success")
    return redirect(url_for(".show", project_id=project_id))
