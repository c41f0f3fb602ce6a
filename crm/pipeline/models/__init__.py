"""Projects on their routes, every change of stage and status, what opens their gates, and instructions (批示)."""

from crm.pipeline.models.admission import (
    Admission,
    AdmissionLevel,
    Criterion,
    Grade,
    Opinion,
    OpinionScore,
    OpinionVeto,
    Outcome,
    Veto,
)
from crm.pipeline.models.agreements import (
    Agreement,
    AgreementKind,
    AgreementReview,
    AgreementReviewKind,
    AgreementVersion,
    Promise,
    ReviewConclusion,
    Side,
    WordingWarning,
)
from crm.pipeline.models.bulk import BulkEdit
from crm.pipeline.models.changes import ChangeKind, GateClosed, ReasonMissing, StageChange, StatusChange
from crm.pipeline.models.claims import Claim, ClaimRequest, ProjectShare
from crm.pipeline.models.demands import Demand, DemandKind
from crm.pipeline.models.insiders import Insider
from crm.pipeline.models.instructions import Instruction, InstructionState
from crm.pipeline.models.kinds import NEXT_STATUS, CapitalKind, Effect, Secrecy, Status, Warmth
from crm.pipeline.models.links import (
    DemandTask,
    EventProject,
    InstructionTask,
    ParkReservation,
    ProjectDocument,
    ProjectDraw,
    ProjectInteraction,
    ProjectTask,
)
from crm.pipeline.models.members import ProjectMember, ProjectSegment
from crm.pipeline.models.milestones import Milestone, MilestoneKind
from crm.pipeline.models.partners import Introduction, ProjectPartner
from crm.pipeline.models.projects import Project
from crm.pipeline.models.routes import GateItem, Phase, Reason, ReasonKind, Route, Stage
from crm.pipeline.models.schedule import InvestmentYear, StagePlan
from crm.pipeline.models.triage import Decision, Dispatch, Lead, Triage
from crm.pipeline.models.views import SavedView
from crm.pipeline.models.weekly import CoordinationItem, WeeklyLine

__all__ = [
    "NEXT_STATUS",
    "Admission",
    "AdmissionLevel",
    "Agreement",
    "AgreementKind",
    "AgreementReview",
    "AgreementReviewKind",
    "AgreementVersion",
    "BulkEdit",
    "CapitalKind",
    "ChangeKind",
    "Claim",
    "ClaimRequest",
    "CoordinationItem",
    "Criterion",
    "Decision",
    "Demand",
    "DemandKind",
    "DemandTask",
    "Dispatch",
    "Effect",
    "EventProject",
    "GateClosed",
    "GateItem",
    "Grade",
    "Insider",
    "Instruction",
    "InstructionState",
    "InstructionTask",
    "Introduction",
    "InvestmentYear",
    "Lead",
    "Milestone",
    "MilestoneKind",
    "Opinion",
    "OpinionScore",
    "OpinionVeto",
    "Outcome",
    "ParkReservation",
    "Phase",
    "Project",
    "ProjectDocument",
    "ProjectDraw",
    "ProjectInteraction",
    "ProjectMember",
    "ProjectPartner",
    "ProjectSegment",
    "ProjectShare",
    "ProjectTask",
    "Promise",
    "Reason",
    "ReasonKind",
    "ReasonMissing",
    "ReviewConclusion",
    "Route",
    "SavedView",
    "Secrecy",
    "Side",
    "Stage",
    "StageChange",
    "StagePlan",
    "Status",
    "StatusChange",
    "Triage",
    "Veto",
    "Warmth",
    "WeeklyLine",
    "WordingWarning",
]
