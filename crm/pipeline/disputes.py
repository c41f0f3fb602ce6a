"""What a second office asks of a claim: to join, to be handed over, or to say who was first.

Joining and handing over are the holding office's to grant; a dispute is decided by the manager of the lowest office
above both. What goes to another office waits until that office's manager takes it over (流转), and credit is shared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Select, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from crm.accounts.models import Office, Role, User
from crm.accounts.permissions import is_manager_of, may
from crm.accounts.queries import ids_above
from crm.database import N_, db
from crm.errors import Forbidden, RuleError
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.pipeline import claims
from crm.pipeline.models import Project, ProjectMember
from crm.pipeline.models.claims import (
    Claim,
    ClaimRequest,
    Evidence,
    Outcome,
    ProjectShare,
    RequestKind,
    RequestState,
)

WHOLE = Decimal(100)


@dataclass(frozen=True)
class Asked:
    """What a second office asks, why, and the investor's written wish if it has one."""

    kind: RequestKind
    reason: str
    wish: str = ""
    wish_on: date | None = None


@dataclass(frozen=True)
class Ruling:
    """What is decided: the outcome, why, what the holder keeps of the credit (per cent), whether a wish is refuted."""

    outcome: Outcome
    decision: str
    kept_percent: Decimal = Decimal(50)
    is_wish_refuted: bool = False


def may_ask(user: User, claim: Claim) -> bool:
    """Whether `user` may ask something of the claim: she is of another office and nothing of hers is open."""
    is_other = claim.is_live and claim.office_id != user.office_id and claims.may_know(user, claim)
    return is_other and may(user, "claim.ask") and not any(r.office_id == user.office_id for r in open_requests(claim))


def open_requests(claim: Claim) -> list[ClaimRequest]:
    """The requests that are not settled."""
    return [request for request in claim.requests if request.is_open]


def ask(claim: Claim, asked: Asked, *, by: User) -> ClaimRequest:
    """Ask for one's own office. Raises Forbidden for the holding office, RuleError where one is open already."""
    claims.require_known(by, claim)
    if claim.office_id == by.office_id or not may(by, "claim.ask"):
        raise Forbidden(N_("只有别的部门可以申请参与、流转或提出争议。"))
    if not claim.is_live:
        raise RuleError(N_("这项首谈已经不在效力期内。"))
    if bool(asked.wish) != (asked.wish_on is not None):
        raise RuleError(N_("企业书面意向要写明内容和日期。"))
    request = ClaimRequest(
        kind=asked.kind, reason=asked.reason, owner=by, office=by.office, wish=asked.wish, wish_on=asked.wish_on,
        state=RequestState.ASKED,
    )  # fmt: skip
    claim.requests.insert(0, request)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleError(N_("本部门已经有一项申请在办理。")) from None
    tell_deciders(request)
    return request


def superior(request: ClaimRequest) -> Office | None:
    """The lowest office above (or equal to) both that has a manager; the coordinating office where there is none."""
    above_holder = ids_above(request.claim.office_id)
    common = [office_id for office_id in ids_above(request.office_id) if office_id in above_holder]
    led = exists().where(User.office_id == Office.id, User.role == Role.MANAGER, User.disabled_at.is_(None))
    found = {office.id: office for office in db.session.scalars(select(Office).where(led))}
    for office_id in common:
        if office_id in found:
            return found[office_id]
    return next((office for office in found.values() if office.is_coordinating), None)


def deciders(request: ClaimRequest) -> Sequence[User]:
    """Who decides: the holding office's managers, of a dispute those of the lowest office above both."""
    if request.kind is RequestKind.DISPUTE:
        office = superior(request)
        office_ids = [office.id] if office else []
    else:
        office_ids = ids_above(request.claim.office_id)
    query = select(User).where(User.role == Role.MANAGER, User.disabled_at.is_(None), User.office_id.in_(office_ids))
    return db.session.scalars(query.order_by(User.id)).all()


def may_decide(user: User, request: ClaimRequest) -> bool:
    """Whether `user` decides on the request now."""
    is_open = request.state is RequestState.ASKED and request.claim.is_live
    return is_open and may(user, "claim.decide") and user in deciders(request)


def may_receive(user: User, request: ClaimRequest) -> bool:
    """Whether `user` takes the project over now: a manager of the receiving office."""
    return request.state is RequestState.AGREED and is_manager_of(user, request.office_id)


def tell_deciders(request: ClaimRequest) -> None:
    """Tell who is to decide."""
    for user in deciders(request):
        key, url = f"claim request {request.id} asked", f"/claims/{request.claim_id}"
        notify(user, key=key, kind=NoticeKind.CLAIM_FILED, url=url)


def decide(request: ClaimRequest, ruling: Ruling, *, by: User) -> None:
    """Rule on a request. The investor's written wish prevails: keeping things as they are then asks to refute it.

    Raises Forbidden where it is not for `by` to decide, RuleError where the ruling is not whole.
    """
    claims.require_known(by, request.claim)
    request.require(RequestState.ASKED)
    if not may_decide(by, request):
        raise Forbidden(N_("这项申请不由您裁定。"))
    require_reasoned(request, ruling)
    request.outcome, request.decision, request.kept_percent = ruling.outcome, ruling.decision, ruling.kept_percent
    request.is_wish_refuted = ruling.is_wish_refuted and bool(request.wish)
    request.decided_by, request.decided_at = by, datetime.now(UTC)
    if ruling.outcome is Outcome.KEEP:
        request.state = RequestState.REFUSED
    elif ruling.outcome is Outcome.TO_ASKER:
        request.state = RequestState.AGREED
    else:
        join(request)
    tell_parties(request)


def require_reasoned(request: ClaimRequest, ruling: Ruling) -> None:
    """A ruling says why; against a written wish, of two the later one, it says that the wish does not hold."""
    if not ruling.decision.strip():
        raise RuleError(N_("请写明裁定理由。"))
    kept = request.claim.wish_on
    prevails = request.wish_on is not None and (kept is None or request.wish_on > kept)
    if prevails and ruling.outcome is Outcome.KEEP and not ruling.is_wish_refuted:
        raise RuleError(N_("企业书面意向优先。维持现状须认定该意向不属实或已变更，并写明理由。"))
    if request.kind is RequestKind.JOIN and ruling.outcome is Outcome.TO_ASKER:
        raise RuleError(N_("申请参与只能同意共同推进或维持现状。"))


def join(request: ClaimRequest) -> None:
    """Let the asker work on the project beside the holder, and share the credit."""
    project = request.claim.project
    if not project.names(request.owner):
        project.members.append(ProjectMember(user=request.owner, user_id=request.owner_id, duty=N_("共同推进")))
    note_wish(request)
    share(project, request)
    request.state = RequestState.DONE


def receive(request: ClaimRequest, *, by: User) -> None:
    """接收: the project, its claim and its company go to the asker's office; shares of credit stay."""
    require_receiver(request, by)
    claim, project = request.claim, request.claim.project
    share(project, request)
    move_company(project, request)
    former = project.owner
    project.owner, project.office = request.owner, request.office
    project.owner_id, project.office_id = request.owner_id, request.office_id
    if former is not None and former.id not in {member.user_id for member in project.members}:
        project.members.append(ProjectMember(user=former, user_id=former.id, duty=N_("原负责人")))
    claim.owner, claim.office = request.owner, request.office
    note_wish(request)
    request.state, request.received_by, request.received_at = RequestState.DONE, by, datetime.now(UTC)
    tell_parties(request)


def decline(request: ClaimRequest, reason: str, *, by: User) -> None:
    """不接收: things stay as they were."""
    require_receiver(request, by)
    if not reason.strip():
        raise RuleError(N_("请写明理由。"))
    request.decision = f"{request.decision}\n{request.office.name}：{reason.strip()}"
    request.state, request.received_by, request.received_at = RequestState.REFUSED, by, datetime.now(UTC)
    tell_parties(request)


def require_receiver(request: ClaimRequest, by: User) -> None:
    """Raise unless `by` manages the office that is to take the project over, and it waits for that."""
    claims.require_known(by, request.claim)
    if not is_manager_of(by, request.office_id):
        raise Forbidden(N_("由接收部门的负责人接收。"))
    request.require(RequestState.AGREED)


def withdraw(request: ClaimRequest, *, by: User) -> None:
    """撤回, by who asked, as long as nothing was decided."""
    claims.require_known(by, request.claim)
    if by.id != request.owner_id:
        raise Forbidden(N_("由申请人撤回。"))
    request.require(RequestState.ASKED)
    request.state = RequestState.WITHDRAWN


def note_wish(request: ClaimRequest) -> None:
    """The investor's written wish that prevailed becomes the claim's evidence."""
    if request.wish and not request.is_wish_refuted:
        claim = request.claim
        claim.evidence, claim.wish, claim.wish_on = Evidence.WISH, request.wish, request.wish_on


def share(project: Project, request: ClaimRequest) -> None:
    """The offices that had a share keep `kept_percent` of it, the asker's office gets the rest."""
    kept = request.kept_percent if request.kept_percent is not None else Decimal(50)
    before = shares_of(project)
    after = {office_id: (percent * kept / WHOLE).quantize(Decimal("0.01")) for office_id, percent in before.items()}
    after[request.office_id] = after.get(request.office_id, Decimal(0)) + WHOLE - sum(after.values())
    rows = {row.office_id: row for row in db.session.scalars(share_rows(project.id))}
    for office_id, percent in after.items():
        if office_id in rows:
            rows[office_id].percent = percent
        else:
            db.session.add(ProjectShare(project_id=project.id, office_id=office_id, percent=percent))
    db.session.flush()


def shares_of(project: Project) -> Mapping[int, Decimal]:
    """The shares of credit by office, in per cent; they add up to 100. The office in charge has all without rows."""
    found = {row.office_id: row.percent for row in db.session.scalars(share_rows(project.id))}
    if not found and project.office_id is not None:
        return {project.office_id: WHOLE}
    return found


def share_rows(project_id: int) -> Select[ProjectShare]:
    """The rows of a project's shares with their offices, the largest first."""
    query = select(ProjectShare).where(ProjectShare.project_id == project_id).options(joinedload(ProjectShare.office))
    return query.order_by(ProjectShare.percent.desc(), ProjectShare.id)


def move_company(project: Project, request: ClaimRequest) -> None:
    """The company goes along where the handing office held it and courts it with no other project."""
    company = project.company
    others = exists().where(
        Project.company_id == company.id,
        Project.id != project.id,
        Project.office_id == project.office_id,
        Project.archived_at.is_(None),
    )
    is_held = company.office_id is not None and company.office_id == project.office_id
    if is_held and not db.session.scalar(select(others)):
        company.owner, company.office = request.owner, request.office
        company.owner_id, company.office_id = request.owner_id, request.office_id


def tell_parties(request: ClaimRequest) -> None:
    """Tell who asked, who holds the claim, and who is to take it over."""
    url = f"/claims/{request.claim_id}"
    told = [request.owner, request.claim.owner]
    if request.state is RequestState.AGREED:
        managers = select(User).where(User.office_id == request.office_id, User.role == Role.MANAGER)
        told += db.session.scalars(managers).all()
    for user in told:
        key = f"claim request {request.id} {request.state.value}"
        notify(user, key=key, kind=NoticeKind.CLAIM_DECIDED, url=url)
