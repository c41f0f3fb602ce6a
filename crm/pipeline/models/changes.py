"""Every change of a project's stage and status, and what refuses one."""

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Created, Id, Labelled, Prose, choice
from crm.errors import CrmError
from crm.pipeline.models.kinds import Status
from crm.pipeline.models.routes import Reason, Stage

if TYPE_CHECKING:
    from crm.pipeline.models.projects import Project


class GateClosed(CrmError):
    """A gate asks for more: `details` name the stage and how many items are missing."""


class ReasonMissing(CrmError):
    """The act is allowed, but not without a reason."""


def in_words(text: str, listed: Reason | None) -> str:
    """A reason as it is kept: what was chosen of the list, what was written, or both."""
    return "：".join(part for part in (listed.name if listed else "", text.strip()) if part)


class ChangeKind(Labelled):
    """In which way a stage was entered."""

    OPENING = "opening", N_("立项")
    IMPORTED = "imported", N_("导入")
    FORWARD = "forward", N_("推进")
    BACK = "back", N_("退回")
    REROUTED = "rerouted", N_("改变路径")
    STAGE_RETIRED = "stage_retired", N_("阶段停用")


class StageChange(Base):
    """阶段变更: who moved a project, when, where and why. Replaying them gives the stage."""

    __tablename__ = "stage_changes"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[ChangeKind] = mapped_column(choice(ChangeKind))
    from_stage_id: Mapped[int | None] = mapped_column(ForeignKey("stages.id"))
    to_stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    reason: Mapped[Prose] = mapped_column(server_default="")
    #: Which of the list it was, for figures; its words stand in `reason` as they were then.
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reasons.id"))
    #: What was missing when a manager passed the gate; shown for ever.
    passed_items: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    #: The day it took effect, and when it was recorded.
    on_day: Mapped[date]
    created_at: Mapped[Created]

    project: Mapped["Project"] = relationship(back_populates="stage_changes")
    from_stage: Mapped[Stage | None] = relationship(foreign_keys=from_stage_id)
    to_stage: Mapped[Stage] = relationship(foreign_keys=to_stage_id)
    by: Mapped[User] = relationship()
    listed_reason: Mapped[Reason | None] = relationship()

    __table_args__ = (
        CheckConstraint("(from_stage_id is null) = (kind in ('opening', 'imported'))", "opening"),
        CheckConstraint("kind not in ('back', 'rerouted') or btrim(reason) <> ''", "reason"),
        CheckConstraint("passed_items = '[]' or btrim(reason) <> ''", "pass_reason"),
    )


class StatusChange(Base):
    """A project paused, lost, aborted, completed or taken up again, with the reason."""

    __tablename__ = "status_changes"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    from_status: Mapped[Status] = mapped_column(choice(Status, "from_status"))
    to_status: Mapped[Status] = mapped_column(choice(Status, "to_status"))
    reason: Mapped[Prose]
    reason_id: Mapped[int | None] = mapped_column(ForeignKey("reasons.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    on_day: Mapped[date]
    created_at: Mapped[Created]

    project: Mapped["Project"] = relationship(back_populates="status_changes")
    by: Mapped[User] = relationship()
    listed_reason: Mapped[Reason | None] = relationship()

    __table_args__ = (CheckConstraint("btrim(reason) <> ''", "reason"),)
