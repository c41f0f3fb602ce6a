"""首谈: the lists, filing a claim, deciding on it, and what a second office asks of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm.accounts.access import current_user, needs
from crm.database import N_, db, locked, require_version
from crm.errors import BadRequest, Forbidden, NotFound, RuleError
from crm.pagination import paginate
from crm.pipeline import claims, disputes
from crm.pipeline.claim_forms import ClaimForm, ReasonForm, RequestForm, RulingForm
from crm.pipeline.models import Project
from crm.pipeline.models.claims import Claim, ClaimRequest
from crm.pipeline.permissions import may_act, require_act

blueprint = Blueprint("claims", __name__)


@blueprint.get("/claims")
@needs("claim.read")
def index() -> ResponseReturnValue:
    """One's office's claims, those to decide on, all live ones, past ones."""
    scope = request.args.get("scope", "to_decide" if claims.is_coordinator(current_user) else "ours")
    if scope not in claims.SCOPES:
        raise BadRequest(N_("没有这样的列表。"))
    query = claims.listed(current_user, scope)
    page = paginate(db.session, query, claims.SORTS["-id"], request.args.get("cursor"))
    term = claims.lapse_term()
    lines = [(claim, claims.title_of(claim, current_user), claims.lapses_on(claim, term)) for claim in page.items]
    return render_template("pipeline/claims.html", page=page, lines=lines, scope=scope)


@blueprint.get("/projects/<int:project_id>/claims/new")
@needs("claim.file")
def new(project_id: int) -> ResponseReturnValue:
    """File a claim on a project; what is claimed of the company and its group already stands above the form."""
    project = require_act(current_user, "claim.file", db.session.get(Project, project_id))
    return form_page(project, ClaimForm(formdata=None))


@blueprint.post("/projects/<int:project_id>/claims")
@needs("claim.file")
def create(project_id: int) -> ResponseReturnValue:
    """报备."""
    project = require_act(current_user, "claim.file", db.session.get(Project, project_id))
    form = ClaimForm().offer(claims.contacts_for(project, current_user))
    if not form.validate():
        return form_page(project, form), 422
    try:
        claim = claims.file(project_id, form.proof(), by=current_user)
    except RuleError as error:
        db.session.rollback()
        form.form_errors.append(_(error.message, **error.details))
        return form_page(project, form), error.status
    db.session.commit()
    flash(_("已报备首谈：%(state)s。", state=_(claim.state.label)), "success")
    return redirect(url_for(".show", claim_id=claim.id))


def form_page(project: Project, form: ClaimForm) -> str:
    """The form of a claim."""
    form.offer(claims.contacts_for(project, current_user))
    found = claims.live_on_companies(current_user, claims.family_of(project.company))
    others = [(claim, claims.title_of(claim, current_user)) for claim in found]
    return render_template("pipeline/claim_form.html", project=project, form=form, others=others)


@blueprint.get("/claims/<int:claim_id>")
@needs("claim.read")
def show(claim_id: int) -> ResponseReturnValue:
    """A claim: who holds it, until when, what is asked of it, with the acts that are the reader's."""
    claim = claims.require_known(current_user, db.session.get(Claim, claim_id))
    return claim_page(claim, RequestForm(formdata=None))


def claim_page(
    claim: Claim, ask: RequestForm, ruling: RulingForm | None = None, reason: ReasonForm | None = None
) -> str:
    """The claim with its forms; `ruling` or `reason` is one that was refused."""
    rulings = {
        each.id: ruling or RulingForm(formdata=None, data={"kept_percent": 50}).offer(each.kind)
        for each in claim.requests
        if disputes.may_decide(current_user, each)
    }
    return render_template(
        "pipeline/claim.html",
        claim=claim,
        title=claims.title_of(claim, current_user),
        lapses_on=claims.lapses_on(claim, claims.lapse_term()),
        may_read_project=may_act(current_user, "project.read", claim.project),
        may_decide=claims.may_decide(current_user, claim),
        may_end=claim.is_live and (claim.owner_id == current_user.id or claims.may_decide(current_user, claim)),
        may_ask=disputes.may_ask(current_user, claim),
        ask=ask.offer(),
        reason=reason,
        rulings=rulings,
        deciders={each.id: disputes.deciders(each) for each in disputes.open_requests(claim)},
        receivable={each.id for each in claim.requests if disputes.may_receive(current_user, each)},
        shares=db.session.scalars(disputes.share_rows(claim.project_id)).all(),
    )


@blueprint.post("/claims/<int:claim_id>/decisions")
@needs("claim.accept")
def decide(claim_id: int) -> ResponseReturnValue:
    """认定 or 不予认定, by the coordinating office."""
    claim, form = locked_claim(claim_id), ReasonForm()
    claims.require_decider(current_user, claim)
    require_version(claim, form.version.data)
    act = claims.accept if form.verdict.data == "yes" else claims.refuse
    try:
        act(claim, form.reason.data or "", by=current_user)
    except RuleError as error:
        return refused(claim, form, error)
    db.session.commit()
    flash(_("首谈现在是“%(state)s”。", state=_(claim.state.label)), "success")
    return redirect(url_for(".show", claim_id=claim_id))


def refused(claim: Claim, form: ReasonForm, error: RuleError) -> ResponseReturnValue:
    """The claim again, with the sentence that refused the act: nothing has been changed."""
    form.form_errors.append(_(error.message, **error.details))
    return claim_page(claim, RequestForm(formdata=None), reason=form), error.status


@blueprint.post("/claims/<int:claim_id>/endings")
@needs("claim.end")
def end(claim_id: int) -> ResponseReturnValue:
    """End a claim, with the reason."""
    claim, form = locked_claim(claim_id), ReasonForm()
    try:
        claims.end(claim, form.reason.data or "", by=current_user)
    except RuleError as error:
        return refused(claim, form, error)
    db.session.commit()
    flash(_("首谈已结束。"), "success")
    return redirect(url_for(".show", claim_id=claim_id))


@blueprint.post("/claims/<int:claim_id>/requests")
@needs("claim.ask")
def ask(claim_id: int) -> ResponseReturnValue:
    """Ask to join, to be handed over, or dispute."""
    claim, form = locked_claim(claim_id), RequestForm().offer()
    if claim.office_id == current_user.office_id:
        raise Forbidden(N_("只有别的部门可以申请参与、流转或提出争议。"))
    if not form.validate():
        return claim_page(claim, form), 422
    disputes.ask(claim, form.asked(), by=current_user)
    db.session.commit()
    flash(_("申请已提出，等待裁定。"), "success")
    return redirect(url_for(".show", claim_id=claim_id))


@blueprint.post("/claim-requests/<int:request_id>/rulings")
@needs("claim.decide")
def rule(request_id: int) -> ResponseReturnValue:
    """Rule on what a second office asks."""
    asked = locked_request(request_id)
    if current_user not in disputes.deciders(asked):
        raise Forbidden(N_("这项申请不由您裁定。"))
    form = RulingForm().offer(asked.kind)
    if not form.validate():
        return claim_page(asked.claim, RequestForm(formdata=None), form), 422
    require_version(asked, form.version.data)
    try:
        disputes.decide(asked, form.ruling(), by=current_user)
    except RuleError as error:
        form.form_errors.append(_(error.message, **error.details))
        return claim_page(asked.claim, RequestForm(formdata=None), form), error.status
    db.session.commit()
    flash(_("已裁定：%(outcome)s。", outcome=_(form.ruling().outcome.label)), "success")
    return redirect(url_for(".show", claim_id=asked.claim_id))


@blueprint.post("/claim-requests/<int:request_id>/receipts")
@needs("claim.decide")
def receive(request_id: int) -> ResponseReturnValue:
    """接收 or 不接收, by the receiving office's manager."""
    asked, form = locked_request(request_id), ReasonForm()
    try:
        if form.verdict.data == "yes":
            disputes.receive(asked, by=current_user)
        else:
            disputes.decline(asked, form.reason.data or "", by=current_user)
    except RuleError as error:
        return refused(asked.claim, form, error)
    db.session.commit()
    flash(_("申请现在是“%(state)s”。", state=_(asked.state.label)), "success")
    return redirect(url_for(".show", claim_id=asked.claim_id))


@blueprint.post("/claim-requests/<int:request_id>/withdrawals")
@needs("claim.ask")
def withdraw(request_id: int) -> ResponseReturnValue:
    """撤回."""
    asked = locked_request(request_id)
    disputes.withdraw(asked, by=current_user)
    db.session.commit()
    flash(_("申请已撤回。"), "success")
    return redirect(url_for(".show", claim_id=asked.claim_id))


def locked_claim(claim_id: int) -> Claim:
    """The claim under a lock, or NotFound."""
    return claims.require_known(current_user, locked(db.session, Claim, claim_id))


def locked_request(request_id: int) -> ClaimRequest:
    """The request under a lock, and its claim too, or NotFound."""
    found = db.session.get(ClaimRequest, request_id)
    if found is None:
        raise NotFound(N_("没有找到这项首谈，或者您没有权限查看。"))
    locked_claim(found.claim_id)
    db.session.refresh(found, with_for_update=True)
    return found
