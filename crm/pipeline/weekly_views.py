"""Weekly lines of one's projects or of an office, what changed since last Friday, and what other offices are asked."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.models import Office, Role
from crm.accounts.permissions import office_ids, require
from crm.accounts.queries import office_tree
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, CrmError
from crm.pagination import paginate, sort_by
from crm.pipeline import coordination, news, weekly
from crm.pipeline.models import CoordinationItem, Project
from crm.pipeline.permissions import may_act, require_act
from crm.pipeline.weekly_forms import AnswerForm, AssignForm, WeeklyLineForm
from crm.pipeline.weeks import Week
from crm.rules import id_of
from crm.web import safe_next

blueprint = Blueprint("weekly", __name__)


@blueprint.get("/weekly")
@needs("project.read")
def index() -> ResponseReturnValue:
    """A week's lines: one's own to fill in, or all that one may read, to look at and to print."""
    week, scope = Week.read(request.args.get("week")), chosen_scope()
    office_id = chosen_office() if scope == "all" else None
    reports = weekly.reports(current_user, week, scope, office_id)
    owing = weekly.laggards(current_user, week, office_id) if scope == "all" else []
    return render_template(
        "pipeline/weekly.html",
        scope=scope,
        office_id=office_id,
        offices=offered_offices(),
        reports=reports,
        laggards=owing,
        reminder=weekly.reminder(week, owing),
        form=WeeklyLineForm(formdata=None).offer(),
        may_report={report.project.id: may_act(current_user, "project.edit", report.project) for report in reports},
        shown=weekly.SHOWN,
        **about(week),
    )


def chosen_scope() -> str:
    """`mine` or `all`; who has no projects of her own begins with all."""
    scope = request.args.get("scope") or ("mine" if current_user.role is Role.OFFICER else "all")
    if scope not in ("mine", "all"):
        raise BadRequest(N_("没有这样的列表。"))
    return scope


def chosen_office() -> int | None:
    """The office of the query string, if it is one of the reader's."""
    text = request.args.get("office", "")
    if not text:
        return None
    office_id = id_of(text)
    if office_id not in {office.id for _depth, office in offered_offices()}:
        raise BadRequest(N_("筛选条件不对，请从页面上选择。"))
    return office_id


def offered_offices() -> list[tuple[int, Office]]:
    """(depth, office) of the reader's offices; an administrator sees all."""
    everything = current_user.role is Role.ADMIN
    return [(depth, office) for depth, office in office_tree() if everything or office.id in office_ids(current_user)]


def about(week: Week) -> dict[str, Any]:
    """What every page of a week shows of it."""
    return {"week": week, "deadline": weekly.deadline(week)}


@blueprint.get("/weekly/news")
@needs("project.read")
def changes() -> ResponseReturnValue:
    """What changed with the projects since last Friday."""
    week, office_id = Week.read(request.args.get("week")), chosen_office()
    found = news.of(current_user, week, office_id)
    return render_template(
        "pipeline/news.html",
        news=found,
        figures=news.FIGURES,
        office_id=office_id,
        offices=offered_offices(),
        **about(week),
    )


@blueprint.get("/projects/<int:project_id>/weekly-lines")
@needs("project.edit")
def edit_line(project_id: int) -> ResponseReturnValue:
    """One project's line of a week."""
    project = require_act(current_user, "project.edit", db.session.get(Project, project_id))
    return line_page(project, Week.read(request.args.get("week")), WeeklyLineForm(formdata=None).offer())


@blueprint.post("/projects/<int:project_id>/weekly-lines")
@needs("project.edit")
def save_line(project_id: int) -> ResponseReturnValue:
    """Save a line: in place where the page asked for that, else back to the page."""
    project = require_act(current_user, "project.edit", db.session.get(Project, project_id))
    week, form = Week.read(request.form.get("week")), WeeklyLineForm().offer()
    if not form.validate():
        return line_page(project, week, form), 422
    try:
        weekly.save_line(project_id, week, form.values(), form.version.data, by=current_user)
    except CrmError as error:
        db.session.rollback()
        form.form_errors.append(_(error.message, **error.details))
        return line_page(project, week, form), error.status
    db.session.commit()
    if "HX-Request" in request.headers:
        return line_part(project, week, WeeklyLineForm(formdata=None).offer(), saved=True)
    flash(_("已保存“%(project)s”的周进展。", project=project.name), "success")
    target = request.form.get("next")
    return redirect(safe_next(target) if target else url_for(".index", week=week.key, scope="mine"))


def line_page(project: Project, week: Week, form: WeeklyLineForm) -> str:
    """The form of one line as a page; as a part where a page asked for that."""
    if "HX-Request" in request.headers:
        return line_part(project, week, form)
    [report] = weekly.reports_on([project], current_user, week)
    return render_template("pipeline/weekly_line.html", report=report, form=form, typed=typed(form), **about(week))


def line_part(project: Project, week: Week, form: WeeklyLineForm, *, saved: bool = False) -> str:
    """The form of one line within the page of a week."""
    [report] = weekly.reports_on([project], current_user, week)
    values = {"report": report, "form": form, "typed": typed(form), "saved": saved}
    return render_template("pipeline/_weekly_form.html", **values, **about(week))


def typed(form: WeeklyLineForm) -> WeeklyLineForm | None:
    """The form where it was sent: its texts stand before those that are stored."""
    return form if form.errors or form.form_errors else None


@blueprint.get("/coordination")
@needs("project.read")
def items() -> ResponseReturnValue:
    """What one's offices are asked and what they ask; open or answered."""
    scope, state = request.args.get("scope", "to_us"), request.args.get("state", "open")
    if scope not in coordination.SCOPES or state not in ("open", "answered"):
        raise BadRequest(N_("没有这样的列表。"))
    query = coordination.listed(current_user, scope, is_open=state == "open")
    _name, sort = sort_by(coordination.SORTS, None, "due" if state == "open" else "-answered")
    page = paginate(db.session, query, sort, request.args.get("cursor"))
    return render_template("pipeline/coordination.html", page=page, scope=scope, state=state)


@blueprint.get("/coordination/<int:item_id>")
@needs("project.read")
def show_item(item_id: int) -> ResponseReturnValue:
    """One item: its answer, or the form for it."""
    item = coordination.require_readable(current_user, db.session.get(CoordinationItem, item_id))
    return item_page(item, AnswerForm(formdata=None, obj=item), AssignForm(formdata=None, obj=item))


def item_page(item: CoordinationItem, answer: AnswerForm, assign: AssignForm) -> str:
    """The item with the acts that are the reader's."""
    return render_template(
        "pipeline/coordination_item.html",
        item=item,
        form=answer,
        assign=assign.offer(),
        may_answer=coordination.may_answer(current_user, item),
        may_assign=may_act(current_user, "project.edit", item.project) and item.answered_at is None,
        may_open_project=may_act(current_user, "project.read", item.project),
    )


@blueprint.post("/coordination/<int:item_id>/answers")
@needs("coordination.answer")
def answer_item(item_id: int) -> ResponseReturnValue:
    """答复."""
    item = locked_item(item_id)
    require(current_user, "coordination.answer", item)
    form = AnswerForm()
    if not form.validate():
        return item_page(item, form, AssignForm(formdata=None, obj=item)), 422
    require_version(item, form.version.data)
    coordination.settle(item, form.answer.data, by=current_user)
    db.session.commit()
    flash(_("已答复。"), "success")
    return redirect(url_for(".show_item", item_id=item_id))


@blueprint.post("/coordination/<int:item_id>/office")
@needs("project.edit")
def assign_item(item_id: int) -> ResponseReturnValue:
    """Hand an item out to the office that is to answer."""
    item = locked_item(item_id)
    require(current_user, "project.edit", item.project)
    form = AssignForm().offer()
    if not form.validate():
        return item_page(item, AnswerForm(formdata=None, obj=item), form), 422
    require_version(item, form.version.data)
    coordination.assign(item, db.session.get_one(Office, form.office_id.data), form.due_on.data, by=current_user)
    db.session.commit()
    flash(_("已交办。"), "success")
    return redirect(url_for(".show_item", item_id=item_id))


def locked_item(item_id: int) -> CoordinationItem:
    """The item under a lock, or NotFound."""
    return coordination.require_readable(current_user, locked(db.session, CoordinationItem, item_id))
