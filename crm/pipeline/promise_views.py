"""Pages of promises: written down, fulfilled, flagged 待清理 and put right; and the answers to red-line warnings."""

from collections.abc import Callable
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import N_, db, require_version
from crm.errors import BadRequest, NotFound
from crm.forms import Form
from crm.pipeline import agreements as acts
from crm.pipeline import documents
from crm.pipeline.act_pages import found, perform
from crm.pipeline.agreement_forms import FulfilmentForm, PromiseForm
from crm.pipeline.agreement_views import agreement_for, page_url
from crm.pipeline.document_forms import EvidenceForm
from crm.pipeline.document_views import sent_file
from crm.pipeline.models import Promise, WordingWarning
from crm.pipeline.permissions import readable, require_act
from crm.pipeline.triage_forms import AnswerForm
from crm.pipeline.views import blueprint
from crm.rules import today

NO_PROMISE = N_("没有找到这条承诺，或者您没有权限查看。")
STATES = {"open": N_("未兑现"), "late": N_("逾期"), "to_clear": N_("待清理"), "all": N_("全部")}


@blueprint.get("/promises")
@needs("project.read")
def promises() -> ResponseReturnValue:
    """The promises of the projects that one may know of: open, late, 待清理."""
    state = request.args.get("state", "open")
    if state not in STATES:
        raise BadRequest(N_("没有这样的列表。"))
    found_promises = db.session.scalars(acts.listed(readable(current_user), state, today())).unique().all()
    return render_template("pipeline/promises.html", promises=found_promises, state=state, states=STATES, day=today())


@blueprint.route("/agreements/<int:agreement_id>/promises/new", methods=["GET", "POST"])
@needs("project.edit")
def new_promise(agreement_id: int) -> ResponseReturnValue:
    """Write down a promise of either side."""
    agreement = agreement_for(agreement_id)
    form = PromiseForm(data={"owner_id": agreement.project.owner_id}).offer()
    return perform(
        form,
        lambda: acts.promise(agreement, form.values(), by=current_user),
        title=_("登记承诺"),
        back=page_url(agreement, "promises"),
        done=_("承诺已登记。"),
        project=agreement.project,
        lead=_("承诺的文字也对照红线清单检查。"),
    )


def promise_for(promise_id: int) -> Promise:
    """The promise, which the user may edit; locked where it will be written."""
    row: Promise | None = found(Promise, promise_id)
    if row is None:
        raise NotFound(NO_PROMISE)
    require_act(current_user, "project.edit", row.agreement.project)
    return row


@blueprint.route("/promises/<int:promise_id>/edit", methods=["GET", "POST"])
@needs("project.edit")
def edit_promise(promise_id: int) -> ResponseReturnValue:
    """Mend a promise."""
    row = promise_for(promise_id)
    form = PromiseForm.stored(row)

    def save() -> None:
        require_version(row, form.version.data)
        acts.promise(row.agreement, form.values(), by=current_user, known=row)

    return perform(
        form,
        save,
        title=_("修改承诺"),
        back=page_url(row.agreement, "promises"),
        done=_("已保存。"),
        project=row.agreement.project,
        stored=lambda: PromiseForm.stored(row, formdata=None),
    )


def act_on(row: Promise, form: Any, act: Callable[[], None], **texts: Any) -> ResponseReturnValue:
    """A page for one act on a promise, whose words it shows."""

    def do() -> None:
        require_version(row, form.version.data)
        act()

    project = row.agreement.project
    return perform(form, do, back=page_url(row.agreement, "promises"), project=project, quoted=row.body, **texts)


@blueprint.route("/promises/<int:promise_id>/fulfilment", methods=["GET", "POST"])
@needs("project.edit")
def fulfil_promise(promise_id: int) -> ResponseReturnValue:
    """兑现, with the evidence."""
    row = promise_for(promise_id)
    form = FulfilmentForm(data={"on_day": today(), "version": row.version})
    return act_on(
        row,
        form,
        lambda: acts.fulfil(row, form.on_day.data, form.text.data, by=current_user, file=sent_file()),
        title=_("登记兑现"),
        done=_("兑现已登记。"),
        lead=_("写明兑现的佐证，例如文号、回单、验收单。"),
    )


@blueprint.route("/promises/<int:promise_id>/documents/new", methods=["GET", "POST"])
@needs("project.edit")
def add_promise_document(promise_id: int) -> ResponseReturnValue:
    """Keep a file as evidence of a promise, whether it is kept already or not."""
    row = promise_for(promise_id)
    project, form = row.agreement.project, EvidenceForm()
    return perform(
        form,
        lambda: documents.attach(project, sent_file(), form.title.data or "", by=current_user, promise=row),
        title=_("添加佐证文件"),
        back=page_url(row.agreement, "promises"),
        done=_("佐证文件已添加。"),
        project=project,
        quoted=row.body,
        lead=_("能看这个项目的人都能下载；也列在项目页的文档里。"),
    )


@blueprint.route("/promises/<int:promise_id>/flag", methods=["GET", "POST"])
@needs("project.edit")
def flag_promise(promise_id: int) -> ResponseReturnValue:
    """标为待清理."""
    return say_of(
        promise_for(promise_id),
        acts.flag,
        title=_("标为待清理"),
        done=_("已标为待清理，承诺本身保留在记录里。"),
        lead=_("按现行规定不能兑现的旧承诺。写明违反了哪一条规定。"),
    )


@blueprint.route("/promises/<int:promise_id>/clearing", methods=["GET", "POST"])
@needs("project.edit")
def clear_promise(promise_id: int) -> ResponseReturnValue:
    """清理完成."""
    return say_of(
        promise_for(promise_id),
        acts.clear,
        title=_("清理完成"),
        done=_("清理情况已记录。"),
        lead=_("写明怎样清理，例如签订补充协议取消、改按公开政策执行。"),
    )


def say_of(row: Promise, act: Callable[..., None], **texts: Any) -> ResponseReturnValue:
    """A page for an act on a promise that takes words alone."""
    form: Any = said(row)
    return act_on(row, form, lambda: act(row, form.text.data, by=current_user), **texts)


def said(row: Any) -> Form:
    """A form for words about a row."""
    return AnswerForm(data={"version": row.version})


@blueprint.route("/warnings/<int:warning_id>/answer", methods=["GET", "POST"])
@needs("project.edit")
def answer_warning(warning_id: int) -> ResponseReturnValue:
    """Answer a red-line warning in writing."""
    row: WordingWarning | None = found(WordingWarning, warning_id)
    if row is None:
        raise NotFound(N_("没有找到这条红线提示，或者您没有权限查看。"))
    project = require_act(current_user, "project.edit", row.agreement.project)
    form: Any = said(row)

    def act() -> None:
        require_version(row, form.version.data)
        acts.answer_warning(row, form.text.data, by=current_user)

    return perform(
        form,
        act,
        title=_("答复红线提示"),
        back=page_url(row.agreement, "warnings"),
        done=_("答复已记录。"),
        project=project,
        quoted=row.excerpt,
        lead=_(
            "触及“%(name)s”：%(rule)s。%(advice)s", name=row.red_line.name, rule=row.rule, advice=row.red_line.advice
        ),
    )
