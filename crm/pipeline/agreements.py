"""协议 and 承诺: acts on agreements, their wording, reviews and promises; how much is intended, signed, begun.

The wording of an agreement and of a promise is held against the red lines in force (crm/landing/redlines): each that is
crossed becomes a warning, which somebody answers in writing before the agreement is signed.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import joinedload, selectinload
from werkzeug.datastructures import FileStorage

from crm.accounts.models import User
from crm.database import N_, db
from crm.errors import RuleError
from crm.landing.redlines.models import RedLine
from crm.landing.redlines.wording import crossings, lines_in_force
from crm.pipeline import documents, gates
from crm.pipeline.models import (
    Agreement,
    AgreementKind,
    AgreementReview,
    AgreementReviewKind,
    AgreementVersion,
    MilestoneKind,
    Project,
    Promise,
    WordingWarning,
)
from crm.pipeline.permissions import require_editable
from crm.rules import today


def draft(project: Project, values: Mapping[str, Any], wording: str = "", *, by: User) -> Agreement:
    """Begin an agreement, with its first wording where there is one; `values` are columns of Agreement."""
    require_editable(by, project)
    found = Agreement(project=project, **values)
    db.session.add(found)
    db.session.flush()  # versions name it
    if wording:
        add_version(found, wording, by=by)
    return found


def edit(agreement: Agreement, values: Mapping[str, Any], *, by: User) -> None:
    """Set columns of an agreement. RuleError where what was signed would say something else."""
    require_editable(by, agreement.project)
    settled = ("kind", "amount_wan", "signatory", "authority")
    if agreement.signed_on is not None and any(values[name] != getattr(agreement, name) for name in settled):
        raise RuleError(N_("已签署的协议不能改类别、投资额、签署人和授权；请另立补充协议。"))
    for name, value in values.items():
        setattr(agreement, name, value)


def add_version(agreement: Agreement, wording: str, note: str = "", *, by: User) -> AgreementVersion:
    """A new wording; the earlier ones stay. What it says against red lines is warned of, and what reviews passed as it
    stood has to be reviewed again. The caller holds the lock.

    RuleError for a signed agreement: what was agreed later is a 补充协议.
    """
    require_editable(by, agreement.project)
    require_unsigned(agreement)
    if not wording.strip():
        raise RuleError(N_("请填写协议文本。"))
    number = max((version.number for version in agreement.versions), default=0) + 1
    found = AgreementVersion(number=number, wording=wording.strip(), note=note.strip(), by=by)
    agreement.versions.insert(0, found)
    agreement.updated_at = func.clock_timestamp()  # a form that began from an earlier wording is old now
    for each in agreement.reviews:
        each.see_changed(datetime.now(UTC))
    check_wording(agreement, found.wording)
    return found


def require_unsigned(agreement: Agreement) -> None:
    """RuleError where its wording is settled."""
    if agreement.voided_on is not None:
        raise RuleError(N_("协议已经作废。"))
    if agreement.signed_on is not None:
        raise RuleError(N_("协议已经签署，不能再改文本；请另立补充协议。"))


def check_wording(agreement: Agreement, text: str, promise: Promise | None = None) -> None:
    """Warn of the red lines that a text crosses; an answer stays while the same sentence stays.

    `promise`: the text is its; else the agreement's own.
    """
    found = {c.line.id: c for c in crossings(text, lines_in_force(RedLine.for_agreements.is_(True)))}
    for warning in [each for each in agreement.warnings if each.promise is promise and each.withdrawn_at is None]:
        crossing = found.get(warning.red_line_id)
        if crossing is not None and crossing.sentence == warning.excerpt:
            del found[warning.red_line_id]
        else:
            warning.withdrawn_at = datetime.now(UTC)
    for crossing in found.values():
        agreement.warnings.append(
            WordingWarning(promise=promise, red_line=crossing.line, excerpt=crossing.sentence, rule=crossing.line.rule)
        )


def review(agreement: Agreement, found: AgreementReview, *, by: User) -> None:
    """Write down a review; the last of a kind counts. RuleError once the agreement is signed."""
    require_editable(by, agreement.project)
    require_unsigned(agreement)
    agreement.reviews.append(found)


def answer_warning(warning: WordingWarning, text: str, *, by: User) -> None:
    """Say in writing why the wording stands, or what is done about it."""
    require_editable(by, warning.agreement.project)
    if not text.strip():
        raise RuleError(N_("请书面说明处理意见。"))
    if not warning.is_open:
        raise RuleError(N_("这条提示已经处理。"))
    warning.answer, warning.answered_at, warning.answered_by = text.strip(), datetime.now(UTC), by


def sign(agreement: Agreement, on_day: date, *, by: User) -> None:
    """签署. A formal agreement needs every review; any agreement a signatory with authority and answered warnings.

    RuleError for what is missing. The caller holds the lock.
    """
    require_editable(by, agreement.project)
    require_unsigned(agreement)
    if not agreement.signatory or not agreement.authority:
        raise RuleError(N_("请先填写我方签署人和授权依据。"))
    if agreement.unanswered_warnings:
        raise RuleError(N_("还有 %(count)d 条红线提示没有书面答复。"), count=len(agreement.unanswered_warnings))
    lacking = [kind.label for kind in required_reviews(agreement) if not agreement.has_passed(kind)]
    if lacking:
        raise RuleError(N_("签署前还缺：%(names)s。"), names="、".join(lacking))
    if on_day > today():
        raise RuleError(N_("签署日期不能晚于今天。"))
    agreement.signed_on = on_day


def required_reviews(agreement: Agreement) -> list[AgreementReviewKind]:
    """The reviews that an agreement needs: of a formal one those that the gates of its project's route ask for."""
    if agreement.kind is not AgreementKind.FORMAL:
        return []
    items = [item for stage in agreement.project.route.stages for item in stage.gate_items]
    asked = {item.fact for item in items if gates.asks(item, agreement.project, agreement.project.route)}
    return [kind for kind in AgreementReviewKind if f"review_{kind.value}" in asked]


def void(agreement: Agreement, reason: str, on_day: date, *, by: User) -> None:
    """作废, with the reason; it stays on record and no longer counts."""
    require_editable(by, agreement.project)
    if not reason.strip():
        raise RuleError(N_("请写明作废的原因。"))
    if agreement.voided_on is None:
        agreement.voided_on, agreement.void_reason = on_day, reason.strip()


def promise(agreement: Agreement, values: Mapping[str, Any], *, by: User, known: Promise | None = None) -> Promise:
    """Write down a promise of either side, or mend one; its words are held against the red lines.

    `values` are columns of Promise and its `owner`.
    """
    require_editable(by, agreement.project)
    found = known or Promise()
    for name, value in values.items():
        setattr(found, name, value)
    if known is None:
        agreement.promises.append(found)
    db.session.flush()  # a warning names it
    check_wording(agreement, found.body, found)
    return found


def fulfil(found: Promise, on_day: date, evidence: str, *, by: User, file: FileStorage | None = None) -> None:
    """兑现, with its evidence in words and a file. RuleError for one that is unlawful: it must not be kept."""
    require_editable(by, found.agreement.project)
    if found.flagged_on is not None:
        raise RuleError(N_("这条承诺已标为待清理，不能兑现。"))
    if not evidence.strip():
        raise RuleError(N_("请写明兑现的佐证。"))
    if on_day > today():
        raise RuleError(N_("兑现日期不能晚于今天。"))
    found.fulfilled_on, found.evidence = on_day, evidence.strip()
    if file is not None:
        documents.attach(found.agreement.project, file, by=by, promise=found)


def flag(found: Promise, reason: str, *, by: User) -> None:
    """标为待清理: unlawful by today's rules. It stays on record for ever."""
    require_editable(by, found.agreement.project)
    if not reason.strip():
        raise RuleError(N_("请写明违反了什么规定。"))
    if found.flagged_on is None:
        found.flagged_on, found.flag_reason = today(), reason.strip()


def clear(found: Promise, how: str, *, by: User) -> None:
    """清理完成: how it was put right."""
    require_editable(by, found.agreement.project)
    if not found.is_to_clear:
        raise RuleError(N_("这条承诺没有待清理的问题。"))
    if not how.strip():
        raise RuleError(N_("请写明怎样清理。"))
    found.cleared_on, found.clearing = today(), how.strip()


def whole(query: Select[Agreement]) -> Select[Agreement]:
    """Agreements with all that their pages show."""
    warnings, promises = selectinload(Agreement.warnings), selectinload(Agreement.promises)
    return query.options(
        selectinload(Agreement.versions).joinedload(AgreementVersion.by),
        selectinload(Agreement.reviews),
        promises.joinedload(Promise.owner),
        warnings.joinedload(WordingWarning.answered_by),
    )


def of_project(project: Project) -> list[Agreement]:
    """A project's agreements, the latest first."""
    query = whole(select(Agreement).where(Agreement.project_id == project.id).order_by(Agreement.id.desc()))
    return list(db.session.scalars(query).unique())


def promises_due(user: User, until: date) -> Select[Promise]:
    """The open promises that `user` looks after and that are due by a day (late ones among them), the first first."""
    query = select(Promise).join(Promise.agreement).join(Agreement.project)
    query = query.where(Promise.owner_id == user.id, *is_open(), Promise.due_on <= until)
    agreement = joinedload(Promise.agreement).joinedload(Agreement.project)
    query = query.options(agreement.joinedload(Project.company), agreement.joinedload(Project.members))
    return query.order_by(Promise.due_on, Promise.id)


def is_open() -> tuple[ColumnElement[bool], ...]:
    """Promise.is_open as conditions, of agreements and projects that still count; both are joined."""
    return (
        Promise.fulfilled_on.is_(None),
        Promise.flagged_on.is_(None),
        Agreement.voided_on.is_(None),
        Project.archived_at.is_(None),
    )


#: So many promises a list shows at most.
SHOWN = 200


def listed(project_condition: ColumnElement[bool], state: str, day: date) -> Select[Promise]:
    """Promises of the projects of a condition: `open`, `late`, `to_clear` (待清理) or `all`; the first due first."""
    query = select(Promise).join(Promise.agreement).join(Agreement.project).where(project_condition)
    conditions: dict[str, tuple[ColumnElement[bool], ...]] = {
        "open": is_open(),
        "late": (*is_open(), Promise.due_on < day),
        "to_clear": (Promise.flagged_on.is_not(None), Promise.cleared_on.is_(None)),
        "all": (),
    }
    agreement = joinedload(Promise.agreement).joinedload(Agreement.project)
    query = query.where(*conditions[state]).options(agreement, joinedload(Promise.owner))
    return query.order_by(Promise.due_on.nulls_last(), Promise.id).limit(SHOWN)


#: The investment that a project's signed agreements say, by what counts: each project once, by its largest.
INTENDED = (AgreementKind.INTENT, AgreementKind.FRAMEWORK)


def amount_of(project: Project, *kinds: AgreementKind) -> Decimal | None:
    """The largest investment (万元) of a project's signed agreements of these kinds; None without any.

    A project without an amount in its agreement counts with its own.
    """
    signed = [each for each in project.agreements if each.kind in kinds and each.is_signed]
    if not signed:
        return None
    return max((each.amount_wan or project.investment_wan or Decimal(0)) for each in signed)


def amounts(project: Project) -> dict[str, Decimal | None]:
    """意向, 签约 and 开工 of a project, apart, in 万元: intended (意向 and 框架), signed (正式 alone), started (of the
    signed one, once 开工 is dated)."""
    signed = amount_of(project, AgreementKind.FORMAL)
    has_started = any(each.kind is MilestoneKind.STARTED for each in project.milestones)
    return {
        "intended": amount_of(project, *INTENDED),
        "signed": signed,
        "started": signed if has_started else None,
    }


def signed_amounts(kinds: Iterable[AgreementKind]) -> Select[int, Decimal, date | None]:
    """(project id, investment in 万元, first day signed) of the projects with a signed agreement of these kinds."""
    amount = func.max(func.coalesce(Agreement.amount_wan, Project.investment_wan, 0))
    query = select(Agreement.project_id, amount, func.min(Agreement.signed_on)).join(Agreement.project)
    query = query.where(
        Agreement.kind.in_(list(kinds)), Agreement.signed_on.is_not(None), Agreement.voided_on.is_(None)
    )
    return query.group_by(Agreement.project_id)
