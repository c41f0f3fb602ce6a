"""What a project's page shows of its triage, admissions, agreements and milestones, in few statements."""

from typing import Any

from sqlalchemy import func, select

from crm.accounts.models import User
from crm.database import db
from crm.pipeline import agreements, dispatch, triage
from crm.pipeline.models import Agreement, MilestoneKind, Opinion, Project, Promise, WordingWarning
from crm.pipeline.models.milestones import COUNTED
from crm.pipeline.permissions import may_act
from crm.rules import today


def of(project: Project, user: User) -> dict[str, Any]:
    """The context of the parts `_triage`, `_admission`, `_agreements`, `_milestones` and `_way`."""
    return {
        "received_on": triage.received_on(project),
        "triage_due_on": triage.due_on(project),
        "triage_is_due": triage.is_due(project),
        "dispatches": db.session.scalars(dispatch.of_project(project)).unique().all(),
        "may_dispatch": may_act(user, "project.dispatch", project) and not project.is_restricted,
        "opinions": counted_opinions(project),
        "amounts": agreements.amounts(project),
        "promises": counted_promises(project) if project.agreements else {},
        "warned": counted_warnings(project) if project.agreements else {},
        "kinds": list(MilestoneKind),
        "counted_kinds": COUNTED,
        "may_archive": may_act(user, "project.archive", project),
        "may_restore": may_act(user, "project.restore", project),
    }


def counted_opinions(project: Project) -> dict[int, tuple[int, int]]:
    """{admission id: (answered, asked)}."""
    ids = [admission.id for admission in project.admissions]
    query = select(Opinion.admission_id, func.count(Opinion.answered_at), func.count())
    rows = db.session.execute(query.where(Opinion.admission_id.in_(ids)).group_by(Opinion.admission_id)) if ids else ()
    return {admission_id: (answered, asked) for admission_id, answered, asked in rows}


def counted_promises(project: Project) -> dict[int, tuple[int, int, int]]:
    """{agreement id: (promises, late, 待清理)}."""
    is_open = Promise.fulfilled_on.is_(None) & Promise.flagged_on.is_(None)
    late = func.count().filter(is_open & (Promise.due_on < today()))
    to_clear = func.count().filter(Promise.flagged_on.is_not(None) & Promise.cleared_on.is_(None))
    query = select(Promise.agreement_id, func.count(), late, to_clear).join(Promise.agreement)
    rows = db.session.execute(query.where(Agreement.project_id == project.id).group_by(Promise.agreement_id))
    return {agreement_id: (every, late, unlawful) for agreement_id, every, late, unlawful in rows}


def counted_warnings(project: Project) -> dict[int, int]:
    """{agreement id: red lines that wait for an answer}."""
    query = select(WordingWarning.agreement_id, func.count()).join(WordingWarning.agreement)
    query = query.where(
        Agreement.project_id == project.id,
        WordingWarning.answered_at.is_(None),
        WordingWarning.withdrawn_at.is_(None),
    )
    rows = db.session.execute(query.group_by(WordingWarning.agreement_id))
    return {row[0]: row[1] for row in rows}
