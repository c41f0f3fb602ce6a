"""Figures: city-wide for everybody, each with the list behind it as far as one may see it."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user, needs
from crm.database import N_
from crm.downloads import DOCX, download
from crm.errors import BadRequest
from crm.reports import files, listing, tables
from crm.reports.forms import ScopeForm
from crm.reports.scope import Scope
from crm.reports.tables import REPORTS, Report, Table, table_of

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
    return table_of(asked_report(), Scope.from_args(request.args), current_user)


def asked_report() -> Report:
    """The report of the query string."""
    report = REPORTS.get(request.args.get("report", "funnel"))
    if report is None:
        raise BadRequest(N_("没有这种统计。"))
    return report


@blueprint.get("/reports/projects")
@needs("figures.read")
def projects() -> ResponseReturnValue:
    """The projects behind a figure (`?report=…&measure=…`, of a group `&key=…`), as far as one may see them."""
    report, scope, key = asked_report(), Scope.from_args(request.args), request.args.get("key")
    measure = next((each for each in report.measures if each.key == request.args.get("measure")), None)
    if measure is None:
        raise BadRequest(N_("没有这个指标。"))
    return render_template(
        "reports/projects.html",
        listing=listing.behind(report, measure, scope, key, current_user, asked_start()),
        table_arguments=tables.listed_as(measure, scope, key),
        arguments={**scope.arguments, "report": report.key},
    )


def asked_start() -> int:
    """Where the page of the query string begins."""
    text = request.args.get("start", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadRequest(N_("没有这一页。"))
    return int(text)


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
