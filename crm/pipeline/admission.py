"""准入联审: offices are asked, answer by themselves, and a body decides. The decision opens 签约 (gates.is_admitted).

Acts lock the admission; of two people who open one at once the second is told so (uq_admissions_open).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Select, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.types import BigInteger

from crm.accounts.models import Office, User
from crm.accounts.permissions import may, office_ids, require
from crm.accounts.settings import setting
from crm.calendar import add_working_days
from crm.database import N_, db
from crm.errors import NotFound, RuleError
from crm.pipeline import origins, telling
from crm.pipeline.models import (
    Admission,
    AdmissionLevel,
    Criterion,
    Grade,
    Opinion,
    OpinionScore,
    OpinionVeto,
    Outcome,
    Project,
    Veto,
)
from crm.pipeline.permissions import may_read, require_act
from crm.rules import today


def default_due(day: date) -> date:
    """By when offices answer what is asked on a day: the setting admission_days, in working days."""
    return add_working_days(day, setting("admission_days"))


def open_admission(
    project: Project, offices: Collection[Office], *, due_on: date, question: str = "", by: User
) -> Admission:
    """Ask offices on a project by a day. RuleError where nobody is asked, one is open already, or the day is past."""
    require_act(by, "project.edit", project)
    if not project.is_open:
        raise RuleError(N_("只有推进中或暂缓的项目能发起联审。"))
    if not offices:
        raise RuleError(N_("请至少选择一个部门。"))
    if due_on < today():
        raise RuleError(N_("答复期限不能早于今天。"))
    found = Admission(opened_on=today(), due_on=due_on, question=question.strip(), by=by, by_id=by.id)
    found.opinions = [Opinion(office=office, office_id=office.id) for office in offices]
    try:
        with db.session.begin_nested():
            project.admissions.insert(0, found)
            db.session.flush()
    except IntegrityError:
        db.session.expire(project, ["admissions"])
        raise RuleError(N_("这个项目已有一次联审在进行。")) from None
    telling.asked(found)
    return found


def require_opinion(opinion: Opinion | None, act: str, *, by: User) -> Opinion:
    """The opinion; NotFound where `by` may not know of it, Forbidden where she may not do `act` to it.

    An asked office reads what it is asked; of a 受限 project only its named people do.
    """
    if opinion is None or not knows_of(by, opinion):
        raise NotFound(N_("没有找到这份联审意见，或者您没有权限查看。"))
    require(by, act, opinion)
    return opinion


def knows_of(user: User, opinion: Opinion) -> bool:
    """Whether `user` may know of an opinion: as somebody of the asked office, or through the project."""
    project = opinion.admission.project
    if project.is_restricted and not project.names(user):
        return False
    return may(user, "opinion.read", opinion) or may_read(user, project)


@dataclass(frozen=True)
class Answer:
    """What an office says: scores by criterion id (each up to its full marks), ids of vetoes."""

    grade: Grade
    comment: str
    scores: Mapping[int, Decimal]
    veto_ids: Collection[int]


def answer(opinion: Opinion, given: Answer, *, by: User) -> None:
    """Give, or change, an office's answer while the admission is open; the caller has locked it.

    RuleError for a decided admission, a score beyond the full marks, and an objection without words.
    """
    require(by, "opinion.answer", opinion)
    if not opinion.admission.is_open:
        raise RuleError(N_("联审已经有结论，不能再改意见。"))
    if (given.grade is not Grade.FOR or given.veto_ids) and not given.comment.strip():
        raise RuleError(N_("附条件、不同意或有否决项时，请写明意见。"))
    set_scores(opinion, given.scores)
    set_vetoes(opinion, given.veto_ids)
    opinion.grade, opinion.comment = given.grade, given.comment.strip()
    opinion.answered_at, opinion.answered_by = datetime.now(UTC), by


def set_scores(opinion: Opinion, scores: Mapping[int, Decimal]) -> None:
    """Make the scores equal to the given ones."""
    marks = {criterion.id: criterion for criterion in db.session.scalars(criteria())}
    kept = {score.criterion_id: score for score in opinion.scores}
    for criterion_id, value in scores.items():
        criterion = marks.get(criterion_id)
        if criterion is None or not 0 <= value <= criterion.weight:
            raise RuleError(N_("每项评分应在 0 到满分之间。"))
        score = kept.pop(criterion_id, None)
        if score is None:
            score = OpinionScore(criterion=criterion, criterion_id=criterion_id)
            opinion.scores.append(score)
        score.weight, score.score = criterion.weight, value
    for score in kept.values():
        opinion.scores.remove(score)


def set_vetoes(opinion: Opinion, veto_ids: Collection[int]) -> None:
    """Make the vetoes equal to the given ones."""
    known = {veto.id: veto for veto in db.session.scalars(vetoes())}
    for found in [found for found in opinion.vetoes if found.veto_id not in veto_ids]:
        opinion.vetoes.remove(found)
    for veto_id in set(veto_ids) - {found.veto_id for found in opinion.vetoes}:
        if veto_id not in known:
            raise NotFound(N_("没有这个否决项。"))
        opinion.vetoes.append(OpinionVeto(veto=known[veto_id], veto_id=veto_id))


@dataclass(frozen=True)
class Ruling:
    """What a body decided, where, and on which paper."""

    outcome: Outcome
    body: str
    level: AdmissionLevel
    meeting: str
    minutes_number: str
    decided_on: date
    conditions: str = ""


def decide(admission: Admission, ruling: Ruling, *, by: User) -> None:
    """Write down the decision; the caller has locked the admission.

    RuleError where it was decided, offices have time left to answer, a veto stands against admitting it, or the level
    is below the one that the amount asks for.
    """
    require_act(by, "admission.decide", admission.project)
    require_decidable(admission, ruling)
    admission.outcome, admission.level = ruling.outcome, ruling.level
    admission.body, admission.meeting = ruling.body, ruling.meeting
    admission.minutes_number, admission.decided_on = ruling.minutes_number, ruling.decided_on
    admission.conditions, admission.decided_by = ruling.conditions, by
    admission.expert_score = origins.expert_score(admission.project)
    telling.decided(admission)


def require_decidable(admission: Admission, ruling: Ruling) -> None:
    """RuleError where the decision breaks a rule."""
    if not admission.is_open:
        raise RuleError(N_("这次联审已经有结论。"))
    if admission.unanswered and ruling.decided_on <= admission.due_on:
        raise RuleError(N_("还有 %(count)d 个部门没有答复，期限未到。"), count=len(admission.unanswered))
    if ruling.decided_on < admission.opened_on or ruling.decided_on > today():
        raise RuleError(N_("决定日期应在发起联审之后、今天之前。"))
    admits = ruling.outcome in (Outcome.ADMITTED, Outcome.CONDITIONAL)
    if admits and admission.vetoes:
        names = "、".join(sorted({found.veto.name for found in admission.vetoes}))
        raise RuleError(N_("有否决项，不能通过：%(names)s。"), names=names)
    needed = level_for(admission.project.investment_wan)
    if admits and needed is not None and ruling.level.at_least_wan < needed.at_least_wan:
        raise RuleError(N_("这个投资额应由“%(level)s”或以上决定。"), level=needed.name)


def level_for(investment_wan: Decimal | None) -> AdmissionLevel | None:
    """Who decides on an amount: the level with the highest threshold that it reaches."""
    reached = [level for level in db.session.scalars(levels()) if level.at_least_wan <= (investment_wan or 0)]
    return reached[-1] if reached else None


def composite(admission: Admission) -> Decimal | None:
    """The score out of 100: the offices' mean, and the experts' with the share of the setting expert_share (percent).

    What there is alone counts alone; None before anybody has scored.
    """
    offices = admission.office_score
    experts = admission.expert_score if not admission.is_open else origins.expert_score(admission.project)
    if offices is None or experts is None:
        return offices if experts is None else experts
    share = Decimal(setting("expert_share")) / 100
    return offices * (1 - share) + experts * share


def criteria() -> Select[Criterion]:
    """The criteria in use."""
    return select(Criterion).where(Criterion.is_active).order_by(Criterion.ordinal, Criterion.id)


def vetoes() -> Select[Veto]:
    """The vetoes in use."""
    return select(Veto).where(Veto.is_active).order_by(Veto.ordinal, Veto.id)


def levels() -> Select[AdmissionLevel]:
    """Who decides, by rising amount."""
    return select(AdmissionLevel).order_by(AdmissionLevel.at_least_wan)


def whole(query: Select[Admission]) -> Select[Admission]:
    """Admissions with all that their pages show."""
    opinions = selectinload(Admission.opinions)
    return query.options(
        joinedload(Admission.by),
        joinedload(Admission.decided_by),
        joinedload(Admission.level),
        opinions.joinedload(Opinion.office),
        opinions.joinedload(Opinion.answered_by),
        opinions.selectinload(Opinion.scores),
        opinions.selectinload(Opinion.vetoes),
    )


def of_project(project: Project) -> Sequence[Admission]:
    """A project's admissions, the latest first."""
    query = whole(select(Admission).where(Admission.project_id == project.id))
    return db.session.scalars(query.order_by(Admission.id.desc())).unique().all()


def asked_of(user: User) -> Select[Opinion]:
    """What the offices of `user` are asked and have not answered, the first due first."""
    mine = literal(sorted(office_ids(user)), ARRAY(BigInteger))
    query = (
        select(Opinion)
        .join(Opinion.admission)
        .join(Admission.project)
        .where(
            Opinion.office_id == any_(mine),
            Opinion.answered_at.is_(None),
            Admission.outcome.is_(None),
            Project.archived_at.is_(None),
        )
    )
    project = joinedload(Opinion.admission).joinedload(Admission.project)
    query = query.options(project.joinedload(Project.company), project.joinedload(Project.members))
    return query.options(joinedload(Opinion.office)).order_by(Admission.due_on, Opinion.id)
