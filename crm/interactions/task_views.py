"""Tasks: what is to be done by when, ticked off, moved, handed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import require_visible
from crm.companies.models import Company
from crm.database import N_, db
from crm.errors import BadRequest, Conflict, NotFound, RuleError
from crm.forms import page_of
from crm.interactions import extensions, queries, tasks
from crm.interactions.blueprint import blueprint
from crm.interactions.entry import company_of
from crm.interactions.models import Interaction, Task
from crm.interactions.task_forms import HandOverForm, PostponeForm, TaskForm
from crm.pagination import paginate, sort_by
from crm.web import safe_next

SCOPES = ("mine", "handed", "watched", "office")
STATES = ("open", "late", "today", "done")


@blueprint.get("/tasks", endpoint="tasks")
@needs("task.read")
def list_tasks() -> ResponseReturnValue:
    """Tasks: one's own, those handed on or watched, the office's; open, late, due today or done."""
    scope, state = request.args.get("scope", "mine"), request.args.get("state", "open")
    if scope not in SCOPES or state not in STATES:
        raise BadRequest(queries.NOT_FOUND)
    sort_name, sort = sort_by(queries.TASK_SORTS, "-done" if state == "done" else "due", "due")
    page = paginate(db.session, queries.tasks(current_user, scope, state), sort, request.args.get("cursor"))
    return render_template("interactions/tasks.html", page=page, scope=scope, state=state, sort=sort_name)


@blueprint.route("/tasks/new", methods=["GET", "POST"])
@needs("task.create")
def new_task() -> ResponseReturnValue:
    """Set a task, for oneself or a colleague. The address says what it is about: `?company=ID`, `?interaction=ID`, and
    an origin's key (`?project=ID`); `?title=` is filled in."""
    source = Source.of_address()
    form = offered_people(TaskForm(company_id=source.company_id, title=request.args.get("title", "")[:200]))
    company = readable_company(form.company_id.data)
    back_to = source.url or (url_for("companies.show", company_id=company.id) if company else back())
    page = page_of("interactions/task_form.html", form, company=company, links=source.links, back_to=back_to)
    if not form.validate_on_submit():
        return page()
    try:
        tasks.create_task(
            form.title.data,
            current_user,
            owner=db.session.get_one(User, form.owner_id.data),
            due_on=form.due_on.data,
            note=form.note.data or "",
            company=company,
            interaction=source.interaction,
            repeat=form.repeat.data or None,
            watchers=form.watchers(),
            about=source.about,
        )
    except RuleError as error:
        return page(error)
    db.session.commit()
    flash(_("已新增待办。"), "success")
    return redirect(back_to)


@dataclass(frozen=True)
class Source:
    """What a new task comes of, as an address names it."""

    company_id: int | None = None
    interaction: Interaction | None = None
    about: Sequence[tuple[extensions.Origin, int]] = ()
    links: Sequence[extensions.Link] = ()
    url: str = ""

    @classmethod
    def of_address(cls) -> "Source":
        """Look the named rows up; NotFound for one that the user may not know of."""
        asked = company_of(request.args.get("company"))
        interaction_id = request.args.get("interaction", type=int)
        interaction = readable_interaction(interaction_id) if interaction_id else None
        about = [(o, row_id) for o in extensions.origins if (row_id := request.args.get(o.key, type=int))]
        found = [origin.find(row_id, current_user) for origin, row_id in about]
        links = [link for link, _company in found]
        if interaction is not None:
            links.append(link_to(interaction))
        companies = [asked, *(company for _link, company in found), interaction.company if interaction else None]
        company = next((company for company in companies if company is not None), None)
        return cls(company.id if company else None, interaction, about, links, links[0].url if links else "")


def link_to(interaction: Interaction) -> extensions.Link:
    """A contact as a link."""
    url = url_for("interactions.show", interaction_id=interaction.id)
    text = f"{_(interaction.kind.label)} {interaction.happened_on} {interaction.company.name}"
    return extensions.Link(interaction.id, text, url)


def readable_interaction(interaction_id: int) -> Interaction:
    """The contact, or NotFound."""
    found = db.session.scalars(queries.interaction(current_user, interaction_id)).unique().one_or_none()
    if found is None:
        raise NotFound(queries.NOT_FOUND)
    return found


@blueprint.get("/tasks/<int:task_id>")
@needs("task.read")
def show_task(task_id: int) -> ResponseReturnValue:
    """A task with all that is known of it, for whoever may read it."""
    query = queries.with_company(queries.tasks_visible_to(current_user).where(Task.id == task_id))
    task = db.session.scalars(query).one_or_none()
    if task is None:
        raise NotFound(queries.NOT_FOUND)
    return render_template("interactions/task.html", task=task, links=links_of(task))


def links_of(task: Task) -> list[extensions.Link]:
    """What a task came of, as far as the user may know of it."""
    links = [link for origin in extensions.origins if (link := origin.link(task, current_user))]
    if task.interaction_id is None:
        return links
    query = queries.interaction(current_user, task.interaction_id)
    return links + [link_to(found) for found in db.session.scalars(query).unique()]


@blueprint.route("/tasks/<int:task_id>/edit", methods=["GET", "POST"])
@needs("task.edit")
def edit_task(task_id: int) -> ResponseReturnValue:
    """Change what a task says or when it is due; hand it on from the same page."""
    task = tasks.task_to_edit(task_id, current_user)
    form = form_of(task)
    page = page_of("interactions/task_form.html", form, lambda: form_of(task, formdata=None), **task_context(task))
    if not form.validate_on_submit():
        return page()
    try:
        tasks.edit_task(
            task_id,
            current_user,
            form.version.data,
            title=form.title.data,
            due_on=form.due_on.data,
            note=form.note.data or "",
            repeat=form.repeat.data or None,
            watchers=form.watchers(),
        )
    except (RuleError, Conflict) as error:
        return page(error)
    db.session.commit()
    flash(_("已保存修改。"), "success")
    return redirect(back())


def form_of(task: Task, **options: None) -> TaskForm:
    """The form of a stored task; whoever watches it stays on offer. Handing on is an act of its own."""
    form = TaskForm(obj=task, watcher_ids=[watcher.user_id for watcher in task.watchers], **options)
    people = list(db.session.scalars(queries.assignees(current_user)))
    people += [watcher.user for watcher in task.watchers if watcher.user not in people]
    form.offer([user for user in people if user.id != task.owner_id], current_user)
    del form.owner_id
    return form


def task_context(task: Task, hand_over: HandOverForm | None = None) -> dict[str, Any]:
    """What the page of a task shows besides the form."""
    hand_over = hand_over or offered_people(HandOverForm(None, owner_id=task.owner_id))
    return {
        "task": task,
        "company": task.company,
        "links": links_of(task),
        "hand_over": hand_over,
        "back_to": back(),
    }


@blueprint.post("/tasks/<int:task_id>/due-day")
@needs("task.edit")
def postpone_task(task_id: int) -> ResponseReturnValue:
    """Move a task to another day, from wherever it stands."""
    form = PostponeForm()
    if not form.validate():
        raise BadRequest(N_("看不懂这个日期，请写成 2024-03-05 这样。"))
    task = tasks.postpone_task(task_id, form.due_on.data, current_user)
    db.session.commit()
    if "HX-Request" in request.headers:
        return render_template("interactions/_task.html", task=task, fresh=True)
    flash(_("已改到 %(day)s。", day=task.due_on), "success")
    return redirect(back())


@blueprint.post("/tasks/<int:task_id>/done")
@needs("task.edit")
def complete_task(task_id: int) -> ResponseReturnValue:
    """Tick a task off; the answer offers to take it back."""
    task = tasks.complete_task(task_id, current_user)
    db.session.commit()
    return ticked(task)


@blueprint.post("/tasks/<int:task_id>/open")
@needs("task.edit")
def reopen_task(task_id: int) -> ResponseReturnValue:
    """Take a tick back."""
    task = tasks.reopen_task(task_id, current_user)
    db.session.commit()
    return ticked(task)


@blueprint.post("/tasks/<int:task_id>/owner")
@needs("task.edit")
def hand_over_task(task_id: int) -> ResponseReturnValue:
    """Hand a task on to a colleague."""
    task = tasks.task_to_edit(task_id, current_user)
    form = offered_people(HandOverForm())
    if not form.validate_on_submit():
        context = task_context(task, hand_over=form)
        return render_template("interactions/task_form.html", form=form_of(task, formdata=None), **context), 422
    to = db.session.get_one(User, form.owner_id.data)
    tasks.hand_over_task(task_id, to, current_user)
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


def readable_company(company_id: int | None) -> Company | None:
    """The company of a task; NotFound unless one may read it."""
    if company_id is None:
        return None
    company = db.session.get(Company, company_id)
    require_visible(current_user, "company.read", company)
    return company
