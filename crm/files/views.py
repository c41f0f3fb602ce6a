"""Pages of a document: its versions, a newer one, away and back. Whoever may read a row may read its documents."""

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from crm import downloads
from crm.accounts.access import current_user, needs
from crm.database import N_, db, locked
from crm.errors import Forbidden, NotFound, RuleError
from crm.files import extensions, media, queries, services
from crm.files.forms import VersionForm
from crm.files.models import Document

blueprint = Blueprint("files", __name__)
blueprint.app_context_processor(lambda: {"document_types": media.ACCEPT})


def document_of(document_id: int, *, to_edit: bool = False) -> Document:
    """The document of an address; NotFound unless it may be read, Forbidden where it may not be edited."""
    document = db.session.scalars(queries.document(document_id, current_user)).one_or_none()
    if document is None:
        raise NotFound(N_("没有这个文档，或者您不能看它。"))
    if to_edit:
        locked(db.session, Document, document_id)
        if not may_edit(document):
            raise Forbidden(N_("您可以看这个文档，但不能修改它。"))
    return document


def may_edit(document: Document) -> bool:
    """Whether the user may edit a row that holds the document."""
    found = select(Document.id).where(Document.id == document.id, queries.editable(current_user))
    return db.session.scalar(found) is not None


def page(document: Document, form: VersionForm) -> str:
    """The page of a document."""
    return render_template(
        "files/show.html",
        document=document,
        form=form,
        editable=may_edit(document),
        back=extensions.url_of(document.id),
    )


@blueprint.get("/documents/<int:document_id>")
@needs("document.read")
def show(document_id: int) -> ResponseReturnValue:
    """A document with all its versions."""
    return page(document_of(document_id), VersionForm())


@blueprint.get("/documents/<int:document_id>/versions/<int:ordinal>")
@needs("document.read")
def download(document_id: int, ordinal: int) -> ResponseReturnValue:
    """A version's content as an attachment; a picture may be asked for within a page with `?show=1`."""
    document = document_of(document_id)
    version = next((version for version in document.versions if version.ordinal == ordinal), None)
    path = services.path_of(services.folder(), version.upload.file.sha256) if version else None
    if version is None or path is None or not path.is_file():
        raise NotFound(N_("没有这个版本。"))
    file = version.upload.file
    within = file.media_type in media.PICTURES and request.args.get("show") == "1"
    if within:
        return send_file(path, mimetype=file.media_type, download_name=version.upload.name, etag=file.sha256)
    return downloads.download(path, version.upload.name, file.media_type, etag=file.sha256)


@blueprint.post("/documents/<int:document_id>/versions")
@needs("document.edit")
def add_version(document_id: int) -> ResponseReturnValue:
    """Keep a newer version; the older ones stay."""
    document = document_of(document_id, to_edit=True)
    form = VersionForm()
    if not form.validate_on_submit():
        return page(document, form), 422
    try:
        services.add_version(document, form.file.data, by=current_user)
    except RuleError as error:
        db.session.rollback()
        form.file.errors = [_(error.message, **error.details)]
        return page(document_of(document_id), form), error.status
    db.session.commit()
    flash(_("已保存新版本。"), "success")
    return redirect(url_for(".show", document_id=document.id))


@blueprint.post("/documents/<int:document_id>/removal")
@needs("document.edit")
def remove(document_id: int) -> ResponseReturnValue:
    """Take a document off its row; undo stands beside the word that it is done."""
    document = document_of(document_id, to_edit=True)
    services.remove(document)
    db.session.commit()
    undo = {
        "text": _("已移除文档。"),
        "action": _("撤销"),
        "url": url_for(".restore", document_id=document.id),
        "values": {},
    }
    flash(undo, "success")  # type: ignore[arg-type] # Flask keeps whatever JSON can hold
    return redirect(extensions.url_of(document.id) or url_for(".show", document_id=document.id))


@blueprint.post("/documents/<int:document_id>/restoration")
@needs("document.edit")
def restore(document_id: int) -> ResponseReturnValue:
    """Bring a removed document back."""
    document = document_of(document_id, to_edit=True)
    services.restore(document)
    db.session.commit()
    flash(_("已恢复文档。"), "success")
    return redirect(url_for(".show", document_id=document.id))
