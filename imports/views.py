"""The import's pages: the list, and one batch from its columns over the preview to the result."""

import errno
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.accounts.access import current_user, needs
from crm.database import db
from crm.downloads import download
from crm.errors import BadRequest, NotFound
from crm.jobs import defer
from crm.pagination import paginate
from imports import (
    apply,
    edits,
    feeds,
    forms,
    pages,
    pasting,
    profiles,
    queries,
    rejects,
    services,
    understanding,
    undo,
    uploads,
)
from imports.models import Batch, BatchStatus, JobProgress
from imports.problems import HeadNotFound, ImportProblem, UnreadableFile, sentence
from imports.progress import outlook

blueprint = Blueprint("imports", __name__)


@blueprint.get("/imports")
@needs("import.create")
def index() -> ResponseReturnValue:
    """All imports that one may see, and the place to drop a file."""
    return page_of_list(forms.UploadForm())


@blueprint.post("/imports")
@needs("import.create")
def upload() -> ResponseReturnValue:
    """Take a file; one that cannot be read is not kept, and the reason stands beside the field."""
    form = forms.UploadForm()
    if not form.validate_on_submit():
        return page_of_list(form), 422
    try:
        batch = services.take(form.file.data.read(), form.file.data.filename, current_user)
    except UnreadableFile as problem:
        form.file.errors = [str(problem)]
        return page_of_list(form), 422
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        form.file.errors = [sentence("disk_full", {})]
        return page_of_list(form), 422
    db.session.commit()
    return to_batch(batch)


@blueprint.post("/imports/pasted")
@needs("import.create")
def take_pasted() -> ResponseReturnValue:
    """Take a pasted list, as a file would be taken; one that cannot be read is refused with the reason."""
    try:
        batch = pasting.take(request.form.get("names", ""), current_user)
    except UnreadableFile as problem:
        form = forms.UploadForm(formdata=None)
        form.file.errors = [str(problem)]
        return page_of_list(form), 422
    db.session.commit()
    return to_batch(batch)


def page_of_list(form: forms.UploadForm) -> str:
    page = paginate(db.session, queries.visible_to(current_user), queries.NEWEST, request.args.get("cursor"))
    labels = {feed.key: feed.label for feed in feeds.all_feeds()}
    offered = understanding.offered_to(current_user)
    return render_template("imports/index.html", form=form, page=page, labels=labels, offered=offered)


@blueprint.get("/imports/<int:batch_id>")
@needs("import.read")
def show(batch_id: int) -> ResponseReturnValue:
    """A batch where it stands: its columns, its progress, its preview or its result."""
    batch = services.visible(batch_id, current_user)
    if batch.is_busy:
        return render_template("imports/progress.html", batch=batch, **progress_of(batch))
    if batch.status in (BatchStatus.UPLOADED, BatchStatus.FAILED):
        return page_of_columns(batch)
    return page_of_batch(batch)


def page_of_batch(batch: Batch, problem: ImportProblem | None = None) -> str:
    """The preview of a checked batch, or the result of an applied one."""
    shown = pages.preview(batch, current_user, request.args)
    return render_template("imports/batch.html", batch=batch, problem=problem_text(batch, problem), **shown)


@blueprint.get("/imports/<int:batch_id>/columns")
@needs("import.read")
def edit_columns(batch_id: int) -> ResponseReturnValue:
    """What the columns mean, again, as long as nothing was applied."""
    batch = services.visible(batch_id, current_user)
    if batch.status is not BatchStatus.CHECKED:
        return to_batch(batch)
    return page_of_columns(batch)


def page_of_columns(batch: Batch, problem: ImportProblem | None = None) -> str:
    """The page on which a person sees and says what the columns mean; without the file only why there is none."""
    try:
        book = uploads.head_of_file(batch)
    except (NotFound, UnreadableFile):
        return render_template("imports/gone.html", batch=batch)
    sheet, feed = book.sheet(batch.sheet), feeds.get(batch.feed)
    head = understanding.head_or_guess(batch, sheet)
    return render_template(
        "imports/columns.html",
        batch=batch,
        book=book,
        sheet=sheet,
        head=head,
        top_rows=forms.top_rows(sheet, head),
        offered=understanding.offered_to(current_user),
        chosen=[part.sheet for part in batch.parts],
        options=forms.OptionsForm(formdata=None, list_name=batch.list_name, chain_id=batch.chain_id or 0).offer(),
        fields=forms.field_choices(batch.feed),
        feed=feed,
        can_overwrite=any(feed.overwrites(field.key) for field in feed.fields),
        examples=forms.examples(sheet, head),
        profile=profiles.fitting(batch, head, current_user),
        problem=problem_text(batch, problem),
    )


def problem_text(batch: Batch, problem: ImportProblem | None = None) -> str:
    """What stands in the way, in words; '' for nothing."""
    if problem is not None:
        return str(problem)
    return sentence(batch.problem["code"], batch.problem["details"]) if batch.problem else ""


@blueprint.post("/imports/<int:batch_id>/sheet")
@needs("import.read")
def choose_sheet(batch_id: int) -> ResponseReturnValue:
    """Other sheets, another kind of row, another header row: what the columns mean is understood anew."""
    services.visible(batch_id, current_user)
    batch = services.in_status(batch_id, *services.OPEN)
    try:
        understanding.choose(batch, current_user, forms.reading_of(request.form))
    except UnreadableFile as problem:
        db.session.rollback()
        return page_of_columns(services.visible(batch_id, current_user), problem), 422
    db.session.commit()
    return redirect(url_for("imports.show", batch_id=batch_id))


@blueprint.post("/imports/<int:batch_id>/columns")
@needs("import.read")
def confirm_columns(batch_id: int) -> ResponseReturnValue:
    """Take what the columns mean, and let the rows be checked."""
    services.visible(batch_id, current_user)
    form = forms.OptionsForm().offer()
    batch = services.in_status(batch_id, *services.OPEN)
    book = uploads.head_of_file(batch)
    if not form.validate():
        raise BadRequest(_("清单或产业链不对，请重新选择。"))
    options = form.options() | {"fill_only": forms.fill_only_of(request.form)}
    try:
        services.confirm_columns(batch, current_user, book, forms.choices_of(request.form), **options)
    except HeadNotFound as problem:
        db.session.rollback()
        return page_of_columns(services.visible(batch_id, current_user), problem), 422
    return queued(batch, apply.check_job)


@blueprint.post("/imports/<int:batch_id>/choices")
@needs("import.read")
def decide(batch_id: int) -> ResponseReturnValue:
    """Take what a person decided on doubtful rows and typed over cells, and check again."""
    services.visible(batch_id, current_user)
    batch = services.in_status(batch_id, BatchStatus.CHECKED)
    batch.choices = {**batch.choices, **forms.decisions_of(request.form)}
    edits.type_over(batch, forms.cells_of(request.form), current_user)
    if chosen := forms.end_of(request.form):
        edits.choose_end(batch, *chosen, current_user)
    services.start(batch, BatchStatus.CHECKING)
    return queued(batch, apply.check_job)


@blueprint.post("/imports/<int:batch_id>/application")
@needs("import.read")
def start_application(batch_id: int) -> ResponseReturnValue:
    """Let the checked rows be written. Pressed twice, or by two people at once, it happens once.

    With `rows=all` nothing is written as long as a row is left out.
    """
    services.visible(batch_id, current_user)
    batch = services.in_status(batch_id, BatchStatus.CHECKED)
    batch.all_or_nothing = request.form.get("rows") == "all"
    if batch.all_or_nothing and batch.left_out:
        db.session.rollback()
        batch = services.visible(batch_id, current_user)
        return page_of_batch(batch, ImportProblem("not_all", count=batch.left_out)), 422
    services.start(batch, BatchStatus.APPLYING)
    return queued(batch, apply.apply_job)


@blueprint.post("/imports/<int:batch_id>/undoing")
@needs("import.read")
def start_undo(batch_id: int) -> ResponseReturnValue:
    """Let an applied batch be taken back."""
    batch = services.to_undo(batch_id, current_user)
    services.start(batch, BatchStatus.UNDOING)
    return queued(batch, undo.undo_job)


def queued(batch: Batch, job: Any) -> Response:
    """Hand the batch to its job with the request's own transaction."""
    defer(job, batch_id=batch.id, user_id=current_user.id)
    db.session.commit()
    return to_batch(batch)


@blueprint.get("/imports/<int:batch_id>/progress")
@needs("import.read", polls=True)
def progress(batch_id: int) -> ResponseReturnValue:
    """How far the job is; when it is done, the page loads anew."""
    batch = services.visible(batch_id, current_user)
    part = render_template("imports/_progress.html", batch=batch, **progress_of(batch))
    return part if batch.is_busy else (part, {"HX-Refresh": "true"})


def progress_of(batch: Batch) -> dict[str, Any]:
    """What the page says about a job under way."""
    row = db.session.get(JobProgress, batch.id, populate_existing=True)
    return {"progress": row, "outlook": row and outlook(row, batch.status)}


@blueprint.get("/imports/<int:batch_id>/rejects.xlsx")
@needs("import.read")
def download_rejects(batch_id: int) -> ResponseReturnValue:
    """The rows that were not taken, as a workbook to correct and upload again."""
    batch = services.visible(batch_id, current_user)
    name = _("%(name)s-未采用.xlsx", name=batch.upload.name.rsplit(".", 1)[0])
    return download(rejects.build(batch), name)


def to_batch(batch: Batch) -> Response:
    """Back to the batch's page."""
    return redirect(url_for("imports.show", batch_id=batch.id))
