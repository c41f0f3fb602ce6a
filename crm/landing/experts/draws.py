"""Drawing experts so that anyone can repeat it.

The seed ranks the candidates: each is placed by the SHA-256 of “seed:number”, the smallest first. The first of them are
drawn; whoever refuses is followed by the next. With the seed, the candidates' numbers and any SHA-256 tool the ranking
can be made again.
"""

import hashlib
import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import Select, not_, select
from sqlalchemy.orm import aliased, selectinload

from crm.accounts.models import User
from crm.companies.models import Company, CompanyAlias
from crm.companies.naming import name_key
from crm.database import N_, db
from crm.errors import RuleError
from crm.landing import extensions
from crm.landing.experts.models import Draw, Expert, ExpertField, Seat, SeatState

SAME_UNIT = N_("与企业同一单位")
SAME_GROUP = N_("与企业同一集团")
DECLARED = N_("已申报回避")
TOO_FEW = N_("符合条件且不用回避的专家只有 %(count)d 位，不够抽取 %(wanted)d 位。")


def rank(seed: str, expert_ids: Iterable[int]) -> list[int]:
    """The experts' numbers in the order of the seed; the order in which they are given does not matter."""
    return sorted(expert_ids, key=lambda expert_id: place(seed, expert_id))


def place(seed: str, expert_id: int) -> str:
    """What an expert is sorted by."""
    return hashlib.sha256(f"{seed}:{expert_id}".encode()).hexdigest()


def draw(purpose: str, field: str, wanted: int, company: Company | None, *, by: User, seed: str | None = None) -> Draw:
    """Draw `wanted` experts of a field (or of all) who have no conflict with a company.

    The seed is made here, never chosen by a person; tests give one. RuleError where there are too few.
    """
    left_out = conflicts(experts_of(field), company)
    excluded = {expert.id for expert, _reason in left_out}
    eligible = [expert.id for expert in experts_of(field) if expert.id not in excluded]
    if len(eligible) < wanted:
        raise RuleError(TOO_FEW, count=len(eligible), wanted=wanted)
    seed = seed or secrets.token_hex(8)
    ranking = rank(seed, eligible)
    found = Draw(
        purpose=purpose,
        field=field,
        wanted=wanted,
        company=company,
        seed=seed,
        ranking=ranking,
        left_out=[{"id": expert.id, "reason": reason} for expert, reason in left_out],
        by_id=by.id,
    )
    found.seats = [Seat(ordinal=ordinal, expert_id=expert_id) for ordinal, expert_id in enumerate(ranking[:wanted])]
    db.session.add(found)
    db.session.flush()  # seats load their experts by id
    return found


def visible_to(user: User) -> Select[Draw]:
    """The draws that a user may know of: for what she may not know of, nobody was drawn."""
    return select(Draw).where(*(not_(hidden(user)) for hidden in extensions.hidden_draws))


def experts_of(field: str) -> Sequence[Expert]:
    """The experts who can be drawn for a field, by number; '' is any field."""
    query = select(Expert).where(Expert.is_active).order_by(Expert.id).options(selectinload(Expert.conflicts))
    if field:
        query = query.where(Expert.id.in_(select(ExpertField.expert_id).where(ExpertField.name == field)))
    return db.session.scalars(query).all()


def fields() -> list[str]:
    """The fields of the register."""
    return list(db.session.scalars(select(ExpertField.name).distinct().order_by(ExpertField.name)))


def conflicts(experts: Iterable[Expert], company: Company | None) -> list[tuple[Expert, str]]:
    """Who of them may not judge on the company, and why."""
    if company is None:
        return []
    group = group_ids(company)
    own, others = names_of([company.id]), names_of(group)
    found = ((expert, conflict(expert, own, others, group)) for expert in experts)
    return [(expert, reason) for expert, reason in found if reason]


def conflict(expert: Expert, own: set[str], others: set[str], group: Sequence[int]) -> str:
    """Why an expert may not judge; '' if nothing is against it."""
    unit, its_group = name_key(expert.unit), name_key(expert.group_name) if expert.group_name else None
    if unit in own:
        return SAME_UNIT
    if unit in others or its_group in others:
        return SAME_GROUP
    return DECLARED if any(each.company_id in group for each in expert.conflicts) else ""


def group_ids(company: Company) -> list[int]:
    """The company and all of its group: below its topmost parent."""
    top, seen = company, {company.id}
    while top.parent is not None and top.parent.id not in seen:
        top = top.parent
        seen.add(top.id)
    below = select(Company.id).where(Company.id == top.id).cte("below", recursive=True)
    child = aliased(Company)
    below = below.union(select(child.id).where(child.parent_id == below.c.id))
    return list(db.session.scalars(select(below.c.id)))


def names_of(company_ids: Sequence[int]) -> set[str]:
    """The companies' names and other names, as they are compared."""
    names = select(Company.name_key).where(Company.id.in_(company_ids))
    aliases = select(CompanyAlias.alias_key).where(CompanyAlias.company_id.in_(company_ids))
    return set(db.session.scalars(names.union(aliases)))


def answer(seat: Seat, state: SeatState, reason: str = "") -> Seat | None:
    """Note what an expert answered; after a refusal the next of the ranking is invited and returned.

    RuleError for a refusal without a reason, or of a seat that was refused already.
    """
    if seat.state is SeatState.REFUSED:
        raise RuleError(N_("这位专家已经回绝，由后面的专家递补。"))
    if state is SeatState.REFUSED and not reason.strip():
        raise RuleError(N_("请写明不能参加的原因。"))
    seat.state, seat.reason = state, reason.strip()
    if state is not SeatState.REFUSED:
        return None
    seat.score, seat.comment = None, ""
    return replace(seat.draw)


def replace(found: Draw) -> Seat | None:
    """Invite the next of the ranking; None where it is used up."""
    ordinal = len(found.seats)
    if ordinal >= len(found.ranking):
        return None
    following = Seat(ordinal=ordinal, expert_id=found.ranking[ordinal])
    found.seats.append(following)
    db.session.flush()  # the page shows her name
    return following


def is_repeatable(found: Draw) -> bool:
    """Whether the recorded seed gives the recorded ranking, and the seats follow it."""
    seated = [seat.expert_id for seat in found.seats]
    return rank(found.seed, found.ranking) == found.ranking and found.ranking[: len(seated)] == seated
