"""线索研判: what the follower of a lead decides within the clock, and the answer to whoever brought it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from crm.accounts.models import Office, User
from crm.accounts.settings import setting
from crm.calendar import add_working_days
from crm.database import N_, db
from crm.errors import RuleError
from crm.pipeline import telling
from crm.pipeline.models import Decision, Lead, Phase, Project, Stage, Status, Triage
from crm.pipeline.permissions import require_editable
from crm.rules import today


def received_on(project: Project) -> date:
    """When the lead came in: as written down, else the day on which the project was opened."""
    if project.lead is not None:
        return project.lead.received_on
    return min((change.on_day for change in project.stage_changes), default=project.stage_since)


def due_on(project: Project) -> date:
    """By when it is to be decided."""
    return add_working_days(received_on(project), term())


def term() -> int:
    """Working days from receipt within which a lead is triaged: the setting triage_days."""
    return int(setting("triage_days"))


def is_due(project: Project) -> bool:
    """Whether a lead still waits for its first decision."""
    waiting = project.stage.phase in (Phase.LEAD, Phase.TRIAGE)
    undecided = project.lead is None or project.lead.decision is None
    return waiting and project.status is Status.ONGOING and project.archived_at is None and undecided


def register_lead(project: Project, values: Mapping[str, Any], *, by: User) -> Lead:
    """Write down when the lead came in and who brought it; `values` are columns of Lead."""
    require_editable(by, project)
    lead = project.lead or Lead(project=project)
    for name in ("received_on", "introducer_id", "introducer_office_id", "introducer"):
        setattr(lead, name, values.get(name) or ("" if name == "introducer" else None))
    lead.introducing_user = db.session.get(User, lead.introducer_id) if lead.introducer_id else None
    lead.introducing_office = db.session.get(Office, lead.introducer_office_id) if lead.introducer_office_id else None
    db.session.add(lead)
    return lead


def decide(project: Project, decision: Decision, grounds: str, *, by: User, on_day: date | None = None) -> Triage:
    """研判: pursue, hold or drop, with the grounds; a later decision stands beside the earlier ones and counts.

    RuleError without grounds, for a project that does not go on, or for a day before its receipt.
    """
    require_editable(by, project)
    day = on_day or today()
    if not project.is_open:
        raise RuleError(N_("只有推进中或暂缓的项目能研判。"))
    if not grounds.strip():
        raise RuleError(N_("请写明研判依据。"))
    if day < received_on(project):
        raise RuleError(N_("研判日期不能早于收到线索的日期 %(day)s。"), day=received_on(project).isoformat())
    found = Triage(decision=decision, grounds=grounds.strip(), by=by, on_day=day, due_on=due_on(project))
    project.triages.insert(0, found)
    lead = project.lead or Lead(project=project, received_on=received_on(project), introducer="")
    lead.decision, lead.answered_on = decision, None
    db.session.add(lead)
    project.triage_note = found.grounds
    return found


def answer(triage: Triage, text: str, *, by: User, on_day: date | None = None) -> None:
    """Tell whoever brought the lead what became of it; what was said is kept. Once."""
    require_editable(by, triage.project)
    if triage.answered_on is not None:
        raise RuleError(N_("这次研判已经答复过线索提供人。"))
    if not text.strip():
        raise RuleError(N_("请写答复内容。"))
    triage.answer, triage.answered_on, triage.answered_by = text.strip(), on_day or today(), by
    project = triage.project
    if project.lead is not None and triage is project.triages[0]:
        project.lead.answered_on = triage.answered_on
    db.session.flush()  # the notice names it
    telling.answered(triage)


def waiting(project_condition: ColumnElement[bool]) -> Select[Project]:
    """The leads that wait for their first decision (`is_due`), in the order of their opening."""
    query = (
        select(Project)
        .join(Project.stage)
        .where(
            Stage.phase.in_([Phase.LEAD, Phase.TRIAGE]),
            Project.status == Status.ONGOING,
            Project.archived_at.is_(None),
            ~exists().where(Lead.project_id == Project.id, Lead.decision.is_not(None)),
            project_condition,
        )
    )
    return query.order_by(Project.id)


def unanswered(project_condition: ColumnElement[bool]) -> Select[Triage]:
    """Decisions of which whoever brought the lead has not been told, the oldest first."""
    named = (Lead.introducer_id.is_not(None)) | (Lead.introducer_office_id.is_not(None)) | (Lead.introducer != "")
    return (
        select(Triage)
        .join(Project, Project.id == Triage.project_id)
        .join(Lead, Lead.project_id == Project.id)
        .where(Triage.answered_on.is_(None), named, Project.archived_at.is_(None), project_condition)
        .order_by(Triage.on_day, Triage.id)
    )
