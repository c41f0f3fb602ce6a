"""Pages of a project's way as a whole: another route, the archive; and its milestones."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.database import N_, db, require_version
from crm.errors import RuleError
from crm.pagination import Sort, paginate
from crm.pipeline import milestones, queries, routing
from crm.pipeline.act_pages import part_for, perform, project_for
from crm.pipeline.document_views import sent_file
from crm.pipeline.models import Milestone, Project, ReasonMissing, Route
from crm.pipeline.permissions import readable
from crm.pipeline.triage_forms import MilestoneForm, RouteChangeForm
from crm.pipeline.views import blueprint

NO_MILESTONE = N_("没有找到这个里程碑，或者您没有权限查看。")


@blueprint.route("/projects/<int:project_id>/route-changes/new", methods=["GET", "POST"])
@needs("project.back")
def change_route(project_id: int) -> ResponseReturnValue:
    """Go on along another route, with the reason; the page says where the project would stand on each."""
    project = project_for("project.back", project_id)
    form = RouteChangeForm(data={"version": project.version}).offer(project)

    def act() -> None:
        require_version(project, form.version.data)
        try:
            routing.change_route(
                project,
                form.route,
                by=current_user,
                reason=form.reason.data or "",
                listed=form.listed,
                on_day=form.on_day.data,
            )
        except ReasonMissing as error:
            raise RuleError(error.message) from None

    others = db.session.scalars(queries.routes().where(Route.is_active, Route.id != project.route_id))
    return perform(
        form,
        act,
        title=_("改变路径"),
        back=url_for(".show", project_id=project.id),
        done=_("路径已改变，原来的阶段记录保留。"),
        project=project,
        template="pipeline/route_change.html",
        landings=[(route, routing.landing_stage(project, route)) for route in others],
    )


@blueprint.post("/projects/<int:project_id>/archive")
@needs("project.archive")
def archive(project_id: int) -> ResponseReturnValue:
    """归档."""
    project = project_for("project.archive", project_id)
    require_version(project, request.form.get("version", type=int))
    routing.archive(project, by=current_user)
    db.session.commit()
    flash(_("已归档。负责人可以在“已归档的项目”里恢复。"), "success")
    return redirect(url_for(".show", project_id=project.id))


@blueprint.post("/projects/<int:project_id>/restore")
@needs("project.restore")
def restore(project_id: int) -> ResponseReturnValue:
    """Take a project out of the archive."""
    project = project_for("project.restore", project_id)
    require_version(project, request.form.get("version", type=int))
    routing.restore(project, by=current_user)
    db.session.commit()
    flash(_("已恢复。"), "success")
    return redirect(url_for(".show", project_id=project.id))


@blueprint.get("/projects/archived")
@needs("project.read")
def archived() -> ResponseReturnValue:
    """The archived projects that one may know of, the latest first."""
    query = select(Project).where(Project.archived_at.is_not(None), readable(current_user))
    sort = Sort(Project.id, Project.id, descending=True)
    page = paginate(db.session, queries.with_names(query), sort, request.args.get("cursor"))
    return render_template("pipeline/archived.html", page=page)


@blueprint.route("/projects/<int:project_id>/milestones/new", methods=["GET", "POST"])
@needs("project.edit")
def new_milestone(project_id: int) -> ResponseReturnValue:
    """Date a milestone."""
    project = project_for("project.edit", project_id)
    form = MilestoneForm(data={"kind": request.args.get("kind", "registered")}).offer()
    return perform(
        form,
        lambda: milestones.record(project, form.values(), by=current_user, file=sent_file()),
        title=_("登记里程碑"),
        back=url_for(".show", project_id=project.id, _anchor="milestones"),
        done=_("里程碑已登记。"),
        project=project,
    )


@blueprint.route("/milestones/<int:milestone_id>/edit", methods=["GET", "POST"])
@needs("project.edit")
def edit_milestone(milestone_id: int) -> ResponseReturnValue:
    """Mend a milestone."""
    milestone: Milestone = part_for("project.edit", Milestone, milestone_id, NO_MILESTONE)
    project = milestone.project
    form = MilestoneForm(obj=milestone).offer()

    def save() -> None:
        require_version(milestone, form.version.data)
        milestones.record(project, form.values(), by=current_user, milestone=milestone, file=sent_file())

    return perform(
        form,
        save,
        title=_("修改里程碑"),
        back=url_for(".show", project_id=project.id, _anchor="milestones"),
        done=_("已保存。"),
        project=project,
        stored=lambda: MilestoneForm(formdata=None, obj=milestone).offer(),
        remove_url=url_for(".delete_milestone", milestone_id=milestone.id),
        removed=milestone,
    )


@blueprint.post("/milestones/<int:milestone_id>/deletion")
@needs("project.edit")
def delete_milestone(milestone_id: int) -> ResponseReturnValue:
    """Take a milestone back that was recorded by mistake; history keeps it."""
    milestone: Milestone = part_for("project.edit", Milestone, milestone_id, NO_MILESTONE)
    project_id = milestone.project_id
    require_version(milestone, request.form.get("version", type=int))
    milestones.remove(milestone, by=current_user)
    db.session.commit()
    flash(_("已删除，变更记录里仍可查到。"), "success")
    return redirect(url_for(".show", project_id=project_id, _anchor="milestones"))
