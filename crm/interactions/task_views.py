"""Tasks: what is to be done by when, ticked off, moved, handed on."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import require_visible
from crm.companies.models import Company
from crm.database import db
from crm.errors import BadRequest, Conflict
from crm.forms import both_versions
from crm.interactions import queries, services
from crm.interactions.blueprint import blueprint
from crm.interactions.entry import company_of
from crm.interactions.models import Task
from crm.interactions.task_forms import HandOverForm, TaskForm
from crm.pagination import paginate, sort_by
from crm.web import safe_next

SCOPES = ("mine", "handed", "office")
STATES = ("open", "late", "today", "done")


@blueprint.get("/tasks")
@needs("task.read")
def tasks() -> ResponseReturnValue:
    """Tasks: one's own, those handed on, the office's; open, late, due today or done."""
    scope, state = request.args.get("scope", "mine"), request.args.get("state", "open")
    if scope not in SCOPES or state not in STATES:
        raise BadRequest(queries.NOT_FOUND)
    sort_name, sort = sort_by(queries.TASK_SORTS, "-done" if state == "done" else "due", "due")
    page = paginate(db.session, queries.tasks(current_user, scope, state), sort, request.args.get("cursor"))
    return render_template("interactions/tasks.html", page=page, scope=scope, state=state, sort=sort_name)


@blueprint.route("/tasks/new", methods=["GET", "POST"])
@needs("task.create")
def new_task() -> ResponseReturnValue:
    """Set a task, for oneself or a colleague; `?company=ID` says whom it is about."""
    asked = company_of(request.args.get("company"))
    form = offered_people(TaskForm(company_id=asked.id if asked else None))
    company = readable_company(form.company_id.data)
    if not form.validate_on_submit():
        back_to = url_for("companies.show", company_id=company.id) if company else back()
        page = render_template("interactions/task_form.html", form=form, company=company, back_to=back_to)
        return page, status_of(form)
    services.create_task(
        form.title.data,
        current_user,
        owner=db.session.get_one(User, form.owner_id.data),
        due_on=form.due_on.data,
        note=form.note.data or "",
        company=company,
    )
    db.session.commit()
    flash(_("已新增待办。"), "success")
    return redirect(url_for("companies.show", company_id=company.id) if company else url_for(".tasks"))


@blueprint.route("/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@needs("task.edit")
def edit_task(task_id: int) -> ResponseReturnValue:
    """Change what a task says or when it is due; hand it on from the same page."""
    task = services.task_to_edit(task_id, current_user)
    form = TaskForm(obj=task)
    del form.owner_id  # handing on is an act of its own
    if not form.validate_on_submit():
        return task_page(form, task), status_of(form)
    values: dict[str, Any] = {"title": form.title.data, "due_on": form.due_on.data, "note": form.note.data or ""}
    try:
        services.edit_task(task_id, current_user, form.version.data, **values)
    except Conflict as conflict:
        db.session.rollback()
        stored = services.task_to_edit(task_id, current_user)
        former = TaskForm(None, obj=stored)
        del former.owner_id
        form.version.data = stored.version
        return task_page(form, stored, versions=both_versions(former, form)), conflict.status
    db.session.commit()
    flash(_("已保存修改。"), "success")
    return redirect(back())


@blueprint.post("/tasks/<int:task_id>/done")
@needs("task.edit")
def complete_task(task_id: int) -> ResponseReturnValue:
    """Tick a task off; the answer offers to take it back."""
    task = services.complete_task(task_id, current_user)
    db.session.commit()
    return ticked(task)


@blueprint.post("/tasks/<int:task_id>/open")
@needs("task.edit")
def reopen_task(task_id: int) -> ResponseReturnValue:
    """Take a tick back."""
    task = services.reopen_task(task_id, current_user)
    db.session.commit()
    return ticked(task)


@blueprint.post("/tasks/<int:task_id>/owner")
@needs("task.edit")
def hand_over_task(task_id: int) -> ResponseReturnValue:
    """Hand a task on to a colleague."""
    task = services.task_to_edit(task_id, current_user)
    form = offered_people(HandOverForm())
    if not form.validate_on_submit():
        return task_page(TaskForm(None, obj=task), task, hand_over=form), 422
    to = db.session.get_one(User, form.owner_id.data)
    services.hand_over_task(task_id, to, current_user)
    db.session.commit()
    flash(_("已交给%(name)s。", name=to.display_name), "success")
    return redirect(back())


def ticked(task: Task) -> ResponseReturnValue:
    """The task's row for the page that asked for a part; else back to where one was, with a way to undo."""
    if "HX-Request" in request.headers:
        return render_template("interactions/_task.html", task=task, fresh=True)
    if task.is_done:
        undo = {"text": _("已完成“%(title)s”。", title=task.title), "action": _("撤销"), "values": {"next": back()}}
        flash({**undo, "url": url_for(".reopen_task", task_id=task.id)}, "success")  # type: ignore[arg-type]
    return redirect(back())


def back() -> str:
    """Where one came from, as the form or the address says, or one's tasks."""
    return safe_next(request.values["next"]) if request.values.get("next") else url_for(".tasks")


def offered_people(form: Any) -> Any:
    """The form with the people whom one may give a task."""
    form.offer(db.session.scalars(queries.assignees(current_user)).all(), current_user)
    return form


def task_page(form: TaskForm, task: Task, *, hand_over: HandOverForm | None = None, **more: Any) -> str:
    """The page on which a task is changed or handed on."""
    hand_over = hand_over or offered_people(HandOverForm(None, owner_id=task.owner_id))
    values = {"form": form, "task": task, "company": task.company, "hand_over": hand_over, "back_to": back(), **more}
    return render_template("interactions/task_form.html", **values)


def readable_company(company_id: int | None) -> Company | None:
    """The company of a task; NotFound unless one may read it."""
    if company_id is None:
        return None
    company = db.session.get(Company, company_id)
    require_visible(current_user, "company.read", company)
    return company


def status_of(form: Any) -> int:
    """200 for a form that is shown, 422 for one that was sent with errors."""
    return 422 if form.is_submitted() else 200
