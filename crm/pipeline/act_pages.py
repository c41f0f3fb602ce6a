"""How a page with one form for one act works: shown, judged, done or refused, in the same way for every act."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from crm.accounts.access import current_user
from crm.database import db, locked
from crm.errors import Conflict, NotFound, RuleError
from crm.forms import Form, page_of
from crm.pipeline.models import Project
from crm.pipeline.permissions import require_act, require_readable


def perform(
    form: Form,
    act: Callable[[], Any],
    *,
    title: str,
    back: str,
    done: str,
    project: Project,
    stored: Callable[[], Form] | None = None,
    template: str = "pipeline/act.html",
    **context: Any,
) -> ResponseReturnValue:
    """Show a form; when it was sent and is right, do the act, commit and go back. What is refused changes nothing."""
    show = page_of(template, form, stored, title=title, back=back, project=project, **context)
    if request.method == "GET" or not form.validate():
        return show()
    try:
        act()
    except RuleError as error:
        return show(error)
    except Conflict as error:
        if stored is None:
            raise  # nothing was typed that could be lost: the page for conflicts says what to do
        return show(error)
    db.session.commit()
    flash(done, "success")
    return redirect(back)


def project_for(act: str, project_id: int) -> Project:
    """The project, which the user may do `act` to; locked where it will be written."""
    return require_act(current_user, act, found(Project, project_id))


def readable_project(project_id: int) -> Project:
    """The project, which the user may know of."""
    return require_readable(current_user, db.session.get(Project, project_id))


def found(model: type[Any], row_id: int) -> Any:
    """A row, locked where the request writes; None where there is none."""
    return locked(db.session, model, row_id) if request.method == "POST" else db.session.get(model, row_id)


def part_for(act: str, model: type[Any], row_id: int, message: str) -> Any:
    """A row that hangs on a project (`.project`), to which the user may do `act`; NotFound with `message`."""
    row = found(model, row_id)
    if row is None:
        raise NotFound(message)
    require_act(current_user, act, row.project)
    return row
