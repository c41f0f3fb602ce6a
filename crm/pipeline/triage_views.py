"""Pages of leads: who brought one, 研判, the answer, and 交办."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import N_, db, locked, require_version
from crm.errors import RuleError
from crm.pipeline import dispatch as dispatches
from crm.pipeline import triage as acts
from crm.pipeline.act_pages import found, part_for, perform, project_for
from crm.pipeline.models import Decision, Dispatch, Project, Triage
from crm.pipeline.triage_forms import AnswerForm, DispatchAnswerForm, DispatchForm, LeadForm, TriageForm
from crm.pipeline.views import blueprint

NO_TRIAGE = N_("没有找到这次研判，或者您没有权限查看。")


def page_of_project(project: Project, anchor: str = "triage") -> str:
    """The part of a project's page to go back to."""
    return url_for("pipeline.show", project_id=project.id, _anchor=anchor)


@blueprint.route("/projects/<int:project_id>/lead", methods=["GET", "POST"])
@needs("project.edit")
def lead(project_id: int) -> ResponseReturnValue:
    """Write down when the lead came in and who brought it."""
    project = project_for("project.edit", project_id)
    stored = project.lead

    def stored_form() -> LeadForm:
        return LeadForm(formdata=None, obj=stored).offer()

    form = LeadForm(obj=stored, data=None if stored else {"received_on": acts.received_on(project)}).offer()

    def save() -> None:
        if stored is not None:
            require_version(stored, form.version.data)
        acts.register_lead(project, form.values(), by=current_user)

    return perform(
        form,
        save,
        title=_("线索来源"),
        back=page_of_project(project),
        done=_("已保存。"),
        project=project,
        stored=stored_form,
    )


@blueprint.route("/projects/<int:project_id>/triages/new", methods=["GET", "POST"])
@needs("project.edit")
def new_triage(project_id: int) -> ResponseReturnValue:
    """研判: pursue, hold or drop, with the grounds."""
    project = project_for("project.edit", project_id)
    form = TriageForm(data={"grounds": project.triage_note, "decision": Decision.PURSUE.value}).offer()
    return perform(
        form,
        lambda: acts.decide(
            project,
            Decision(form.decision.data),
            form.grounds.data,
            by=current_user,
            on_day=form.on_day.data,
        ),
        title=_("线索研判"),
        back=page_of_project(project),
        done=_("研判结论已记录。"),
        project=project,
        lead=_("应在 %(day)s 前研判（收到线索后 %(days)d 个工作日内）。", day=acts.due_on(project), days=acts.term()),
    )


@blueprint.route("/triages/<int:triage_id>/answer", methods=["GET", "POST"])
@needs("project.edit")
def answer_triage(triage_id: int) -> ResponseReturnValue:
    """Keep what whoever brought the lead was told."""
    triage: Triage = part_for("project.edit", Triage, triage_id, NO_TRIAGE)
    project = triage.project
    form = AnswerForm(data={"version": triage.version})

    def save() -> None:
        require_version(triage, form.version.data)
        acts.answer(triage, form.text.data, by=current_user)

    name = project.lead.introducer_name if project.lead else ""
    return perform(
        form,
        save,
        title=_("答复线索提供人"),
        back=page_of_project(project),
        done=_("答复已记录。"),
        project=project,
        lead=_("线索提供人：%(name)s；研判结论：%(decision)s", name=name or "—", decision=_(triage.decision.label)),
    )


@blueprint.route("/projects/<int:project_id>/dispatches/new", methods=["GET", "POST"])
@needs("project.dispatch")
def new_dispatch(project_id: int) -> ResponseReturnValue:
    """Hand a project to an office."""
    project = project_for("project.dispatch", project_id)
    form = DispatchForm().offer(project)
    return perform(
        form,
        lambda: dispatches.dispatch(project, form.office, form.note.data or "", by=current_user),
        title=_("交办"),
        back=page_of_project(project),
        done=_("已交办，等对方负责人接收。"),
        project=project,
        lead=_("对方负责人接收之后，项目才转到那个部门；退回时会写明原因。"),
    )


@blueprint.get("/dispatches")
@needs("figures.read")
def dispatch_list() -> ResponseReturnValue:
    """What waits for my office's answer, and what I have handed on."""
    sent = db.session.scalars(dispatches.sent(current_user)).unique()
    received = db.session.scalars(dispatches.received(current_user)).unique().all()
    return render_template(
        "pipeline/dispatches.html",
        received=[each for each in received if dispatches.knows_of(current_user, each)],
        sent=[each for each in sent if dispatches.knows_of(current_user, each)],
    )


@blueprint.get("/dispatches/<int:dispatch_id>")
@needs("dispatch.answer")
def show_dispatch(dispatch_id: int) -> ResponseReturnValue:
    """What was handed to my office: the project's card, and the two answers."""
    row = dispatches.require_answerable(db.session.get(Dispatch, dispatch_id), by=current_user)
    return dispatch_page(row, DispatchAnswerForm(formdata=None, data={"version": row.version}).offer(row))


def dispatch_page(row: Dispatch, form: DispatchAnswerForm) -> str:
    """The page with its form."""
    return render_template("pipeline/dispatch.html", dispatch=row, project=row.project, form=form)


@blueprint.post("/dispatches/<int:dispatch_id>/acceptance")
@needs("dispatch.answer")
def accept_dispatch(dispatch_id: int) -> ResponseReturnValue:
    """接收, in the charge of one of the office."""
    row, form = to_answer(dispatch_id)
    owner = form.owner
    if not form.validate() or owner is None:
        form.owner_id.errors = [*form.owner_id.errors, *([] if owner else [_("请选择本部门的同事负责。")])]
        return dispatch_page(row, form), 422
    try:
        dispatches.accept(row, owner, by=current_user)
    except RuleError as error:
        return refused(row, form, error)
    db.session.commit()
    flash(_("已接收，“%(name)s”由%(owner)s负责。", name=row.project.name, owner=owner.display_name), "success")
    return redirect(url_for(".show", project_id=row.project_id))


@blueprint.post("/dispatches/<int:dispatch_id>/return")
@needs("dispatch.answer")
def return_dispatch(dispatch_id: int) -> ResponseReturnValue:
    """退回, with the reason."""
    row, form = to_answer(dispatch_id)
    if not form.validate():
        return dispatch_page(row, form), 422
    try:
        dispatches.give_back(row, form.reason.data or "", form.listed, by=current_user)
    except RuleError as error:
        return refused(row, form, error)
    db.session.commit()
    flash(_("已退回。"), "success")
    return redirect(url_for(".dispatch_list"))


def to_answer(dispatch_id: int) -> tuple[Dispatch, DispatchAnswerForm]:
    """The 交办 and its project under locks, always in this order, and the form that answers it."""
    row = dispatches.require_answerable(found(Dispatch, dispatch_id), by=current_user)
    locked(db.session, Project, row.project_id)
    form = DispatchAnswerForm().offer(row)
    if row.is_open:
        require_version(row, form.version.data)
    return row, form


def refused(row: Dispatch, form: DispatchAnswerForm, error: RuleError) -> ResponseReturnValue:
    """The page again with what was refused; nothing was written."""
    form.form_errors.append(_(error.message, **error.details))
    db.session.rollback()
    return dispatch_page(row, form), 422
