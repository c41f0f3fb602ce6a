"""Instructions (批示) as rows."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.chain.models import Segment
from crm.companies.models import Company
from crm.database import (
    N_,
    Base,
    Id,
    Instant,
    Labelled,
    Prose,
    Versioned,
)
from crm.errors import RuleError
from crm.pipeline.models.projects import Project


class InstructionState(Labelled):
    """How far an instruction has come."""

    WRITTEN = "written", N_("待签收")
    RECEIVED = "received", N_("办理中")
    ANSWERED = "answered", N_("已反馈")
    CLOSED = "closed", N_("已办结")


class Instruction(Versioned, Base):
    """批示: a leader's or manager's word, followed up as 督办: received, answered, closed."""

    __tablename__ = "instructions"

    id: Mapped[Id]
    body: Mapped[Prose]
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    #: Who is to act on it: the row's owner.
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    due_on: Mapped[date | None]
    received_at: Mapped[Instant | None]
    feedback: Mapped[Prose] = mapped_column(server_default="")
    feedback_at: Mapped[Instant | None]
    closed_at: Mapped[Instant | None]

    author: Mapped[User] = relationship(foreign_keys=author_id)
    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    project: Mapped[Project | None] = relationship()
    company: Mapped[Company | None] = relationship()
    segment: Mapped[Segment | None] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("feedback_at is null or received_at is not null", "feedback_after_receipt"),
        CheckConstraint("closed_at is null or feedback_at is not null", "closed_after_feedback"),
        Index("ix_instructions_open", "owner_id", "due_on", postgresql_where=text("closed_at is null")),
    )

    @property
    def member_ids(self) -> frozenset[int]:
        """Who may read it besides the one who acts on it."""
        return frozenset({self.author_id})

    @property
    def state(self) -> "InstructionState":
        """How far it has come."""
        if self.closed_at is not None:
            return InstructionState.CLOSED
        if self.feedback_at is not None:
            return InstructionState.ANSWERED
        return InstructionState.RECEIVED if self.received_at is not None else InstructionState.WRITTEN

    def receive(self, at: datetime) -> None:
        """签收. Once; a second press changes nothing."""
        if self.received_at is None:
            self.received_at = at

    def answer(self, feedback: str, at: datetime) -> None:
        """反馈, again until it is closed; who answers has received it."""
        if self.closed_at is not None:
            raise RuleError(N_("这条批示已经办结。"))
        if not feedback.strip():
            raise RuleError(N_("请写反馈内容。"))
        self.receive(at)
        self.feedback, self.feedback_at = feedback.strip(), at

    def close(self, at: datetime) -> None:
        """办结, after an answer."""
        if self.feedback_at is None:
            raise RuleError(N_("还没有反馈，不能办结。"))
        if self.closed_at is None:
            self.closed_at = at

    def is_late(self, today: date) -> bool:
        """Whether it is open after its day."""
        return self.closed_at is None and self.due_on is not None and self.due_on < today
