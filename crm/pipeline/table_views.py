"""What one does in the table of projects: edit a cell, paste several, set values for many, export."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.accounts.models import Role
from crm.accounts.permissions import held_by, require_visible
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, Conflict, RuleError
from crm.landing import sheets
from crm.pipeline import board as boards
from crm.pipeline import bulk, cells, queries
from crm.pipeline.bulk import Wanted
from crm.pipeline.filters import ProjectFilter
from crm.pipeline.forms import BulkForm, ExportForm, ProjectForm, values_of
from crm.pipeline.models import BulkEdit, Project
from crm.pipeline.permissions import may_act, named_ids, require_act
from crm.pipeline.views import blueprint
from crm.rules import id_of, today

#: So many rows one workbook may hold.
MOST_EXPORTED = 20_000


@blueprint.get("/projects/<int:project_id>/cells/<field>")
@needs("project.edit")
def cell(project_id: int, field: str) -> ResponseReturnValue:
    """A cell's editor: the very field of the project's form."""
    project = require_act(current_user, "project.edit", db.session.get(Project, project_id))
    if field not in cells.CELLS:
        raise BadRequest(N_("这一列不能在表格里修改。"))
    form = ProjectForm(formdata=None, data=values_of(project)).offer(current_user, project)
    return render_template("pipeline/_cell_editor.html", project=project, field=form[field])


@blueprint.post("/projects/<int:project_id>/cells/<field>")
@needs("project.edit")
def save_cell(project_id: int, field: str) -> ResponseReturnValue:
    """Save one cell; the answer is the row, or what stands against it (409, 422)."""
    project = require_act(current_user, "project.edit", locked(db.session, Project, project_id))
    text = request.form.get(field, "")
    try:
        value = cells.read(field, text)
        require_version(project, request.form.get("version", type=int))
        cells.change(project, {field: value}, by=current_user)
    except (RuleError, Conflict) as error:
        stored = cells.CELLS[field]
        now = stored.said(stored.value(project)) if isinstance(error, Conflict) else None
        db.session.rollback()
        context = {"error": error, "label": cells.LABELS[field], "text": text, "now": now}
        return render_template("pipeline/_cell_refused.html", **context), error.status
    db.session.commit()
    return row(project_id)


@blueprint.get("/projects/<int:project_id>/row")
@needs("project.read")
def row(project_id: int) -> ResponseReturnValue:
    """One row of the table with the columns of the query string."""
    found = db.session.scalars(queries.project(current_user, project_id)).unique().one_or_none()
    project = require_act(current_user, "project.read", found)
    card = boards.Card.of(project, today())
    columns = cells.chosen(request.args.get("columns", ""))
    shown = {"columns": columns, "heads": cells.heads(columns)}
    return render_template("pipeline/_fresh_row.html", card=card, may_act=may_act, **shown)


@blueprint.post("/pipeline/cells")
@needs(bulk.ACT)
def paste() -> ResponseReturnValue:
    """Save the cells of a spreadsheet (`cell`: ID:VERSION:FIELD:TEXT), all or none."""
    given = request.form.getlist("cell")
    if not 0 < len(given) <= bulk.MOST_CELLS:
        raise BadRequest(N_("一次最多粘贴 %(most)d 个单元格。"), most=bulk.MOST_CELLS)
    wanted = pasted(given)
    faults = [fault for planned in bulk.plan(wanted, by=current_user) for fault in planned.faults]
    if faults:
        db.session.rollback()
        return render_template("pipeline/_paste_refused.html", faults=faults, labels=cells.LABELS), 422
    return applied(wanted, url_for(".board", view="table"))


def pasted(given: Sequence[str]) -> list[Wanted]:
    """The cells by project. BadRequest for what no table sends."""
    found: dict[int, Wanted] = {}
    for each in given:
        project_id, version, field, text = [*each.split(":", 3), "", "", ""][:4]
        key = row_number(project_id)
        wanted = found.setdefault(key, Wanted(key, row_number(version), {}))
        found[key] = Wanted(key, wanted.version, {**wanted.texts, field: text})
    return list(found.values())


def row_number(text: str) -> int:
    """A whole number that a row's id or version can be."""
    found = id_of(text)
    if not found:
        raise BadRequest(N_("筛选条件不对，请从页面上选择。"))
    return found


def applied(wanted: Sequence[Wanted], back: str) -> ResponseReturnValue:
    """Save, and say so with the way back."""
    edit = bulk.apply(wanted, by=current_user)
    db.session.commit()
    if edit is None:
        flash(_("没有需要修改的内容。"), "info")
        return redirect(back)
    text = ngettext("已修改 %(num)s 个项目。", "已修改 %(num)s 个项目。", len(edit.changes))
    said = {"text": text, "action": _("撤销"), "url": url_for(".undo_bulk_edit", edit_id=edit.id)}
    flash(said, "success")  # type: ignore[arg-type]
    return redirect(back)


@blueprint.post("/pipeline/bulk")
@needs(bulk.ACT)
def preview_bulk() -> ResponseReturnValue:
    """The chosen projects, what to set for all of them, and what that would change."""
    form = BulkForm().offer(current_user)
    ids = chosen_ids()
    if not ids:
        flash(_("请先勾选要修改的项目。"), "warning")
        return redirect(url_for(".board", view="table"))
    return bulk_page(form, ids)


def bulk_page(form: BulkForm, ids: Sequence[int], error: RuleError | Conflict | None = None) -> ResponseReturnValue:
    """The page of a bulk edit; with what stands against it."""
    planned = bulk.plan([Wanted(project_id, None, form.texts) for project_id in ids], by=current_user)
    changed = [each for each in planned if each.changes]
    faults = {fault.field: fault.error for each in planned for fault in each.faults}
    page = render_template(
        "pipeline/bulk.html",
        form=form,
        planned=planned,
        changed=changed,
        faults=faults,
        error=error,
        labels=cells.LABELS,
    )
    db.session.rollback()
    return page, error.status if error else 200


def chosen_ids() -> list[int]:
    """The ticked projects, or all of the filter (`all`)."""
    if "all" not in request.form:
        return [row_number(text) for text in request.form.getlist("ids")]
    narrowed = ProjectFilter.from_args(dict(parse_qsl(request.form.get("query", ""))))
    query = narrowed.apply(queries.visible_to(current_user), current_user).with_only_columns(Project.id)
    return list(db.session.scalars(query.order_by(Project.id).limit(bulk.MOST + 1)))


@blueprint.post("/pipeline/bulk-edits")
@needs(bulk.ACT)
def create_bulk_edit() -> ResponseReturnValue:
    """Save what the preview showed, for the versions that it showed (`row`: ID:VERSION)."""
    form = BulkForm().offer(current_user)
    pairs = [each.partition(":")[::2] for each in request.form.getlist("row")]
    wanted = [Wanted(row_number(key), row_number(version or "0"), form.texts) for key, version in pairs]
    try:
        return applied(wanted, url_for(".board", view="table"))
    except (RuleError, Conflict) as error:
        db.session.rollback()
        return bulk_page(form, [each.project_id for each in wanted], error)


@blueprint.post("/pipeline/bulk-edits/<int:edit_id>/undo")
@needs(bulk.ACT)
def undo_bulk_edit(edit_id: int) -> ResponseReturnValue:
    """Put back what was set for many, where nobody has changed it since."""
    edit = locked(db.session, BulkEdit, edit_id)
    require_visible(current_user, bulk.ACT, edit)
    assert edit is not None  # require_visible raises for None  # noqa: S101
    kept = bulk.undo(edit, by=current_user)
    db.session.commit()
    if kept:
        flash(_("已撤销；有 %(count)s 个项目后来又改过，保留现在的内容。", count=kept), "warning")
    else:
        flash(_("已撤销，恢复为修改前的内容。"), "success")
    return redirect(url_for(".board", view="table"))


@blueprint.post("/pipeline/export")
@needs("project.export")
def export() -> ResponseReturnValue:
    """The projects of the filter that one may take out, as a workbook with the chosen columns."""
    form = ExportForm()
    args = dict(parse_qsl(form.query.data or ""))
    reason = form.reason.data or ""
    if current_user.role is Role.MANAGER and not reason:
        raise RuleError(N_("请写明导出用途，导出会留下记录。"))
    named = named_ids(current_user)
    query = ProjectFilter.from_args(args).apply(queries.visible_to(current_user), current_user)
    query = query.where(held_by(Project, current_user, "project.export", member_ids=named))
    ids = db.session.scalars(query.with_only_columns(Project.id).order_by(Project.id).limit(MOST_EXPORTED)).all()
    columns = cells.chosen(args.get("columns", ""))
    chosen = queries.with_names(select(Project).where(Project.id.in_(ids))).order_by(Project.pinyin_key, Project.id)
    rows = [[column.text(project) for column in columns] for project in db.session.scalars(chosen).unique()]
    table = sheets.Table(_("项目列表"), [_(column.label) for column in columns], rows)
    return sheets.taken_out([table], f"{_('项目列表')}-{today().isoformat()}.xlsx", current_user, reason)
