"""Who is told of triage, 交办, 准入联审 and promises. A notice holds a count and a link, never a name."""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select

from crm.accounts.models import Role, User
from crm.database import db
from crm.notices.models import NoticeKind
from crm.notices.services import notify
from crm.pipeline.models import Admission, Agreement, Dispatch, Project, Promise, Triage
from crm.pipeline.permissions import may_read

#: A promise is told of so many days before it is due.
BEFORE = 7


def dispatched(row: Dispatch) -> None:
    """The receiving office's managers hear of a lead that waits for them."""
    for user in staff_of([row.office_id], Role.MANAGER):
        notify(user, key=f"dispatch {row.id}", kind=NoticeKind.LEAD_RECEIVED, url=f"/dispatches/{row.id}")


def taken_over(row: Dispatch, owner: User) -> None:
    """Whoever is in charge now hears of it."""
    notify(owner, key=f"dispatch {row.id} owner", kind=NoticeKind.PROJECT_ASSIGNED, url=f"/projects/{row.project_id}")


def answered(triage: Triage) -> None:
    """Whoever of us brought the lead hears that there is an answer."""
    lead = triage.project.lead
    if lead is not None and lead.introducing_user is not None:
        url = f"/projects/{triage.project_id}" if may_read(lead.introducing_user, triage.project) else "/"
        notify(lead.introducing_user, key=f"triage {triage.id}", kind=NoticeKind.LEAD_ANSWERED, url=url)


def asked(admission: Admission) -> None:
    """The people of the asked offices hear of it; of a 受限 project only who is named on it."""
    pages = {opinion.office_id: f"/opinions/{opinion.id}" for opinion in admission.opinions}
    project = admission.project
    for user in staff_of(pages, Role.MANAGER, Role.OFFICER):
        if not project.is_restricted or project.names(user):
            key = f"admission {admission.id} asked"
            notify(user, key=key, kind=NoticeKind.OPINION_ASKED, url=pages[user.office_id])


def decided(admission: Admission) -> None:
    """The officer in charge hears of the decision."""
    owner = admission.project.owner
    if owner is not None:
        key, url = f"admission {admission.id} decided", f"/admissions/{admission.id}"
        notify(owner, key=key, kind=NoticeKind.ADMISSION_DECIDED, url=url)


def remind_of_promises(day: date) -> None:
    """Whoever looks after a promise hears of it a week before its day, and once it is late."""
    query = select(Promise).join(Promise.agreement).join(Agreement.project)
    query = query.where(
        Promise.fulfilled_on.is_(None),
        Promise.flagged_on.is_(None),
        Promise.due_on <= day + timedelta(days=BEFORE),
        Agreement.voided_on.is_(None),
        Project.archived_at.is_(None),
    )
    for promise in db.session.scalars(query):
        when = "late" if promise.is_late(day) else "soon"
        key = f"promise {promise.id} {promise.due_on} {when}"
        notify(promise.owner, key=key, kind=NoticeKind.PROMISE_DUE, url=f"/agreements/{promise.agreement_id}")


def staff_of(office_ids: Iterable[int], *roles: Role) -> list[User]:
    """The active people of offices, by their role."""
    query = select(User).where(User.office_id.in_(list(office_ids)), User.role.in_(roles), User.disabled_at.is_(None))
    return list(db.session.scalars(query.order_by(User.id)))
