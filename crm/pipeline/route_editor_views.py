"""Where an administrator adds and changes routes and stages: first what it would mean, then, confirmed, the change."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import N_, db, require_version
from crm.errors import Conflict, NotFound, RuleError
from crm.forms import Form, page_of
from crm.pipeline import queries, route_editing, route_effects
from crm.pipeline.gate_views import NO_STAGE, routes_url, row_of, stage_of
from crm.pipeline.models import Route, Stage
from crm.pipeline.route_effects import Note
from crm.pipeline.route_forms import NewRouteForm, RestorationForm, RetirementForm, RouteForm, StageForm
from crm.pipeline.views import blueprint

NO_ROUTE = N_("没有找到这条路径。")


def in_two_steps(
    form: Form,
    effect: Callable[[], Sequence[Note]] | None,
    save: Callable[[], Stage | Route],
    *,
    title: str,
    back: str,
    stored: Callable[[], Form] | None = None,
    **context: Any,
) -> ResponseReturnValue:
    """A form; once it is right, what it would mean; once that was confirmed, the change. Without `effect` at once."""
    template, context = "pipeline/route_form.html", {"title": title, "back": back, **context}
    show = page_of(template, form, stored, **context)
    if request.method == "GET" or not form.validate():
        return show()
    try:
        if effect is not None and not form["confirmed"].data:
            return render_template(template, form=form, versions=[], notes=effect(), **context)
        saved = save()
    except (Conflict, RuleError) as error:
        form["confirmed"].data = ""
        return show(error)
    db.session.commit()
    flash(_("已保存，立即生效。"), "success")
    return redirect(routes_url(saved) if isinstance(saved, Stage) else route_url(saved))


def route_url(route: Route) -> str:
    """The route on the page of routes."""
    return url_for("pipeline.routes", _anchor=f"route-{route.slug}")


@blueprint.route("/routes/new", methods=["GET", "POST"])
@needs("chain.edit")
def new_route() -> ResponseReturnValue:
    """Add a route that begins as a copy of another one."""
    routes = list(db.session.scalars(queries.routes()))
    form = NewRouteForm().offer(routes)

    def save() -> Route:
        like = next(route for route in routes if route.id == form.like_id.data)
        return route_editing.add_route(form.values(), like, by=current_user)

    return in_two_steps(form, None, save, title=_("增加路径"), back=url_for(".routes"))


@blueprint.route("/routes/<int:route_id>/edit", methods=["GET", "POST"])
@needs("chain.edit")
def edit_route(route_id: int) -> ResponseReturnValue:
    """Change a route's name and what it says of its projects, or switch it off."""
    route: Route = row_of(Route, route_id, NO_ROUTE)
    form = RouteForm.stored(route)

    def save() -> Route:
        require_version(route, form.version.data)
        route_editing.change_route(route, form.values(), by=current_user)
        return route

    return in_two_steps(
        form,
        lambda: route_effects.of_route(route, form.values()),
        save,
        title=_("路径设置：%(name)s", name=_(route.name)),
        back=route_url(route),
        stored=lambda: RouteForm.stored(route, formdata=None),
    )


@blueprint.route("/routes/<int:route_id>/stages/new", methods=["GET", "POST"])
@needs("chain.edit")
def new_stage(route_id: int) -> ResponseReturnValue:
    """Add a stage to a route."""
    route: Route = row_of(Route, route_id, NO_ROUTE)
    last = route.stages[-1]
    form = StageForm(data={"after": last.ordinal, "phase": last.phase}).offer(route)

    def effect() -> Sequence[Note]:
        route_editing.require_possible(route, None, form.values(), form.after.data)
        return route_effects.of_new_stage(route, form.after.data)

    return in_two_steps(
        form,
        effect,
        lambda: route_editing.add_stage(route, form.values(), form.after.data, by=current_user),
        title=_("增加阶段：%(route)s", route=_(route.name)),
        back=route_url(route),
    )


@blueprint.route("/stages/<int:stage_id>/edit", methods=["GET", "POST"])
@needs("chain.edit")
def edit_stage(stage_id: int) -> ResponseReturnValue:
    """Change a stage's name, phase and figures, or its place."""
    stage = stage_of(stage_id)
    form = StageForm.stored(stage)

    def effect() -> Sequence[Note]:
        route_editing.require_possible(stage.route, stage, form.values(), form.after.data)
        return route_effects.of_stage(stage, form.values(), form.after.data)

    def save() -> Stage:
        require_version(stage, form.version.data)
        route_editing.change_stage(stage, form.values(), form.after.data, by=current_user)
        return stage

    return in_two_steps(
        form,
        effect,
        save,
        title=_("阶段设置：%(name)s", name=_(stage.name)),
        back=routes_url(stage),
        stored=lambda: StageForm.stored(stage, formdata=None),
        stage=stage,
    )


@blueprint.route("/stages/<int:stage_id>/retirement", methods=["GET", "POST"])
@needs("chain.edit")
def retire_stage(stage_id: int) -> ResponseReturnValue:
    """Take a stage off its route; its projects go to another one."""
    stage = stage_of(stage_id)
    before = stage.route.stages[max(stage.ordinal - 1, 0)]
    form = RetirementForm(data={"target_id": before.id, "version": stage.version}).offer(stage)

    def effect() -> Sequence[Note]:
        target = db.session.get_one(Stage, form.target_id.data)
        route_editing.require_retirable(stage, target)
        return route_effects.of_retirement(stage, target)

    def save() -> Route:
        require_version(stage, form.version.data)
        route_editing.retire_stage(stage, db.session.get_one(Stage, form.target_id.data), by=current_user)
        return stage.route

    return in_two_steps(
        form,
        effect,
        save,
        title=_("停用阶段：%(name)s", name=_(stage.name)),
        back=routes_url(stage),
        is_final=True,
    )


@blueprint.route("/stages/<int:stage_id>/restoration", methods=["GET", "POST"])
@needs("chain.edit")
def restore_stage(stage_id: int) -> ResponseReturnValue:
    """Put a stage that was taken off its route back."""
    stage: Stage = row_of(Stage, stage_id, NO_STAGE)
    if stage.retired_at is None:
        raise NotFound(NO_STAGE)
    data = {"after": route_editing.place_of(stage), "version": stage.version}
    form = RestorationForm(data=data).offer(stage)

    def effect() -> Sequence[Note]:
        route_editing.require_possible(stage.route, stage, {"name": stage.name, "phase": stage.phase}, form.after.data)
        return route_effects.of_restoration(stage, form.after.data)

    def save() -> Stage:
        require_version(stage, form.version.data)
        route_editing.restore_stage(stage, form.after.data, by=current_user)
        return stage

    return in_two_steps(
        form, effect, save, title=_("恢复阶段：%(name)s", name=_(stage.name)), back=route_url(stage.route)
    )
