"""Adding documents to a project, its promises and milestones; the documents' own pages are those of crm/files."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from werkzeug.datastructures import FileStorage

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import held_by
from crm.database import db
from crm.files import extensions as files
from crm.pipeline import documents
from crm.pipeline.models import Project, ProjectDocument
from crm.pipeline.permissions import named_ids, readable, require_act
from crm.pipeline.views import blueprint


@blueprint.post("/projects/<int:project_id>/documents")
@needs("project.edit")
def add_project_document(project_id: int) -> ResponseReturnValue:
    """Keep a file on the project's page."""
    project = require_act(current_user, "project.edit", db.session.get(Project, project_id))
    document = documents.attach(project, sent_file(), request.form.get("title", ""), by=current_user)
    db.session.commit()
    flash(_("已添加文档“%(title)s”。", title=document.title), "success")
    return redirect(url_for(".show", project_id=project.id, _anchor="documents"))


def sent_file() -> FileStorage | None:
    """The file that a form brought; None where none was chosen."""
    file = request.files.get("file")
    return file if file and file.filename else None


def documents_of(user: User, act: str) -> Select[int]:
    """The documents of the projects that `user` knows of and to which she may do an act."""
    joined = select(ProjectDocument.document_id).join(Project, Project.id == ProjectDocument.project_id)
    return joined.where(readable(user), held_by(Project, user, act, member_ids=named_ids(user)))


def url_of_document(document_id: int) -> str | None:
    """The page of the project that holds a document."""
    holder = select(ProjectDocument.project_id).where(ProjectDocument.document_id == document_id)
    project_id = db.session.scalar(holder)
    return url_for("pipeline.show", project_id=project_id, _anchor="documents") if project_id else None


HOLDER = files.Holder(
    readable=lambda user: documents_of(user, "project.read"),
    editable=lambda user: documents_of(user, "project.edit"),
    url=url_of_document,
)


def register() -> None:
    """Let projects hold documents, once."""
    if HOLDER not in files.holders:
        files.holders.append(HOLDER)
