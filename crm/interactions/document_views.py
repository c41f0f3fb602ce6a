"""Photos and files of contacts: sent with the visit, or added to it later. Their own pages are those of crm/files."""

from collections.abc import Iterable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select
from werkzeug.datastructures import FileStorage

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import RuleError
from crm.files import extensions
from crm.files.services import add_document as keep
from crm.interactions import queries, services
from crm.interactions.blueprint import blueprint
from crm.interactions.models import Interaction, InteractionDocument

#: Of one visit so many at once; a phone's upload has an end.
MOST_AT_ONCE = 20


@blueprint.post("/interactions/<int:interaction_id>/documents")
@needs("interaction.edit")
def add_document(interaction_id: int) -> ResponseReturnValue:
    """Add photos or files to a contact."""
    interaction = services.interaction_to_edit(interaction_id, current_user)
    file = request.files.get("file")
    attach(interaction, [file] if file else [], current_user, title=request.form.get("title", ""))
    db.session.commit()
    flash(_("已添加文档。"), "success")
    return redirect(url_for(".show", interaction_id=interaction.id, _anchor="documents"))


def attach(interaction: Interaction, files: Iterable[FileStorage], by: User, title: str = "") -> None:
    """Keep files with a contact. Raises RuleError for what is no document, and for too many at once."""
    sent = [file for file in files if file.filename]
    if len(sent) > MOST_AT_ONCE:
        raise RuleError(N_("一次最多上传 %(most)d 个文件。"), most=MOST_AT_ONCE)
    for file in sent:
        try:
            document = keep(file, by=by, title=title)
        except RuleError as error:
            problem = _(error.message, **error.details)
            raise RuleError(N_("“%(name)s”没有保存：%(problem)s"), name=file.filename, problem=problem) from error
        db.session.add(InteractionDocument(interaction_id=interaction.id, document_id=document.id))


def ids(condition: ColumnElement[bool]) -> Select[int]:
    """The documents of the contacts that fulfil a condition."""
    joined = select(InteractionDocument.document_id).join(
        Interaction, Interaction.id == InteractionDocument.interaction_id
    )
    return joined.where(condition)


def url_of(document_id: int) -> str | None:
    """The page of the contact that holds a document."""
    holder = select(InteractionDocument.interaction_id).where(InteractionDocument.document_id == document_id)
    interaction_id = db.session.scalar(holder.limit(1))
    return url_for("interactions.show", interaction_id=interaction_id, _anchor="documents") if interaction_id else None


HOLDER = extensions.Holder(
    readable=lambda user: ids(queries.readable(user)), editable=lambda user: ids(queries.editable(user)), url=url_of
)


def register() -> None:
    """Let contacts hold documents, once."""
    if HOLDER not in extensions.holders:
        extensions.holders.append(HOLDER)
