"""Instructions: the lists, writing one on a project, company or segment, receipt, answer, 办结."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.accounts.models import User
from crm.accounts.permissions import require_visible
from crm.chain.models import Segment
from crm.companies.models import Company
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, NotFound
from crm.pagination import paginate, sort_by
from crm.pipeline import instructions as acts
from crm.pipeline.instruction_forms import FeedbackForm, InstructionForm
from crm.pipeline.models import Instruction, Project
from crm.pipeline.permissions import require_readable
from crm.pipeline.views import blueprint
from crm.rules import id_of
from crm.web import safe_next

#: The subjects of an instruction by their query parameter.
SUBJECTS = {"project": Project, "company": Company, "segment": Segment}


@blueprint.get("/instructions")
@needs("instruction.read")
def instructions() -> ResponseReturnValue:
    """Instructions to me, by me, or all that one may read; open, late or closed."""
    scope = request.args.get("scope", "by_me" if acts.may_write(current_user) else "to_me")
    state = request.args.get("state", "open")
    if scope not in acts.SCOPES or state not in ("open", "late", "closed"):
        raise BadRequest(N_("没有这样的列表。"))
    query = acts.listed(current_user, scope, late=state == "late", closed=state == "closed")
    _name, sort = sort_by(acts.SORTS, None, "-written" if state == "closed" else "due")
    page = paginate(db.session, query, sort, request.args.get("cursor"))
    return render_template("pipeline/instructions.html", page=page, scope=scope, state=state)


@blueprint.get("/instructions/new")
@needs("instruction.write")
def new_instruction() -> ResponseReturnValue:
    """Write an instruction; `?project=ID`, `?company=ID` or `?segment=ID` say on what."""
    subject = subject_of_request()
    form = InstructionForm(formdata=None, data={"owner_id": getattr(subject, "owner_id", None)})
    return instruction_page(form, subject)


@blueprint.post("/instructions")
@needs("instruction.write")
def create_instruction() -> ResponseReturnValue:
    """Write it to its owner."""
    subject = subject_of_request()
    form = InstructionForm().offer(recipients(subject))
    if not form.validate():
        return instruction_page(form, subject), 422
    owner = db.session.get_one(User, form.owner_id.data)
    instruction = acts.write(form.body.data, owner, by=current_user, on=subject, due_on=form.due_on.data)
    db.session.commit()
    flash(_("已批示给 %(name)s。", name=owner.display_name), "success")
    target = request.form.get("next")
    return redirect(safe_next(target) if target else url_for(".show_instruction", instruction_id=instruction.id))


def instruction_page(form: InstructionForm, subject: Project | Company | Segment | None) -> str:
    """The form's page."""
    form.offer(recipients(subject))
    return render_template("pipeline/instruction_form.html", form=form, subject=subject, kind=kind_of(subject))


def recipients(subject: Project | Company | Segment | None) -> list[User]:
    """To whom one may write on the subject."""
    return acts.recipients(current_user, subject if isinstance(subject, Project) else None)


def kind_of(subject: Project | Company | Segment | None) -> str:
    """The query parameter of a subject's kind; '' without one."""
    return next((kind for kind, model in SUBJECTS.items() if isinstance(subject, model)), "")


def subject_of_request() -> Project | Company | Segment | None:
    """The row that the query or the form names; NotFound for one that the reader may not know of."""
    for kind, model in SUBJECTS.items():
        text = request.values.get(kind, "")
        if text:
            return require_subject(kind, db.session.get(model, id_of(text)))
    return None


def require_subject(kind: str, row: Any) -> Project | Company | Segment:
    """The row, if the reader may read it."""
    if kind == "project":
        return require_readable(current_user, row)
    if kind == "company":
        require_visible(current_user, "company.read", row)
    if row is None:
        raise NotFound(N_("没有找到这条记录。"))
    found: Company | Segment = row
    return found


@blueprint.get("/instructions/<int:instruction_id>")
@needs("instruction.read")
def show_instruction(instruction_id: int) -> ResponseReturnValue:
    """An instruction and how far it has come, with the acts that are the reader's."""
    instruction = acts.require_readable(current_user, db.session.get(Instruction, instruction_id))
    return answer_page(instruction, FeedbackForm(formdata=None, obj=instruction))


def answer_page(instruction: Instruction, form: FeedbackForm) -> str:
    """The instruction with the form of its answer."""
    return render_template(
        "pipeline/instruction.html",
        instruction=instruction,
        form=form,
        may_answer=acts.may_answer(current_user, instruction),
        may_close=acts.may_close(current_user, instruction),
        tasks=db.session.scalars(acts.tasks_of(instruction, current_user)).unique().all(),
    )


@blueprint.post("/instructions/<int:instruction_id>/receipts")
@needs("instruction.answer")
def receive_instruction(instruction_id: int) -> ResponseReturnValue:
    """签收."""
    acts.receive(locked_instruction(instruction_id), by=current_user)
    db.session.commit()
    flash(_("已签收。"), "success")
    return redirect(url_for(".show_instruction", instruction_id=instruction_id))


@blueprint.post("/instructions/<int:instruction_id>/feedback")
@needs("instruction.answer")
def answer_instruction(instruction_id: int) -> ResponseReturnValue:
    """反馈."""
    instruction = locked_instruction(instruction_id)
    acts.require_acting(current_user, instruction)
    form = FeedbackForm()
    if not form.validate():
        return answer_page(instruction, form), 422
    require_version(instruction, form.version.data)
    acts.answer(instruction, form.feedback.data, by=current_user)
    db.session.commit()
    flash(_("已反馈。"), "success")
    return redirect(url_for(".show_instruction", instruction_id=instruction_id))


@blueprint.post("/instructions/<int:instruction_id>/closures")
@needs("instruction.write")
def close_instruction(instruction_id: int) -> ResponseReturnValue:
    """办结."""
    acts.close(locked_instruction(instruction_id), by=current_user)
    db.session.commit()
    flash(_("已办结。"), "success")
    return redirect(url_for(".show_instruction", instruction_id=instruction_id))


def locked_instruction(instruction_id: int) -> Instruction:
    """The instruction under a lock, or NotFound."""
    return acts.require_readable(current_user, locked(db.session, Instruction, instruction_id))
