"""Figures: city-wide for everybody, each with the list behind it as far as one may see it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user, needs
from crm.database import N_
from crm.errors import BadRequest
from crm.landing.sheets import DOCX, download
from crm.reports import files, tables
from crm.reports.forms import ScopeForm
from crm.reports.scope import Scope
from crm.reports.tables import REPORTS, Table, table_of

blueprint = Blueprint("reports", __name__)


@blueprint.get("/reports")
@needs("figures.read")
def index() -> ResponseReturnValue:
    """A report (`?report=`) with its chart, its table and what the figures mean."""
    table = asked()
    shown = {**table.scope.arguments, "report": table.report.key}
    form = ScopeForm(
        formdata=None, data=shown | {"segment": str(table.scope.segment or ""), "office": str(table.scope.office or "")}
    )
    return render_template(
        "reports/index.html",
        table=table,
        reports=REPORTS.values(),
        form=form.offer(),
        option=tables.option(table),
        arguments=shown,
    )


def asked() -> Table:
    """The table of the query string."""
    report = REPORTS.get(request.args.get("report", "funnel"))
    if report is None:
        raise BadRequest(N_("没有这种统计。"))
    return table_of(report, Scope.from_args(request.args), current_user)


@blueprint.get("/reports.xlsx")
@needs("figures.read")
def workbook() -> ResponseReturnValue:
    """The same as a workbook."""
    table = asked()
    return download(files.workbook(table), f"{files.title_of(table)}.xlsx")


@blueprint.get("/reports.docx")
@needs("figures.read")
def document() -> ResponseReturnValue:
    """The same as a document."""
    table = asked()
    return download(files.document(table), f"{files.title_of(table)}.docx", DOCX)
