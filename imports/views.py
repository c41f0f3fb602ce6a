"""The import's pages: the list, and one batch from its columns over the preview to the result."""

import io
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from crm.accounts.access import current_user, needs
from crm.database import db
from crm.errors import BadRequest, NotFound
from crm.jobs import defer
from crm.pagination import paginate
from imports import apply, feeds, forms, queries, rejects, services, undo
from imports.models import Batch, BatchStatus, FindingKind, JobProgress
from imports.problems import HeadNotFound, ImportProblem, UnreadableFile, sentence

blueprint = Blueprint("imports", __name__)

FINDINGS_SHOWN = 100


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
    db.session.commit()
    return to_batch(batch)


def page_of_list(form: forms.UploadForm) -> str:
    page = paginate(db.session, queries.visible_to(current_user), queries.NEWEST, request.args.get("cursor"))
    labels = {feed.key: feed.label for feed in feeds.all_feeds()}
    return render_template("imports/index.html", form=form, page=page, labels=labels)


@blueprint.get("/imports/<int:batch_id>")
@needs("import.read")
def show(batch_id: int) -> ResponseReturnValue:
    """A batch where it stands: its columns, its progress, its preview or its result."""
    batch = services.visible(batch_id, current_user)
    if batch.is_busy:
        return render_template("imports/progress.html", batch=batch, progress=db.session.get(JobProgress, batch.id))
    if batch.status in (BatchStatus.UPLOADED, BatchStatus.FAILED):
        return page_of_columns(batch)
    return render_template("imports/batch.html", batch=batch, **findings_of(batch))


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
        book = services.head_of_file(batch)
    except (NotFound, UnreadableFile):
        return render_template("imports/gone.html", batch=batch)
    sheet = book.sheet(batch.sheet)
    head = services.head_or_guess(batch, sheet)
    offered = services.offered_to(current_user)
    choice = forms.SheetForm(formdata=None, sheet=batch.sheet, feed=batch.feed, head_row=head.row)
    return render_template(
        "imports/columns.html",
        batch=batch,
        head=head,
        sheet_form=choice.offer(book.sheets, sheet, offered),
        options=forms.OptionsForm(formdata=None, list_name=batch.list_name, chain_id=batch.chain_id or 0).offer(),
        fields=forms.field_choices(batch.feed),
        examples=forms.examples(sheet, head),
        problem=problem_text(batch, problem),
    )


def problem_text(batch: Batch, problem: ImportProblem | None) -> str:
    """What stands in the way, in words; '' for nothing."""
    if problem is not None:
        return str(problem)
    return sentence(batch.problem["code"], batch.problem["details"]) if batch.problem else ""


@blueprint.post("/imports/<int:batch_id>/sheet")
@needs("import.read")
def choose_sheet(batch_id: int) -> ResponseReturnValue:
    """Another sheet, another kind of row or another header row: its columns are understood anew."""
    services.visible(batch_id, current_user)
    batch = services.in_status(batch_id, *services.OPEN)
    form = request.form
    services.choose_sheet(batch, current_user, form.get("sheet", ""), form.get("feed", ""), form.get("head_row", ""))
    db.session.commit()
    return redirect(url_for("imports.show", batch_id=batch_id))


@blueprint.post("/imports/<int:batch_id>/columns")
@needs("import.read")
def confirm_columns(batch_id: int) -> ResponseReturnValue:
    """Take what the columns mean, and let the rows be checked."""
    services.visible(batch_id, current_user)
    form = forms.OptionsForm().offer()
    batch = services.in_status(batch_id, *services.OPEN)
    sheet = services.head_of_file(batch).sheet(batch.sheet)
    if not form.validate():
        raise BadRequest(_("清单或产业链不对，请重新选择。"))
    try:
        services.confirm_columns(batch, current_user, sheet, forms.choices_of(request.form), **form.options())
    except HeadNotFound as problem:
        db.session.rollback()
        return page_of_columns(services.visible(batch_id, current_user), problem), 422
    return queued(batch, apply.check_job)


@blueprint.post("/imports/<int:batch_id>/choices")
@needs("import.read")
def decide(batch_id: int) -> ResponseReturnValue:
    """Take what a person decided on doubtful rows, and check again."""
    services.visible(batch_id, current_user)
    batch = services.in_status(batch_id, BatchStatus.CHECKED)
    batch.choices = {**batch.choices, **forms.decisions_of(request.form)}
    services.start(batch, BatchStatus.CHECKING)
    return queued(batch, apply.check_job)


@blueprint.post("/imports/<int:batch_id>/application")
@needs("import.read")
def start_application(batch_id: int) -> ResponseReturnValue:
    """Let the checked rows be written. Pressed twice, or by two people at once, it happens once."""
    services.visible(batch_id, current_user)
    batch = services.in_status(batch_id, BatchStatus.CHECKED)
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
    part = render_template("imports/_progress.html", batch=batch, progress=db.session.get(JobProgress, batch.id))
    return part if batch.is_busy else (part, {"HX-Refresh": "true"})


@blueprint.get("/imports/<int:batch_id>/rejects.xlsx")
@needs("import.read")
def download_rejects(batch_id: int) -> ResponseReturnValue:
    """The rows that were not taken, as a workbook to correct and upload again."""
    batch = services.visible(batch_id, current_user)
    name = _("%(name)s-未采用.xlsx", name=batch.upload.name.rsplit(".", 1)[0])
    return send_file(
        io.BytesIO(rejects.build(batch)),
        mimetype=services.MEDIA_TYPES["xlsx"],
        as_attachment=True,
        download_name=name,
    )


def findings_of(batch: Batch) -> dict[str, Any]:
    """What there is to say about a batch's rows, one kind at a time or all, by pages."""
    kind = kind_named(request.args.get("kind"))
    query = queries.findings(batch.id, kind)
    return {
        "kind": kind,
        "kinds": queries.counts_by_kind(batch.id),
        "complaints": queries.complaints(batch.id),
        "page": paginate(db.session, query, queries.BY_ROW, request.args.get("cursor"), FINDINGS_SHOWN),
        "labels": {field.key: field.label for field in feeds.get(batch.feed).fields},
        "feed": feeds.get(batch.feed),
        "explain": explain,
        "companies": db.session.scalars(queries.companies_of(batch.id)).all(),
    }


def explain(message: str, details: dict[str, Any]) -> str:
    """A finding's sentence in the page's language; one that only counts has none."""
    return _(message, **details) if message else ""


def kind_named(name: str | None) -> FindingKind | None:
    """The kind of a query string. BadRequest for an unknown one."""
    if not name:
        return None
    try:
        return FindingKind(name)
    except ValueError:
        raise BadRequest(_("没有这一类提示。")) from None


def to_batch(batch: Batch) -> Response:
    """Back to the batch's page."""
    return redirect(url_for("imports.show", batch_id=batch.id))
