"""A ledger's page: this week beside the last, and the way back into its own layout."""

from pathlib import Path

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from crm import downloads
from crm.accounts.access import current_user, needs
from crm.database import N_
from crm.errors import NotFound, RuleError
from imports import services, uploads
from imports.ledger import compare, current, export
from imports.models import Batch, BatchStatus
from imports.problems import ImportProblem

blueprint = Blueprint("ledger", __name__)


@blueprint.get("/imports/<int:batch_id>/ledger")
@needs("import.read")
def show(batch_id: int) -> ResponseReturnValue:
    """New, changed and missing projects against the last ledger; what the system knows beyond this one."""
    batch = ledger_of(batch_id)
    try:
        found = compare.compared(batch, current_user)
        today = current.today(batch, current_user) if batch.status is BatchStatus.APPLIED else current.Today()
    except ImportProblem as problem:
        raise RuleError(str(problem)) from problem
    keeps = export.keeps_its_look(batch)
    return render_template("imports/ledger.html", batch=batch, found=found, today=today, keeps_its_look=keeps)


@blueprint.get("/imports/<int:batch_id>/ledger.xlsx")
@needs("import.read")
def download(batch_id: int) -> ResponseReturnValue:
    """The file in its own layout with today's values, changed cells marked; always a workbook without macros."""
    batch = ledger_of(batch_id)
    if batch.status is not BatchStatus.APPLIED:
        raise RuleError(N_("应用之后才能按原样导出。"))
    try:
        content = export.exported(batch, current_user)
    except ImportProblem as problem:
        raise RuleError(str(problem)) from problem
    name = f"{Path(batch.upload.name).stem}.xlsx"
    return downloads.download(content, name)


def ledger_of(batch_id: int) -> Batch:
    """The batch, if it holds projects and the reader may see it; NotFound where its file is gone."""
    batch = services.visible(batch_id, current_user)
    if batch.feed != "projects" or batch.head_row is None:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    uploads.path(batch)
    return batch
