"""Pages of agreements: what is agreed, its wording, reviews and signing."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.database import N_, db, require_version
from crm.errors import NotFound
from crm.pipeline import agreements as acts
from crm.pipeline import documents
from crm.pipeline.act_pages import part_for, perform, project_for
from crm.pipeline.agreement_forms import (
    AgreementForm,
    DayAndTextForm,
    DayForm,
    NewAgreementForm,
    ReviewForm,
    WordingForm,
)
from crm.pipeline.models import Agreement, AgreementKind, AgreementReview
from crm.pipeline.permissions import may_act, require_readable
from crm.pipeline.views import blueprint
from crm.rules import today

NO_AGREEMENT = N_("没有找到这份协议，或者您没有权限查看。")


@blueprint.route("/projects/<int:project_id>/agreements/new", methods=["GET", "POST"])
@needs("project.edit")
def new_agreement(project_id: int) -> ResponseReturnValue:
    """Begin an agreement."""
    project = project_for("project.edit", project_id)
    form = NewAgreementForm(data={"kind": AgreementKind.FORMAL, "amount_wan": project.investment_wan}).offer()
    return perform(
        form,
        lambda: acts.draft(project, form.values(), form.wording.data or "", by=current_user),
        title=_("登记协议"),
        back=url_for(".show", project_id=project.id, _anchor="agreements"),
        done=_("协议已登记。"),
        project=project,
    )


@blueprint.get("/agreements/<int:agreement_id>")
@needs("project.read")
def show_agreement(agreement_id: int) -> ResponseReturnValue:
    """An agreement: its data, warnings, reviews, promises and wording."""
    return render_template("pipeline/agreement.html", **page_of(agreement_id))


def page_of(agreement_id: int) -> dict[str, Any]:
    """What the page shows; NotFound where one may not know of the project."""
    query = acts.whole(select(Agreement).where(Agreement.id == agreement_id))
    agreement = db.session.scalars(query).unique().one_or_none()
    if agreement is None:
        raise NotFound(NO_AGREEMENT)
    project = require_readable(current_user, agreement.project)
    may_edit = may_act(current_user, "project.edit", project) and project.archived_at is None
    return {
        "agreement": agreement,
        "project": project,
        "may_edit": may_edit,
        "papers": documents.of_agreement(agreement),
        "required": acts.required_reviews(agreement),
        "day": today(),
    }


def agreement_for(agreement_id: int) -> Agreement:
    """The agreement, which the user may edit; locked where it will be written."""
    row: Agreement = part_for("project.edit", Agreement, agreement_id, NO_AGREEMENT)
    return row


def page_url(agreement: Agreement, anchor: str | None = None) -> str:
    """An agreement's page."""
    return url_for("pipeline.show_agreement", agreement_id=agreement.id, _anchor=anchor)


@blueprint.route("/agreements/<int:agreement_id>/edit", methods=["GET", "POST"])
@needs("project.edit")
def edit_agreement(agreement_id: int) -> ResponseReturnValue:
    """Change what is known of an agreement besides its wording; what is signed keeps its kind and amount."""
    agreement = agreement_for(agreement_id)
    form = AgreementForm.stored(agreement)

    def save() -> None:
        require_version(agreement, form.version.data)
        acts.edit(agreement, form.values(), by=current_user)

    return perform(
        form,
        save,
        title=_("修改协议信息"),
        back=page_url(agreement),
        done=_("已保存。"),
        project=agreement.project,
        stored=lambda: AgreementForm.stored(agreement, formdata=None),
    )


@blueprint.route("/agreements/<int:agreement_id>/versions/new", methods=["GET", "POST"])
@needs("project.edit")
def new_version(agreement_id: int) -> ResponseReturnValue:
    """A new wording, held against the red lines."""
    agreement = agreement_for(agreement_id)

    def as_stored(**options: Any) -> WordingForm:
        wording = agreement.versions[0].wording if agreement.versions else ""
        return WordingForm(data={"wording": wording, "version": agreement.version}, **options)

    form = as_stored()

    def save() -> None:
        require_version(agreement, form.version.data)
        acts.add_version(agreement, form.wording.data, form.note.data or "", by=current_user)

    return perform(
        form,
        save,
        title=_("协议文本"),
        back=page_url(agreement, "wording"),
        done=_("已存为新的一版。"),
        project=agreement.project,
        stored=lambda: as_stored(formdata=None),
        lead=_("保存时对照现行红线清单检查；触及的地方会列出来，要书面答复。"),
    )


@blueprint.route("/agreements/<int:agreement_id>/reviews/new", methods=["GET", "POST"])
@needs("project.edit")
def new_review(agreement_id: int) -> ResponseReturnValue:
    """Write down a review: who, when, with which conclusion."""
    agreement = agreement_for(agreement_id)
    form = ReviewForm(data={"on_day": today()}).offer()
    return perform(
        form,
        lambda: acts.review(agreement, AgreementReview(**form.values()), by=current_user),
        title=_("登记审查"),
        back=page_url(agreement, "reviews"),
        done=_("审查已登记。"),
        project=agreement.project,
    )


@blueprint.route("/agreements/<int:agreement_id>/signing", methods=["GET", "POST"])
@needs("project.edit")
def sign_agreement(agreement_id: int) -> ResponseReturnValue:
    """签署."""
    agreement = agreement_for(agreement_id)
    form = DayForm(data={"on_day": today(), "version": agreement.version})

    def act() -> None:
        require_version(agreement, form.version.data)
        acts.sign(agreement, form.on_day.data, by=current_user)

    return perform(
        form,
        act,
        title=_("登记签署"),
        back=page_url(agreement),
        done=_("协议已签署。"),
        project=agreement.project,
        lead=_("签署以后文本不能再改，以后的变化另立补充协议。"),
    )


@blueprint.route("/agreements/<int:agreement_id>/voiding", methods=["GET", "POST"])
@needs("project.edit")
def void_agreement(agreement_id: int) -> ResponseReturnValue:
    """作废, with the reason."""
    agreement = agreement_for(agreement_id)
    form = DayAndTextForm(data={"on_day": today(), "version": agreement.version})

    def act() -> None:
        require_version(agreement, form.version.data)
        acts.void(agreement, form.text.data, form.on_day.data, by=current_user)

    return perform(
        form,
        act,
        title=_("作废协议"),
        back=page_url(agreement),
        done=_("协议已作废，记录保留。"),
        project=agreement.project,
        lead=_("作废的协议不再算数，但永远保留在记录里。请写明原因。"),
    )
