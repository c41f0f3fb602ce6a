"""Projects on their routes, every change of stage and status, what they are linked with, and instructions (批示)."""

from crm.pipeline.models.claims import Claim, ClaimRequest, ProjectShare
from crm.pipeline.models.instructions import Instruction, InstructionState
from crm.pipeline.models.links import (
    EventProject,
    InstructionTask,
    ParkReservation,
    ProjectDraw,
    ProjectInteraction,
    ProjectTask,
)
from crm.pipeline.models.partners import Introduction, ProjectPartner
from crm.pipeline.models.projects import (
    NEXT_STATUS,
    CapitalKind,
    ChangeKind,
    Effect,
    GateClosed,
    Project,
    ProjectMember,
    ProjectSegment,
    ReasonMissing,
    Secrecy,
    StageChange,
    Status,
    StatusChange,
)
from crm.pipeline.models.routes import GateItem, Phase, Route, Stage
from crm.pipeline.models.views import SavedView
from crm.pipeline.models.weekly import CoordinationItem, WeeklyLine

__all__ = [
    "NEXT_STATUS",
    "CapitalKind",
    "ChangeKind",
    "Claim",
    "ClaimRequest",
    "CoordinationItem",
    "Effect",
    "EventProject",
    "GateClosed",
    "GateItem",
    "Instruction",
    "InstructionState",
    "InstructionTask",
    "Introduction",
    "ParkReservation",
    "Phase",
    "Project",
    "ProjectDraw",
    "ProjectInteraction",
    "ProjectMember",
    "ProjectPartner",
    "ProjectSegment",
    "ProjectShare",
    "ProjectTask",
    "ReasonMissing",
    "Route",
    "SavedView",
    "Secrecy",
    "Stage",
    "StageChange",
    "Status",
    "StatusChange",
    "WeeklyLine",
]
