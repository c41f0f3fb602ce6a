"""Clocks: what is due of whom by when, in working days; what is late. Terms are settings.

A source lists what runs; slices above and modules beside add theirs to `sources`. Only what the reader may know of is
listed, so the page of late things shows no more than the rows' own pages.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm.accounts.models import User
from crm.accounts.settings import setting
from crm.calendar import add_working_days, working_days_between
from crm.database import N_, db
from crm.pipeline import coordination, demands, instructions, triage, weekly
from crm.pipeline.models import CoordinationItem, Demand, Instruction, Phase, Project, Stage, WeeklyLine
from crm.pipeline.models.admission import Admission, Opinion
from crm.pipeline.queries import visible_to
from crm.pipeline.weeks import Week
from crm.rules import SHANGHAI, today

TRIAGE, ANSWER, OPINION, REPORT, RECEIVE, INSTRUCT, DEMAND = (
    N_("线索研判"),
    N_("协调答复"),
    N_("联审意见"),
    N_("周进展"),
    N_("批示签收"),
    N_("批示反馈"),
    N_("诉求答复"),
)
#: So many rows of a kind are looked at, the longest late first.
SHOWN = 500


@dataclass(frozen=True)
class Running:
    """Something that is due: its kind, what it is about, by when, and of whom (an office alone where no person is)."""

    kind: str
    subject: str
    url: str
    due_on: date
    office: str
    person: str

    def days_late(self, day: date) -> int:
        """Working days that it is late; 0 or less when it is not."""
        return working_days_between(self.due_on, day)

    def is_late(self, day: date) -> bool:
        return day > self.due_on


def leads(user: User, day: date) -> Iterable[Running]:
    """线索研判: from the receipt of the lead until its first decision."""
    query = visible_to(user).join(Stage, Stage.id == Project.stage_id)
    query = query.where(Stage.phase.in_([Phase.LEAD, Phase.TRIAGE]), *weekly.is_reporting(), Project.stage_since < day)
    named = query.order_by(Project.stage_since, Project.id).limit(SHOWN).options(
        joinedload(Project.owner), joinedload(Project.office), joinedload(Project.stage), joinedload(Project.lead),
        selectinload(Project.stage_changes),
    )  # fmt: skip
    for project in db.session.scalars(named).unique():
        if triage.is_due(project):
            yield of_project(TRIAGE, project, triage.due_on(project))


def of_project(kind: str, project: Project, due_on: date) -> Running:
    """What is due of a project's officer."""
    url = url_for("pipeline.show", project_id=project.id)
    office = project.office.name if project.office else ""
    return Running(kind, project.name, url, due_on, office, str(project.owner or ""))


def answers(user: User, day: date) -> Iterable[Running]:
    """协调答复: by the day that stands in the item."""
    query = select(CoordinationItem).where(
        coordination.readable(user), CoordinationItem.answered_at.is_(None), CoordinationItem.due_on < day
    )
    query = query.options(joinedload(CoordinationItem.office)).order_by(CoordinationItem.due_on).limit(SHOWN)
    for item in db.session.scalars(query).unique():
        url = url_for("weekly.show_item", item_id=item.id)
        if item.due_on and item.office:
            yield Running(ANSWER, item.body[:40], url, item.due_on, item.office.name, "")


def reports(user: User, day: date) -> Iterable[Running]:
    """周进展: last week's lines, and this week's once they are due."""
    for week in (Week.of(day).previous, Week.of(day)):
        due_on = weekly.deadline(week)
        if due_on is None or due_on >= day:
            continue
        written = select(WeeklyLine.project_id).where(WeeklyLine.week == week.monday)
        owed = weekly.reporting(user, "all").where(Project.id.not_in(written), Project.stage_since <= week.sunday)
        named = owed.options(joinedload(Project.owner), joinedload(Project.office)).limit(SHOWN)
        for project in db.session.scalars(named).unique():
            yield of_project(REPORT, project, due_on)


def instructed(user: User, day: date) -> Iterable[Running]:
    """批示: receipt within the term from its writing, feedback by its day."""
    term = setting("instruct_days")
    query = instructions.with_names(instructions.visible_to(user)).where(Instruction.feedback_at.is_(None))
    query = query.options(joinedload(Instruction.owner).joinedload(User.office)).order_by(Instruction.id).limit(SHOWN)
    for row in db.session.scalars(query).unique():
        url, text = url_for("pipeline.show_instruction", instruction_id=row.id), row.body[:40]
        office, person = row.owner.office.name, row.owner.display_name
        if row.received_at is None:
            due_on = add_working_days(row.created_at.astimezone(SHANGHAI).date(), term)
            yield Running(RECEIVE, text, url, due_on, office, person)
        if row.due_on is not None:
            yield Running(INSTRUCT, text, url, row.due_on, office, person)


def opinions(user: User, day: date) -> Iterable[Running]:
    """准入联审: an office's opinion, by the admission's day."""
    query = select(Opinion).join(Opinion.admission).where(
        Opinion.answered_at.is_(None), Admission.outcome.is_(None), Admission.due_on < day,
        Admission.project_id.in_(visible_to(user).with_only_columns(Project.id)),
    )  # fmt: skip
    named = query.options(joinedload(Opinion.office), joinedload(Opinion.admission).joinedload(Admission.project))
    for opinion in db.session.scalars(named.order_by(Admission.due_on, Opinion.id).limit(SHOWN)).unique():
        admission = opinion.admission
        url = url_for("pipeline.show_admission", admission_id=admission.id)
        yield Running(OPINION, admission.project.name, url, admission.due_on, opinion.office.name, "")


def asked_for(user: User, day: date) -> Iterable[Running]:
    """诉求: what a company asks for, by the day until which it is answered."""
    query = demands.listed(user, "all", "late").options(joinedload(Demand.owner).joinedload(User.office))
    for demand in db.session.scalars(query.order_by(Demand.due_on, Demand.id).limit(SHOWN)).unique():
        url = url_for("pipeline.show_demand", demand_id=demand.id)
        owner = demand.owner
        yield Running(DEMAND, demand.body[:40], url, demand.due_on, owner.office.name, owner.display_name)


#: What runs, as far as the user may know of it; a source may leave out what is not yet late on the day.
sources: list[Callable[[User, date], Iterable[Running]]] = [
    leads,
    answers,
    opinions,
    reports,
    instructed,
    asked_for,
]


def late(user: User) -> Sequence[Running]:
    """What is late today, by office and person, the longest late first."""
    day = today()
    found = [running for source in sources for running in source(user, day) if running.is_late(day)]
    return sorted(found, key=lambda running: (running.office, running.person, running.due_on, running.kind))
