"""双轨: whom of the city a target could work with, and the other way round; the project that brings them together.

`register` is called by app.py once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import User
from crm.accounts.permissions import may, require_visible
from crm.chain.models import Position, Segment, SegmentTerm
from crm.companies import extensions
from crm.companies.models import Company, CompanySegment, LocalCompany
from crm.companies.queries import readable as company_readable
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.landing.locals.models import Need, PartnerWish
from crm.pipeline.models import Introduction, Project, ProjectPartner, Route
from crm.pipeline.permissions import readable, require_act
from crm.pipeline.services import Relations, open_project
from crm.rules import today

#: So many companies are compared, so many shown.
COMPARED, SHOWN = 400, 8
#: Who delivers to whom.
NEXT = {Position.UP: Position.MID, Position.MID: Position.DOWN}
#: What speaks most for bringing two together comes first.
WISHED, NEEDED, TRADES, ALIKE = 8, 4, 2, 1


@dataclass
class Match:
    """A company with which another could work, and why, in the page's language."""

    company: Company
    strength: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, strength: int, reason: str) -> None:
        """One more reason."""
        self.strength += strength
        self.reasons.append(reason)


@dataclass(frozen=True)
class Cooperation:
    """A project's partner, if it has one, and its introductions, the latest first."""

    partner: ProjectPartner | None
    introductions: Sequence[Introduction]


def register() -> None:
    """Show partners on the pages of companies; a second call changes nothing."""
    if partners_section not in extensions.sections:
        extensions.sections.append(partners_section)


def partners_section(company: Company, user: User) -> extensions.Section | None:
    """The card of a company's page: whom it could work with, and where that is under way."""
    if company.is_archived:
        return None
    matches = matches_of(company, user)
    found = db.session.execute(with_partner(company.id).add_columns(readable(user))).all()
    projects = [partner for partner, is_known in found if is_known]
    if not (matches or found or company.local):
        return None
    return extensions.Section(
        _("可对接的招商目标") if company.local else _("可对接的本地企业"),
        "pipeline/_partners.html",
        {
            "company": company,
            "matches": matches,
            "cooperations": projects,
            "hidden": len(found) - len(projects),
            "may_start": lambda target: may(user, "project.create", target),
        },
        icon="arrows-exchange",
        count=len(matches),
        id="partners",
        is_empty=not (matches or found),
    )


# Who could work with whom


def matches_of(company: Company, user: User) -> list[Match]:
    """The companies of the other side, the best first: of a target the city's, of a local company targets."""
    own = [link.segment for link in company.segments]
    wanted = wishes_between(company, user)
    ids = others_of(company, own, wanted, user)
    found = {each.id: Match(each) for each in db.session.scalars(described(ids)).unique()}
    for match in found.values():
        compare(match, own)
    add_wishes(found, company, wanted)
    if company.local is None:
        add_needs(found, own, user)
    fitting = [match for match in found.values() if match.reasons]
    return sorted(fitting, key=lambda m: (-m.strength, m.company.pinyin_key, m.company.id))[:SHOWN]


def wishes_between(company: Company, user: User) -> list[PartnerWish]:
    """The wishes that count: a local company's own; for a target those of local companies for one of its segments, as
    far as the user may read them."""
    query = select(PartnerWish).join(PartnerWish.company).where(company_readable(user), Company.archived_at.is_(None))
    query = query.where(or_(PartnerWish.until.is_(None), PartnerWish.until >= today()))
    if company.local is not None:
        query = query.where(PartnerWish.company_id == company.id)
    else:
        segments = [link.segment_id for link in company.segments]
        query = query.where(PartnerWish.segment_id.in_(segments), Company.is_demo == company.is_demo)
    return list(db.session.scalars(query.order_by(PartnerWish.id).limit(COMPARED)))


def others_of(company: Company, own: Sequence[Segment], wishes: Sequence[PartnerWish], user: User) -> Select[int]:
    """The ids of the companies that are compared: in one's segments, one step up or down the chain, or wished for."""
    is_local = select(LocalCompany.company_id)
    side = Company.id.not_in(is_local) if company.local else Company.id.in_(is_local)
    wanted = [wish.segment_id for wish in wishes] if company.local else []
    near = or_(CompanySegment.segment_id.in_([*(segment.id for segment in own), *wanted]), *map(is_beside, own))
    placed = select(CompanySegment.company_id).join(Segment, Segment.id == CompanySegment.segment_id).where(near)
    wishing = [] if company.local else [wish.company_id for wish in wishes]
    query = select(Company.id).where(side, or_(Company.id.in_(placed), Company.id.in_(wishing)))
    query = query.where(Company.id != company.id, Company.archived_at.is_(None), Company.is_demo == company.is_demo)
    if company.local is not None:  # a target is somebody's; the others stand in the ranking of the segment
        query = query.where(Company.owner_id.isnot(None), company_readable(user))
    return query.limit(COMPARED)


def is_beside(segment: Segment) -> ColumnElement[bool]:
    """The condition on Segment that it stands one step up or down of another in its chain."""
    beside = [*(up for up, down in NEXT.items() if down is segment.position), NEXT.get(segment.position)]  # type: ignore[arg-type] # None has no neighbour
    return and_(Segment.chain_id == segment.chain_id, Segment.position.in_([p for p in beside if p]))


def described(ids: Select[int]) -> Select[Company]:
    """Companies with what the card shows."""
    query = select(Company).where(Company.id.in_(ids)).options(joinedload(Company.office), joinedload(Company.local))
    return query.options(joinedload(Company.segments), selectinload(Company.tiers))


def compare(match: Match, own: Sequence[Segment]) -> None:
    """Note what the places of two companies in the chain say."""
    theirs = [link.segment for link in match.company.segments]
    same = [segment.name for segment in own if segment.id in {other.id for other in theirs}]
    if same:
        match.add(ALIKE, _("同在“%(segment)s”", segment=same[0]))
    pairs = [(mine, other) for mine in own for other in theirs if mine.chain_id == other.chain_id]
    for mine, other in pairs:
        if mine.position and NEXT.get(mine.position) is other.position:
            match.add(TRADES, _("可向它供货：“%(mine)s”供“%(other)s”", mine=mine.name, other=other.name))
            break
    for mine, other in pairs:
        if other.position and NEXT.get(other.position) is mine.position:
            match.add(TRADES, _("可向它采购：“%(other)s”供“%(mine)s”", mine=mine.name, other=other.name))
            break


def add_wishes(found: Mapping[int, Match], company: Company, wishes: Sequence[PartnerWish]) -> None:
    """Note whom the local company looks for."""
    for wish in wishes:
        for match in found.values():
            segments = {link.segment_id for link in match.company.segments}
            is_meant = wish.segment_id in segments if company.local else wish.company_id == match.company.id
            if is_meant:
                match.add(WISHED, _("本地企业在找：%(body)s", body=wish.body[:60]))


def add_needs(found: Mapping[int, Match], own: Sequence[Segment], user: User) -> None:
    """Note which open needs of local companies speak of a target's segments."""
    query = select(Need).join(Need.company).where(Need.company_id.in_(found.keys()), Need.settled_on.is_(None))
    needs = db.session.scalars(query.where(company_readable(user)).order_by(Need.id)).all()
    terms = select(SegmentTerm.term).where(SegmentTerm.segment_id.in_([segment.id for segment in own]))
    words = {segment.name for segment in own} | set(db.session.scalars(terms) if needs else ())
    for need in needs:
        if any(word in need.body for word in words):
            found[need.company_id].add(NEEDED, _("本地企业有诉求：%(body)s", body=need.body[:60]))


# Cooperation as a project


def with_partner(company_id: int) -> Select[ProjectPartner]:
    """The projects that name a company as partner, or that are its own with a partner, whoever may know of them."""
    query = select(ProjectPartner).join(ProjectPartner.project).where(Project.archived_at.is_(None))
    query = query.where(or_(ProjectPartner.company_id == company_id, Project.company_id == company_id))
    project = joinedload(ProjectPartner.project)
    return query.options(
        joinedload(ProjectPartner.company), project.joinedload(Project.company), project.joinedload(Project.stage)
    ).order_by(ProjectPartner.id.desc())


def cooperation_of(project: Project) -> Cooperation | None:
    """What a project of cooperation has come to; None for one of another route."""
    if project.route.makes_supply:
        return None
    partner = db.session.scalars(select(ProjectPartner).filter_by(project_id=project.id)).one_or_none()
    query = select(Introduction).filter_by(project_id=project.id).options(joinedload(Introduction.by))
    held = db.session.scalars(query.order_by(Introduction.on_day.desc(), Introduction.id.desc())).all()
    return Cooperation(partner, held)


def start_cooperation(target: Company, local: Company, by: User) -> Project:
    """立项 on the route of cooperation, with the local company as partner. Raises as open_project does, RuleError for a
    partner that is not local."""
    require_local(local)
    if target.local is not None:
        raise RuleError(N_("合作牵线要有一家外地企业，这一家已经是本地企业。"))
    route = db.session.scalars(
        select(Route).where(~Route.makes_supply).order_by(Route.is_active.desc(), Route.ordinal)
    ).first()
    if route is None:
        raise NotFound(N_("没有合作牵线的路径，请先在路径设置里添加。"))
    values = {"name": f"{target.name}与{local.name}合作"[:200]}
    relations = Relations(main_segment=target.main_segment)
    project = open_project(target, route, values, relations, by=by)
    db.session.add(ProjectPartner(project=project, company=local))
    db.session.flush()
    return project


def require_local(company: Company) -> None:
    """Raise RuleError for a company that is not the city's."""
    if company.local is None:
        raise RuleError(N_("“%(name)s”还不是本地企业，请先在企业页登记为本地企业。"), name=company.name)


def name_partner(project: Project, local: Company, by: User) -> ProjectPartner:
    """Name the partner of a project, or another instead. Forbidden by right, RuleError for one that is not local."""
    require_editable(project, by)
    require_visible(by, "company.card", local)
    require_local(local)
    partner = db.session.scalars(select(ProjectPartner).filter_by(project_id=project.id)).one_or_none()
    if partner is None:
        partner = ProjectPartner(project=project, company=local)
        db.session.add(partner)
    partner.company = local
    db.session.flush()
    return partner


def require_editable(project: Project, by: User) -> None:
    """Raise unless `by` may edit the project and it is one of cooperation."""
    require_act(by, "project.edit", project)
    if project.route.makes_supply:
        raise RuleError(N_("只有合作牵线的项目登记合作对象。"))
    if project.archived_at is not None:
        raise RuleError(N_("已归档的项目不能修改。"))


def introduce(project: Project, on_day: date, note: str, by: User) -> Introduction:
    """Note that `by` brought both together on a day. RuleError before the partner is named."""
    require_editable(project, by)
    if db.session.scalar(select(ProjectPartner.id).filter_by(project_id=project.id)) is None:
        raise RuleError(N_("请先登记合作对象。"))
    held = Introduction(project=project, on_day=on_day, note=note, by=by)
    db.session.add(held)
    db.session.flush()
    return held


def conclude(partner: ProjectPartner, outcome: str, on_day: date, by: User) -> None:
    """Write what came of it. The caller has locked the row and compared its version."""
    require_editable(partner.project, by)
    partner.outcome, partner.outcome_on = outcome, on_day
    db.session.flush()
