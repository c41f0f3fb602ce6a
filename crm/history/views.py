"""The audit page, and the changes of one record."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from crm.accounts.access import current_user, needs
from crm.database import N_, db
from crm.errors import BadRequest, NotFound
from crm.history import exports, extensions, queries
from crm.history.entries import entries
from crm.history.forms import ExportFilterForm, HistoryFilterForm
from crm.history.models import Export, HistoryRow
from crm.pagination import Sort, paginate

blueprint = Blueprint("history", __name__)

LATEST_EXPORT = Sort(Export.id, Export.id, descending=True)
NEWEST_FIRST = Sort(HistoryRow.id, HistoryRow.id, descending=True)


@blueprint.get("/history")
@needs("history.read")
def index() -> ResponseReturnValue:
    """The audit page."""
    actors = db.session.scalars(queries.actors(current_user)).unique().all()
    form = HistoryFilterForm(request.args).offer(actors)
    if not form.validate():
        raise BadRequest(N_("没有这个筛选条件。"))
    found = form.chosen().apply(queries.audited(current_user))
    page = paginate(db.session, found, NEWEST_FIRST, request.args.get("cursor"))
    return render_template("history/index.html", page=page, entries=entries(page.items), form=form)


@blueprint.get("/history/exports")
@needs("export.read")
def exported() -> ResponseReturnValue:
    """Who took which list out as a file, how many rows, when and why; and how many rows one may still take today."""
    users = db.session.scalars(queries.actors(current_user, "export.read")).unique().all()
    form = ExportFilterForm(request.args).offer(users)
    if not form.validate():
        raise BadRequest(N_("没有这个筛选条件。"))
    found = form.chosen().apply(queries.exports(current_user))
    page = paginate(db.session, found, LATEST_EXPORT, request.args.get("cursor"))
    rows = db.session.scalar(select(func.sum(found.subquery().c.rows))) or 0
    left = exports.left_today(current_user)
    return render_template("history/exports.html", page=page, form=form, rows=rows, left=left)


@blueprint.get("/history/<table>/<int:row_id>")
@needs("record.read")
def record(table: str, row_id: int) -> ResponseReturnValue:
    """The changes of one record, for whoever may read it in full."""
    if table not in extensions.subjects:
        raise NotFound(N_("没有这种记录。"))
    subject = extensions.subjects[table](row_id, current_user)
    found = queries.of_record(table, row_id, subject, current_user)
    page = paginate(db.session, found, NEWEST_FIRST, request.args.get("cursor"))
    return render_template("history/record.html", page=page, entries=entries(page.items), subject=subject)
