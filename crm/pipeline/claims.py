"""首谈: filing, accepting, keeping and ending a claim, and who sees which.

A claim is a row of a project. Everybody learns which office holds a company's project (as everybody sees who holds a
company), but not the project itself; of a 受限 project nobody learns but those named on it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from crm.accounts.models import Office, Role, User
from crm.accounts.permissions import may
from crm.accounts.settings import setting
from crm.companies.models import Company
from crm.database import N_, db, locked
from crm.errors import Forbidden, NotFound, RuleError
from crm.interactions.models import Interaction
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.pagination import Sort
from crm.pipeline.models import Project, Secrecy
from crm.pipeline.models.claims import LIVE, Claim, ClaimState, Evidence
from crm.pipeline.permissions import may_act, may_read, readable, require_act
from crm.pipeline.queries import interactions_of
from crm.rules import today

SORTS = {"-id": Sort(Claim.id, Claim.id, descending=True)}
#: The lists of the page.
SCOPES = ("ours", "to_decide", "live", "past")


@dataclass(frozen=True)
class Proof:
    """What a claim is filed with: a contact with the company, or the investor's written wish and its day."""

    interaction: Interaction | None = None
    wish: str = ""
    wish_on: date | None = None


def file(project_id: int, proof: Proof, *, by: User) -> Claim:
    """Claim a project for the office of `by`. Above the threshold (setting) the coordinating office decides; below it,
    or while the investment is not known, the claim is only recorded as the first.

    Raises NotFound, Forbidden by right; RuleError where somebody was faster or nothing proves it.
    """
    project = require_act(by, "claim.file", locked(db.session, Project, project_id))
    if not project.is_open:
        raise RuleError(N_("只有推进或暂缓的项目能报备首谈。"))
    require_free(project)
    claim = Claim(
        project=project, owner=by, office=by.office, state=first_state(project), kept_since=today(),
        evidence=Evidence.WISH if proof.wish else Evidence.CONTACT,
        interaction=require_contact(project, proof, by),
        wish=proof.wish,
        wish_on=proof.wish_on,
    )  # fmt: skip
    db.session.add(claim)
    try:
        db.session.flush()
    except IntegrityError:
        raise RuleError(N_("这个项目刚被别人报备了首谈。")) from None
    tell_coordinators(claim)
    return claim


def require_free(project: Project) -> None:
    """Raise RuleError where the project has a live claim."""
    held = live_of(project.id)
    if held is not None:
        raise RuleError(N_("%(office)s 已经报备了这个项目的首谈。"), office=held.office.name)


def require_contact(project: Project, proof: Proof, by: User) -> Interaction | None:
    """The contact that proves it, one about the project or with its company that `by` may read."""
    if proof.wish and proof.wish_on is not None:
        return None
    if proof.interaction is None:
        raise RuleError(N_("请选择一条接洽记录，或写明企业书面意向及其日期。"))
    offered = {contact.id for contact in contacts_for(project, by)}
    if proof.interaction.id not in offered:
        raise NotFound(N_("没有找到这条记录，或者您没有权限查看。"))
    return proof.interaction


def contacts_for(project: Project, by: User) -> Sequence[Interaction]:
    """The contacts that can prove a claim: those about the project, the latest first."""
    return db.session.scalars(interactions_of(by, project.id).limit(20)).unique().all()


def first_state(project: Project) -> ClaimState:
    """Whether the claim waits for a decision or is only recorded. RuleError where nobody could decide on it."""
    investment = project.investment_wan
    if investment is None or investment < setting("claim_threshold_wan"):
        return ClaimState.RECORDED
    if not coordinators(project):
        raise RuleError(N_("没有能认定这项首谈的统筹部门负责人；受限项目请先把他列入专班。"))
    return ClaimState.FILED


def coordinators(project: Project) -> Sequence[User]:
    """The managers of the coordinating office who may know of the project."""
    query = select(User).join(Office, Office.id == User.office_id)
    query = query.where(Office.is_coordinating, User.role == Role.MANAGER, User.disabled_at.is_(None))
    found = db.session.scalars(query.order_by(User.id)).all()
    return [user for user in found if not project.is_restricted or project.names(user)]


def tell_coordinators(claim: Claim) -> None:
    """Tell who is to decide."""
    if claim.state is ClaimState.FILED:
        for user in coordinators(claim.project):
            notify(user, key=f"claim {claim.id} filed", kind=NoticeKind.CLAIM_FILED, url=f"/claims/{claim.id}")


def is_coordinator(user: User) -> bool:
    """Whether `user` decides on claims: a manager of the coordinating office."""
    return user.role is Role.MANAGER and user.office.is_coordinating


def may_decide(user: User, claim: Claim) -> bool:
    """Whether `user` may accept, refuse or end a claim: the coordinating office's manager, who may know of it."""
    return may(user, "claim.accept") and is_coordinator(user) and may_know(user, claim)


def require_decider(user: User, claim: Claim) -> None:
    """NotFound where `user` may not know of the claim, Forbidden where it is not hers to decide."""
    require_known(user, claim)
    if not may_decide(user, claim):
        raise Forbidden(N_("首谈由统筹部门负责人认定和结束。"))


def accept(claim: Claim, reason: str, *, by: User) -> None:
    """认定."""
    require_decider(by, claim)
    claim.accept(by=by, at=datetime.now(UTC), on_day=today(), reason=reason)
    tell_claimant(claim)


def refuse(claim: Claim, reason: str, *, by: User) -> None:
    """不予认定, with the reason."""
    require_decider(by, claim)
    claim.refuse(by=by, at=datetime.now(UTC), reason=reason)
    tell_claimant(claim)


def end(claim: Claim, reason: str, *, by: User) -> None:
    """End a claim: by the coordinating office, or given up by who holds it."""
    require_known(by, claim)
    if claim.owner_id != by.id:
        require_decider(by, claim)
    claim.end(by=by, at=datetime.now(UTC), reason=reason)
    tell_claimant(claim)


def tell_claimant(claim: Claim) -> None:
    """Tell who filed it what became of it."""
    key = f"claim {claim.id} {claim.state.value}"
    notify(claim.owner, key=key, kind=NoticeKind.CLAIM_DECIDED, url=f"/claims/{claim.id}")


def may_know(user: User, claim: Claim) -> bool:
    """Whether `user` may know that a claim exists: anybody, but of a 受限 project only who is named on it."""
    return may(user, "claim.read") and (not claim.project.is_restricted or claim.project.names(user))


def require_known(user: User, claim: Claim | None) -> Claim:
    """The claim; NotFound where there is none or `user` may not know of it."""
    if claim is None or not may_know(user, claim):
        raise NotFound(N_("没有找到这项首谈，或者您没有权限查看。"))
    return claim


def title_of(claim: Claim, user: User) -> str:
    """What a claim is called before `user`: its project's name where she may know it, else the company's."""
    project = claim.project
    is_told = project.secrecy is Secrecy.PUBLIC or may_read(user, project)
    return project.name if is_told else project.company.name


def known_to(user: User) -> ColumnElement[bool]:
    """`may_know` as a condition."""
    open_ones = select(Project.id).where(Project.secrecy != Secrecy.RESTRICTED)
    mine = select(Project.id).where(Project.secrecy == Secrecy.RESTRICTED, readable(user))
    return or_(Claim.project_id.in_(open_ones), Claim.project_id.in_(mine))


def with_names(query: Select[Claim]) -> Select[Claim]:
    """The same claims with what a line of a list shows."""
    project = joinedload(Claim.project)
    return query.options(
        joinedload(Claim.office), joinedload(Claim.owner), joinedload(Claim.decided_by),
        project.joinedload(Project.company), project.joinedload(Project.members), project.joinedload(Project.route),
    )  # fmt: skip


def live_of(project_id: int) -> Claim | None:
    """The live claim on a project."""
    query = select(Claim).where(Claim.project_id == project_id, Claim.state.in_(LIVE))
    return db.session.scalars(with_names(query)).unique().one_or_none()


def of_project(project_id: int) -> Sequence[Claim]:
    """All claims on a project, the latest first."""
    query = select(Claim).where(Claim.project_id == project_id).order_by(Claim.id.desc())
    return db.session.scalars(with_names(query)).unique().all()


def live_on_companies(user: User, company_ids: Collection[int] | Select[int]) -> Sequence[Claim]:
    """The live claims on projects of some companies that `user` may know of, the first recorded first."""
    projects = select(Project.id).where(Project.company_id.in_(company_ids), Project.archived_at.is_(None))
    query = select(Claim).where(Claim.state.in_(LIVE), Claim.project_id.in_(projects), known_to(user))
    return db.session.scalars(with_names(query).order_by(Claim.id)).unique().all()


def family_of(company: Company) -> Select[int]:
    """The ids of a company and of its group: its mother, her daughters and its own."""
    mother = company.parent_id or company.id
    of_family = or_(Company.parent_id.in_([mother, company.id]), Company.id.in_([mother, company.id]))
    return select(Company.id).where(of_family)


def listed(user: User, scope: str) -> Select[Claim]:
    """A list of the page: one's office's claims, those that wait for one's decision, all live ones, past ones."""
    query = with_names(select(Claim).where(known_to(user)))
    if scope == "ours":
        return query.where(Claim.office_id == user.office_id, Claim.state.in_(LIVE))
    if scope == "to_decide":
        return query.where(Claim.state == ClaimState.FILED)
    return query.where(Claim.state.in_(LIVE) if scope == "live" else Claim.state.not_in(LIVE))


def lapses_on(claim: Claim, term: int) -> date | None:
    """The last day of an accepted claim unless the project has a contact before; `term` in days (`lapse_term`)."""
    if claim.state is not ClaimState.ACCEPTED:
        return None
    since = max(claim.kept_since, claim.project.last_contact_on or claim.kept_since)
    return since + timedelta(days=term)


def lapse_term() -> int:
    """Days without contact after which an accepted claim lapses (setting)."""
    return int(setting("claim_lapse_days"))


def keep_up(day: date) -> None:
    """What time does to claims by `day`: warn, let lapse, end with the project. Run again it changes nothing.

    Each notice is told once per term, so a run that was missed is caught up and none repeats.
    """
    term, warning = lapse_term(), timedelta(days=setting("claim_warning_days"))
    live = with_names(select(Claim).where(Claim.state.in_(LIVE))).with_for_update(of=Claim)
    for claim in db.session.scalars(live).unique():
        if not claim.project.is_open:
            claim.end(by=None, at=datetime.now(UTC), reason=N_("项目已不再推进"))
            continue
        last = lapses_on(claim, term)
        if last is not None and day > last:
            claim.lapse(at=datetime.now(UTC), reason=N_("超过期限没有接触"))
            tell_lapse(claim, last, NoticeKind.CLAIM_LAPSED)
        elif last is not None and day >= last - warning:
            tell_lapse(claim, last, NoticeKind.CLAIM_LAPSING)


def tell_lapse(claim: Claim, last: date, kind: NoticeKind) -> None:
    """Tell the claimant, once per term."""
    notify(claim.owner, key=f"claim {claim.id} {kind.value} {last}", kind=kind, url=f"/claims/{claim.id}")


def may_file(user: User, project: Project) -> bool:
    """Whether `user` may file a claim on a project now."""
    return project.is_open and may_act(user, "claim.file", project)


def lacking_people(project: Project) -> bool:
    """Whether the project is so large (setting) that it must have a 专班 and a 挂点领导, and lacks one."""
    is_large = (project.investment_wan or 0) >= setting("taskforce_wan")
    return project.is_open and is_large and not (project.members and project.sponsor_id)


@dataclass(frozen=True)
class Standing:
    """What a project's page says of its claim."""

    live: Claim | None
    lapses_on: date | None
    open_requests: int
    may_file: bool
    lacks_people: bool
    taskforce_wan: Decimal


def standing(project: Project, user: User) -> Standing:
    """How a project stands: its live claim, whether `user` may file one, whether a 专班 is missing."""
    live = live_of(project.id)
    return Standing(
        live=live,
        lapses_on=lapses_on(live, lapse_term()) if live else None,
        open_requests=sum(request.is_open for request in live.requests) if live else 0,
        may_file=live is None and may_file(user, project),
        lacks_people=lacking_people(project),
        taskforce_wan=Decimal(setting("taskforce_wan")),
    )
