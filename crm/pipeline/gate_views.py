"""Pages of the rules: routes with their stages and gates. Everybody reads them, an administrator changes them."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import may
from crm.database import N_, db, require_version
from crm.errors import Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.pipeline import gate_editing, gates, queries
from crm.pipeline.act_pages import found
from crm.pipeline.gate_forms import GateItemForm
from crm.pipeline.models import GateItem, Stage
from crm.pipeline.views import blueprint

NO_STAGE = N_("没有找到这个阶段。")
NO_ITEM = N_("没有找到这条关口要求。")


@blueprint.get("/routes")
@needs("figures.read")
def routes() -> ResponseReturnValue:
    """The routes with their stages, and what each gate asks."""
    return render_template(
        "pipeline/routes.html",
        routes=db.session.scalars(queries.routes()).all(),
        facts=gates.FACTS,
        conditions=gates.CONDITIONS,
        may_edit=may(current_user, "chain.edit"),
    )


def row_of(model: type[Any], row_id: int, message: str) -> Any:
    """A row, locked where it will be written; NotFound with `message`."""
    row = found(model, row_id)
    if row is None:
        raise NotFound(message)
    return row


def stage_of(stage_id: int) -> Stage:
    """A stage in use, as row_of."""
    stage: Stage = row_of(Stage, stage_id, NO_STAGE)
    if stage.retired_at is not None:
        raise NotFound(NO_STAGE)
    return stage


def routes_url(stage: Stage) -> str:
    """The stage on the page of routes."""
    return url_for("pipeline.routes", _anchor=f"stage-{stage.id}")


@blueprint.route("/stages/<int:stage_id>/gate-items/new", methods=["GET", "POST"])
@needs("chain.edit")
def new_gate_item(stage_id: int) -> ResponseReturnValue:
    """Add to a gate: first what it would mean for open projects, then, confirmed, for good."""
    return item_page(stage_of(stage_id), GateItemForm().offer(), None)


@blueprint.route("/gate-items/<int:item_id>/edit", methods=["GET", "POST"])
@needs("chain.edit")
def edit_gate_item(item_id: int) -> ResponseReturnValue:
    """Change what a gate asks, in the same two steps."""
    item: GateItem = row_of(GateItem, item_id, NO_ITEM)
    return item_page(item.stage, GateItemForm.stored(item), item)


def item_page(stage: Stage, form: GateItemForm, item: GateItem | None) -> ResponseReturnValue:
    """The form; once it is right, the effect; once that was confirmed, the change."""
    stored = None if item is None else lambda: GateItemForm.stored(item, formdata=None)
    context = {"stage": stage, "item": item, "back": routes_url(stage)}
    show = page_of("pipeline/gate_item.html", form, stored, **context)
    if request.method == "GET" or not form.validate():
        return show()
    try:
        gate_editing.require_new(stage, form.values(), but=item)
        if not form.confirmed.data:
            effect = gate_editing.effect_of(stage, GateItem(**form.values()), by=current_user)
            return render_template("pipeline/gate_item.html", form=form, versions=[], effect=effect, **context)
        save(stage, form, item)
    except (Conflict, RuleError) as error:
        return show(error)
    db.session.commit()
    flash(_("关口已保存，立即生效。"), "success")
    return redirect(routes_url(stage))


def save(stage: Stage, form: GateItemForm, item: GateItem | None) -> None:
    """Write the new item, or the change."""
    if item is None:
        gate_editing.add_item(stage, form.values(), by=current_user)
        return
    require_version(item, form.version.data)
    gate_editing.change_item(item, form.values(), by=current_user)


@blueprint.post("/gate-items/<int:item_id>/deletion")
@needs("chain.edit")
def delete_gate_item(item_id: int) -> ResponseReturnValue:
    """Take an item away: no project lacks more than before."""
    item: GateItem = row_of(GateItem, item_id, NO_ITEM)
    stage = item.stage
    require_version(item, request.form.get("version", type=int))
    gate_editing.remove_item(item, by=current_user)
    db.session.commit()
    flash(_("已删除这条要求，立即生效。"), "success")
    return redirect(routes_url(stage))
