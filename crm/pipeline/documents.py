"""Documents of a project. Some are evidence of a promise kept or a milestone reached, and stand beside it as well."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import contains_eager, joinedload, selectinload
from werkzeug.datastructures import FileStorage

from crm.accounts.models import User
from crm.database import db
from crm.files.models import Document, DocumentVersion, Upload
from crm.files.services import add_document
from crm.pipeline.models import Agreement, Milestone, Project, ProjectDocument, Promise
from crm.pipeline.permissions import require_editable


def attach(
    project: Project,
    file: FileStorage | None,
    title: str = "",
    *,
    by: User,
    promise: Promise | None = None,
    milestone: Milestone | None = None,
) -> Document:
    """Keep a file with a project, as evidence of one of its promises or milestones where one is named.

    Raises as files.services.add_document does; RuleError for an archived project.
    """
    require_editable(by, project)
    document = add_document(file, by=by, title=title)
    db.session.add(ProjectDocument(project=project, document=document, promise=promise, milestone=milestone))
    db.session.flush()
    return document


def detach(milestone: Milestone) -> None:
    """Leave the evidence of a milestone that was recorded by mistake with its project alone."""
    proving = update(ProjectDocument).where(ProjectDocument.milestone_id == milestone.id)
    db.session.execute(proving.values(milestone_id=None))


def of_project(project: Project) -> Sequence[ProjectDocument]:
    """A project's documents that are not removed, with their versions and what each proves; the newest first."""
    return _shown(ProjectDocument.project_id == project.id)


def of_agreement(agreement: Agreement) -> Sequence[ProjectDocument]:
    """The evidence of an agreement's promises, likewise."""
    return _shown(ProjectDocument.promise_id.in_([promise.id for promise in agreement.promises]))


def _shown(condition: ColumnElement[bool]) -> Sequence[ProjectDocument]:
    uploads = selectinload(Document.versions).joinedload(DocumentVersion.upload).joinedload(Upload.owner)
    query = select(ProjectDocument).join(ProjectDocument.document).where(condition, Document.removed_at.is_(None))
    query = query.options(
        contains_eager(ProjectDocument.document).options(uploads),
        joinedload(ProjectDocument.promise),
        joinedload(ProjectDocument.milestone),
    )
    return db.session.scalars(query.order_by(Document.id.desc())).all()
