"""A project's landing page: parks and what is held, policies and the notice, experts, events."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import N_, db, locked
from crm.downloads import DOCX, download
from crm.errors import NotFound, RuleError
from crm.pipeline import notice, origins, park_matching, policy_matching, queries, reservations
from crm.pipeline.landing_forms import EventsForm, ProjectDrawForm, ReleaseForm, ReservationForm
from crm.pipeline.models import ParkReservation, Project
from crm.pipeline.permissions import may_act, require_act, require_readable
from crm.pipeline.views import blueprint
from crm.rules import today


@blueprint.get("/projects/<int:project_id>/landing")
@needs("project.read")
def landing(project_id: int) -> ResponseReturnValue:
    """What the city can offer a project."""
    return page(project_of(project_id))


def project_of(project_id: int) -> Project:
    """The project with all that its page shows; NotFound where one may not know of it."""
    found = db.session.scalars(queries.project(current_user, project_id)).unique().one_or_none()
    return require_readable(current_user, found)


def page(project: Project, **forms: Any) -> str:
    """The page; a form that was refused stands in it with its errors."""
    parks = park_matching.parks_for(project)
    context = {
        "reservation_form": ReservationForm(formdata=None, data=suggestion(project)),
        "draw_form": ProjectDrawForm(formdata=None),
        "events_form": EventsForm(formdata=None, data={"event_ids": origins.event_ids(project)}),
        **forms,
    }
    context["reservation_form"].offer([each.park for each in parks])
    context["draw_form"].offer()
    context["events_form"].offer(origins.offered_events(project))
    return render_template(
        "pipeline/landing.html",
        project=project,
        parks=parks,
        policies=policy_matching.matches_for(project, today()),
        draws=origins.draws_of(project),
        expert_score=origins.expert_score(project),
        release_form=ReleaseForm(formdata=None),
        may_edit=may_act(current_user, "project.edit", project) and project.is_open,
        **context,
    )


def suggestion(project: Project) -> dict[str, Any]:
    """What a reservation most likely asks for."""
    wants_floor = park_matching.needs_floor(project)
    return {"land_mu": project.land_mu, "floor_m2": project.floor_m2 if wants_floor else None}


@blueprint.post("/projects/<int:project_id>/reservations")
@needs("project.edit")
def create_reservation(project_id: int) -> ResponseReturnValue:
    """Hold land or floor of a park."""
    project = editable(project_id)
    form = ReservationForm().offer([each.park for each in park_matching.parks_for(project)])
    if not form.validate():
        return page(project, reservation_form=form), 422
    try:
        found = reservations.reserve(
            project,
            form.park_id.data,
            land_mu=form.land_mu.data,
            floor_m2=form.floor_m2.data,
            until=form.until.data,
            note=form.note.data or "",
            by=current_user,
        )
    except RuleError as error:
        db.session.rollback()
        form.form_errors.append(_(error.message, **error.details))
        return page(project_of(project_id), reservation_form=form), 422
    db.session.commit()
    flash(_("已在“%(park)s”预留。", park=found.park.name), "success")
    return back_to(project)


def editable(project_id: int) -> Project:
    """The project under a lock, which the user may edit."""
    return require_act(current_user, "project.edit", locked(db.session, Project, project_id))


def back_to(project: Project) -> ResponseReturnValue:
    """On to the landing page."""
    return redirect(url_for("pipeline.landing", project_id=project.id))


@blueprint.post("/reservations/<int:reservation_id>/releases")
@needs("project.edit")
def release_reservation(reservation_id: int) -> ResponseReturnValue:
    """Give land back, with the reason."""
    reservation = locked(db.session, ParkReservation, reservation_id)
    if reservation is None:
        raise NotFound(N_("没有找到这条预留。"))
    project = require_act(current_user, "project.edit", reservation.project)
    form = ReleaseForm()
    if not form.validate():
        flash(_("请写明释放的原因。"), "error")
        return page(project), 422
    reservations.release(reservation, form.reason.data)
    db.session.commit()
    flash(_("已释放。"), "success")
    return back_to(project)


@blueprint.get("/projects/<int:project_id>/policies.docx")
@needs("project.read")
def policy_notice(project_id: int) -> ResponseReturnValue:
    """适用政策告知单, in Chinese whatever the page's language."""
    project = project_of(project_id)
    with force_locale("zh"):
        content = notice.document(project, policy_matching.matches_for(project, today()))
    return download(content, f"适用政策告知单-{project.name}.docx", DOCX)


@blueprint.post("/projects/<int:project_id>/draws")
@needs("terms.edit")
def create_draw(project_id: int) -> ResponseReturnValue:
    """Draw experts who judge on a project."""
    project = require_readable(current_user, locked(db.session, Project, project_id))
    form = ProjectDrawForm().offer()
    if not form.validate():
        return page(project, draw_form=form), 422
    try:
        found = origins.draw_experts(project, form.field.data, form.wanted.data, by=current_user)
    except RuleError as error:
        db.session.rollback()
        form.form_errors.append(_(error.message, **error.details))
        return page(project_of(project_id), draw_form=form), 422
    db.session.commit()
    flash(_("已抽取 %(count)d 位专家，种子已记录。", count=len(found.seats)), "success")
    return redirect(url_for("draws.show", draw_id=found.id))


@blueprint.post("/projects/<int:project_id>/events")
@needs("project.edit")
def set_events(project_id: int) -> ResponseReturnValue:
    """Say of which events a project came."""
    project = editable(project_id)
    form = EventsForm().offer(origins.offered_events(project))
    if not form.validate():
        return page(project, events_form=form), 422
    origins.set_events(project, form.event_ids.data or [], by=current_user)
    db.session.commit()
    flash(_("已保存。"), "success")
    return back_to(project)
