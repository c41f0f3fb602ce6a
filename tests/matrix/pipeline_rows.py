"""Rows of triage, admission, agreements and milestones for the arranged world."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from crm.accounts.models import User
from crm.database import db
from crm.landing.redlines.models import RedLine
from crm.pipeline.models import (
    Admission,
    Agreement,
    AgreementKind,
    Decision,
    Dispatch,
    Milestone,
    MilestoneKind,
    Opinion,
    Project,
    Promise,
    Side,
    Triage,
    WordingWarning,
)
from crm.rules import today
from tests import factories

if TYPE_CHECKING:
    from tests.matrix.world import People


def held(holder: User | None) -> Project:
    """A project in the hands of somebody."""
    return factories.Project(owner=holder, company=factories.Company(owner=holder))


def added(row: Any) -> Any:
    """The row, in the session."""
    db.session.add(row)
    return row


def triage(holder: User | None, people: "People") -> Any:
    """A decision on somebody's lead."""
    by = holder or people.chief
    project = held(holder)
    given = {"on_day": today(), "due_on": today(), "by": by}
    return added(Triage(project=project, decision=Decision.PURSUE, grounds="补链", **given))


def dispatch(holder: User | None, people: "People") -> Any:
    """A lead handed to somebody's office."""
    if holder is None:
        return None
    return added(Dispatch(project=held(people.chief), office=holder.office, by=people.chief))


def admission(holder: User | None, people: "People") -> Any:
    """An admission that nobody has answered."""
    given = {"by": holder or people.chief, "opened_on": today(), "due_on": today() + timedelta(days=9)}
    return added(Admission(project=held(holder), opinions=[Opinion(office=people.chief.office)], **given))


def opinion(holder: User | None, people: "People") -> Any:
    """What somebody's office is asked about a project of others."""
    if holder is None:
        return None
    found = Opinion(office=holder.office)
    given = {"by": people.chief, "opened_on": today(), "due_on": today() + timedelta(days=9)}
    added(Admission(project=held(people.chief), opinions=[found], **given))
    return found


def agreement(holder: User | None, _people: "People") -> Any:
    """An intent of somebody's project."""
    given = {"title": "示例意向书", "signatory": "示例周局", "authority": "授权书"}
    return added(Agreement(project=held(holder), kind=AgreementKind.INTENT, **given))


def promise(holder: User | None, people: "People") -> Any:
    """A promise in it."""
    found = Promise(side=Side.CITY, body="协助办理供电", owner=people.chief, due_on=today())
    agreement(holder, people).promises.append(found)
    return found


def warning(holder: User | None, people: "People") -> Any:
    """A red line that it crosses."""
    line = db.session.scalars(select(RedLine)).first()
    found = WordingWarning(red_line=line, excerpt="按税收返还", rule="示例规定")
    agreement(holder, people).warnings.append(found)
    return found


def milestone(holder: User | None, people: "People") -> Any:
    """A milestone."""
    given = {"on_day": today(), "evidence": "示例文号", "by": holder or people.chief}
    return added(Milestone(project=held(holder), kind=MilestoneKind.LAND, **given))


KINDS = {
    "triage": triage,
    "dispatch": dispatch,
    "admission": admission,
    "opinion": opinion,
    "agreement": agreement,
    "promise": promise,
    "warning": warning,
    "milestone": milestone,
}
