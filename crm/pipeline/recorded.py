"""Which changes belong to a project, who may read them, and which stay hidden. `register` is called by app.py once."""

from flask import url_for
from sqlalchemy import BigInteger, ColumnElement, Select, any_, func, or_, select, union
from sqlalchemy.dialects.postgresql import ARRAY

from crm.accounts.models import User
from crm.database import db
from crm.files.models import DocumentVersion
from crm.history import extensions as history
from crm.history.models import HistoryRow
from crm.interactions.models import InteractionDocument
from crm.pipeline.models import (
    Claim,
    CoordinationItem,
    Demand,
    Insider,
    Introduction,
    InvestmentYear,
    Project,
    ProjectDocument,
    ProjectInteraction,
    ProjectMember,
    ProjectPartner,
    ProjectSegment,
    ProjectShare,
    Secrecy,
    StageChange,
    StagePlan,
    StatusChange,
    WeeklyLine,
)
from crm.pipeline.models.admission import Admission, Opinion, OpinionScore, OpinionVeto
from crm.pipeline.models.agreements import (
    Agreement,
    AgreementReview,
    AgreementVersion,
    Promise,
    WordingWarning,
)
from crm.pipeline.models.milestones import Milestone
from crm.pipeline.models.triage import Dispatch, Lead, Triage
from crm.pipeline.permissions import named_ids, require_readable
from crm.pipeline.queries import serving

PARTS = (
    ProjectSegment,
    ProjectMember,
    ProjectPartner,
    Introduction,
    StageChange,
    StatusChange,
    WeeklyLine,
    CoordinationItem,
    Claim,
    ProjectShare,
    Insider,
    Demand,
    InvestmentYear,
    StagePlan,
    ProjectDocument,
)
ACTS = (Lead, Triage, Dispatch, Admission, Agreement, Milestone)
OF_AGREEMENTS = (AgreementVersion, AgreementReview, Promise, WordingWarning)
OF_OPINIONS = (OpinionScore, OpinionVeto)


def register() -> None:
    """Let history show the changes of projects, and hide those of 受限 ones; a second call changes nothing."""
    if "projects" in history.subjects:
        return
    history.subjects["projects"] = of_project
    history.hidden.append(about_hidden_project)


def of_project(project_id: int, user: User) -> history.Subject:
    """A project and what hangs on it; NotFound for one of which `user` may not know."""
    project = require_readable(user, db.session.get(Project, project_id))
    parts = {part.__tablename__: select(part.id).where(part.project_id == project_id) for part in (*PARTS, *ACTS)}
    agreements = select(Agreement.id).where(Agreement.project_id == project_id)
    opinions = opinions_of(Admission.project_id == project_id)
    parts |= {part.__tablename__: select(part.id).where(part.agreement_id.in_(agreements)) for part in OF_AGREEMENTS}
    parts |= {part.__tablename__: select(part.id).where(part.opinion_id.in_(opinions)) for part in OF_OPINIONS}
    parts["documents"] = select(ProjectDocument.document_id).where(ProjectDocument.project_id == project_id)
    return history.Subject(
        project.name, url_for("pipeline.show", project_id=project_id), {**parts, "opinions": opinions}
    )


def opinions_of(condition: ColumnElement[bool]) -> Select[int]:
    """The ids of the opinions of the admissions of a condition."""
    return select(Opinion.id).join(Opinion.admission).where(condition)


def about_hidden_project(user: User) -> ColumnElement[bool]:
    """The condition on HistoryRow that it is about a 受限 project on which `user` is not named, or a contact, task or
    document of one: a change carries the project's name and what was said."""
    named = Project.id == any_(func.array(named_ids(user), type_=ARRAY(BigInteger)))
    of_others = ~named & (func.coalesce(Project.owner_id, 0) != user.id)
    projects = select(Project.id).where(Project.secrecy == Secrecy.RESTRICTED, of_others)
    interactions = select(ProjectInteraction.interaction_id).where(ProjectInteraction.project_id.in_(projects))
    claims = select(Claim.id).where(Claim.project_id.in_(projects))
    documents = union(
        select(ProjectDocument.document_id).where(ProjectDocument.project_id.in_(projects)),
        select(InteractionDocument.document_id).where(InteractionDocument.interaction_id.in_(interactions)),
    )
    uploads = select(DocumentVersion.upload_id).where(DocumentVersion.document_id.in_(documents))
    table = HistoryRow.table_name
    return or_(
        (table == "projects") & HistoryRow.row_id.in_(projects),
        number_in(HistoryRow, "project_id").in_(projects),
        number_in(HistoryRow, "claim_id").in_(claims),
        (table == "interactions") & HistoryRow.row_id.in_(interactions),
        number_in(HistoryRow, "interaction_id").in_(interactions),
        (table == "tasks") & HistoryRow.row_id.in_(serving(projects)),
        (table == "documents") & HistoryRow.row_id.in_(documents),
        (table == "uploads") & HistoryRow.row_id.in_(uploads),
        number_in(HistoryRow, "agreement_id").in_(select(Agreement.id).where(Agreement.project_id.in_(projects))),
        number_in(HistoryRow, "admission_id").in_(select(Admission.id).where(Admission.project_id.in_(projects))),
        number_in(HistoryRow, "opinion_id").in_(opinions_of(Admission.project_id.in_(projects))),
    )


def number_in(row: type[HistoryRow], key: str) -> ColumnElement[int]:
    """An id that stands in the content of a changed row; 0 where it has none."""
    content = func.coalesce(row.after, row.before)
    return func.coalesce(content[key].astext.cast(BigInteger), 0)
