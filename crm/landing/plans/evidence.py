"""佐证: documents that prove progress. Everybody may read them, as the progress itself."""

from flask import url_for
from sqlalchemy import Select, false, select, true
from werkzeug.datastructures import FileStorage

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.database import db
from crm.files import extensions
from crm.files import queries as files
from crm.files.models import Document
from crm.files.services import add_document
from crm.landing.plans.models import PlanProgress, PlanProgressDocument, PlanTask


def attach(progress: PlanProgress, file: FileStorage | None, title: str, *, by: User) -> None:
    """Keep a file as evidence of progress. Raises as files.services.add_document does; the caller commits."""
    document = add_document(file, by=by, title=title)
    db.session.add(PlanProgressDocument(progress_id=progress.id, document_id=document.id))


def of_task(task: PlanTask) -> dict[int, list[Document]]:
    """The documents of a task's progress that are not removed, by the progress' id."""
    links = select(PlanProgressDocument.document_id, PlanProgressDocument.progress_id).where(
        PlanProgressDocument.progress_id.in_([progress.id for progress in task.progress])
    )
    owners = {row.document_id: row.progress_id for row in db.session.execute(links)}
    found: dict[int, list[Document]] = {}
    for document in db.session.scalars(files.shown(list(owners))):
        found.setdefault(owners[document.id], []).append(document)
    return found


def all_ids(_user: User) -> Select[int]:
    """All documents of progress."""
    return select(PlanProgressDocument.document_id)


def editable_ids(user: User) -> Select[int]:
    """All of them, for whom the plans are to edit."""
    return all_ids(user).where(true() if may(user, "terms.edit") else false())


def url_of(document_id: int) -> str | None:
    """The page of the task whose progress a document proves."""
    joined = select(PlanProgress.task_id).join(
        PlanProgressDocument, PlanProgressDocument.progress_id == PlanProgress.id
    )
    task_id = db.session.scalar(joined.where(PlanProgressDocument.document_id == document_id).limit(1))
    return url_for("plan_tasks.show", row_id=task_id) if task_id else None


HOLDER = extensions.Holder(readable=all_ids, editable=editable_ids, url=url_of)


def register() -> None:
    """Let progress hold documents, once."""
    if HOLDER not in extensions.holders:
        extensions.holders.append(HOLDER)
