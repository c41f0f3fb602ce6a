"""Pages of 准入联审: asking, an office's answer, the decision, and the 研判意见表 to print."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.access import current_user, needs
from crm.accounts.permissions import may
from crm.database import N_, db, locked, require_version
from crm.downloads import DOCX, download
from crm.errors import NotFound
from crm.pipeline import admission as acts
from crm.pipeline import admission_sheet, origins
from crm.pipeline.act_pages import found, part_for, perform, project_for
from crm.pipeline.admission_forms import AdmissionForm, DecisionForm, opinion_form
from crm.pipeline.models import Admission, Opinion
from crm.pipeline.permissions import may_act, may_read, require_readable
from crm.pipeline.views import blueprint
from crm.rules import today

NO_ADMISSION = N_("没有找到这次联审，或者您没有权限查看。")


@blueprint.route("/projects/<int:project_id>/admissions/new", methods=["GET", "POST"])
@needs("project.edit")
def new_admission(project_id: int) -> ResponseReturnValue:
    """Ask offices on a project."""
    project = project_for("project.edit", project_id)
    form = AdmissionForm(data={"due_on": acts.default_due(today())}).offer()
    return perform(
        form,
        lambda: acts.open_admission(
            project, form.offices, due_on=form.due_on.data, question=form.question.data or "", by=current_user
        ),
        title=_("发起准入联审"),
        back=url_for(".show", project_id=project.id, _anchor="admission"),
        done=_("已发起联审。"),
        project=project,
        lead=_("被选的部门由本部门的人自己答复：意见、评分、否决项。"),
    )


@blueprint.get("/admissions/<int:admission_id>")
@needs("project.read")
def show_admission(admission_id: int) -> ResponseReturnValue:
    """An admission: who was asked, what each says, and the decision."""
    return render_template("pipeline/admission.html", **page_of(admission_of(admission_id)))


def admission_of(admission_id: int) -> Admission:
    """The admission with all that its page shows; NotFound where one may not know of its project."""
    query = acts.whole(select(Admission).where(Admission.id == admission_id))
    row = db.session.scalars(query).unique().one_or_none()
    if row is None:
        raise NotFound(NO_ADMISSION)
    require_readable(current_user, row.project)
    return row


def page_of(row: Admission) -> dict[str, Any]:
    """What the page and the sheet show."""
    return {
        "admission": row,
        "project": row.project,
        "criteria": db.session.scalars(acts.criteria()).all(),
        "level": acts.level_for(row.project.investment_wan),
        "expert_score": row.expert_score if not row.is_open else origins.expert_score(row.project),
        "composite": acts.composite(row),
        "may_decide": may_act(current_user, "admission.decide", row.project) and row.is_open,
        "answerable": {each.id for each in row.opinions if may(current_user, "opinion.answer", each)},
    }


@blueprint.get("/admissions/<int:admission_id>/sheet")
@needs("project.read")
def admission_page(admission_id: int) -> ResponseReturnValue:
    """研判意见表, to print on A4."""
    return render_template("pipeline/admission_sheet.html", **page_of(admission_of(admission_id)))


@blueprint.get("/admissions/<int:admission_id>/sheet.docx")
@needs("project.read")
def admission_document(admission_id: int) -> ResponseReturnValue:
    """The same as a document, in Chinese whatever the page's language."""
    row = admission_of(admission_id)
    with force_locale("zh"):
        content = admission_sheet.document(row)
    return download(content, f"研判意见表-{row.project.name}.docx", DOCX)


@blueprint.route("/admissions/<int:admission_id>/decision", methods=["GET", "POST"])
@needs("admission.decide")
def decide_admission(admission_id: int) -> ResponseReturnValue:
    """Write down what the body decided."""
    row: Admission = part_for("admission.decide", Admission, admission_id, NO_ADMISSION)
    form = DecisionForm(data={"version": row.version}).offer(row)

    def act() -> None:
        require_version(row, form.version.data)
        acts.decide(row, form.ruling(), by=current_user)

    return perform(
        form,
        act,
        title=_("记录联审决定"),
        back=url_for(".show_admission", admission_id=row.id),
        done=_("联审决定已记录。"),
        project=row.project,
    )


@blueprint.get("/opinions")
@needs("opinion.read")
def opinions() -> ResponseReturnValue:
    """What my office is asked and has not answered."""
    asked = db.session.scalars(acts.asked_of(current_user)).unique()
    return render_template(
        "pipeline/opinions.html", opinions=[each for each in asked if acts.knows_of(current_user, each)]
    )


@blueprint.route("/opinions/<int:opinion_id>", methods=["GET"])
@needs("opinion.read")
def show_opinion(opinion_id: int) -> ResponseReturnValue:
    """What an office is asked: the project's data, and the form to answer."""
    row = acts.require_opinion(db.session.get(Opinion, opinion_id), "opinion.read", by=current_user)
    return render_template(
        "pipeline/opinion.html", form=opinion_form(row, formdata=None), **context_of(row), versions=[]
    )


def context_of(row: Opinion) -> dict[str, Any]:
    """What an opinion's page shows besides its form."""
    return {
        "opinion": row,
        "admission": row.admission,
        "project": row.admission.project,
        "may_open": may_read(current_user, row.admission.project),
        "may_answer": may(current_user, "opinion.answer", row) and row.admission.is_open,
        "expert_score": origins.expert_score(row.admission.project),
    }


@blueprint.post("/opinions/<int:opinion_id>")
@needs("opinion.answer")
def answer_opinion(opinion_id: int) -> ResponseReturnValue:
    """Answer for one's office, or change the answer while no decision was taken."""
    row = acts.require_opinion(found(Opinion, opinion_id), "opinion.answer", by=current_user)
    locked(db.session, Admission, row.admission_id)  # a decision at the same moment waits, or this finds it
    form = opinion_form(row)

    def act() -> None:
        require_version(row, form.version.data)
        acts.answer(row, form.answer(), by=current_user)

    context = context_of(row)
    return perform(
        form,
        act,
        title=_("答复联审"),
        back=url_for(".show_opinion", opinion_id=row.id),
        done=_("意见已提交，决定作出之前可以修改。"),
        stored=lambda: opinion_form(row, formdata=None),
        template="pipeline/opinion.html",
        **context,
    )
