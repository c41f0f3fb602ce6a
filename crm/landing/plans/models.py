"""Action plans, their tasks and progress; proposals (提案) and what was answered."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.chain.models import Chain
from crm.database import Base, Id, Name, Prose, Versioned
from crm.landing.models import Registered


class Plan(Registered, Base):
    """行动方案."""

    __tablename__ = "plans"

    name: Mapped[Name] = mapped_column(unique=True)
    issuer: Mapped[Name] = mapped_column(server_default="")
    start_year: Mapped[int | None]
    end_year: Mapped[int | None]
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"), index=True)
    summary: Mapped[Prose] = mapped_column(server_default="")

    chain: Mapped[Chain | None] = relationship()
    tasks: Mapped[list["PlanTask"]] = relationship(back_populates="plan", order_by="PlanTask.ordinal, PlanTask.id")

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("end_year >= start_year", "end_year"),
    )


class PlanTask(Versioned, Base):
    """A task of a plan with who leads and who supports; offices outside this system count too, so they are words."""

    __tablename__ = "plan_tasks"

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    ordinal: Mapped[int]
    title: Mapped[Name]
    lead: Mapped[Name] = mapped_column(server_default="")
    supporting: Mapped[str] = mapped_column(String(500), server_default="")
    due_on: Mapped[date | None]
    source: Mapped[Prose] = mapped_column(server_default="")

    plan: Mapped[Plan] = relationship(back_populates="tasks")
    progress: Mapped[list["PlanProgress"]] = relationship(
        back_populates="task", order_by="PlanProgress.on_day.desc(), PlanProgress.id.desc()", lazy="selectin"
    )

    __table_args__ = (UniqueConstraint("plan_id", "title"), CheckConstraint("btrim(title) <> ''", "title"))

    @property
    def percent(self) -> int:
        """How far it has come, by the last word on it."""
        return self.progress[0].percent if self.progress else 0

    def is_late(self, day: date) -> bool:
        """Whether it is unfinished after its day."""
        return self.due_on is not None and self.due_on < day and self.percent < 100


class PlanProgress(Versioned, Base):
    """进展 of a task, with its evidence."""

    __tablename__ = "plan_progress"

    id: Mapped[Id]
    task_id: Mapped[int] = mapped_column(ForeignKey("plan_tasks.id"), index=True)
    on_day: Mapped[date]
    percent: Mapped[int]
    body: Mapped[Prose]
    evidence: Mapped[Prose] = mapped_column(server_default="")

    task: Mapped[PlanTask] = relationship(back_populates="progress")

    __table_args__ = (
        CheckConstraint("percent between 0 and 100", "percent"),
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("percent < 100 or btrim(evidence) <> ''", "evidence"),
    )


class PlanProgressDocument(Base):
    """佐证: a document that proves progress."""

    __tablename__ = "plan_progress_documents"

    id: Mapped[Id]
    progress_id: Mapped[int] = mapped_column(ForeignKey("plan_progress.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), index=True)

    __table_args__ = (UniqueConstraint("progress_id", "document_id"),)


class Proposal(Registered, Base):
    """提案."""

    __tablename__ = "proposals"

    number: Mapped[str] = mapped_column(String(50), unique=True)
    title: Mapped[Name] = mapped_column(server_default="")
    session: Mapped[Name] = mapped_column(server_default="")
    doc_number: Mapped[str] = mapped_column(String(100), server_default="")
    answered_on: Mapped[date | None]
    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"), index=True)

    chain: Mapped[Chain | None] = relationship()
    items: Mapped[list["ProposalItem"]] = relationship(
        back_populates="proposal", order_by="ProposalItem.ordinal, ProposalItem.id"
    )

    __table_args__ = (CheckConstraint("btrim(number) <> ''", "number"),)


class ProposalItem(Versioned, Base):
    """A recommendation of a proposal and what became of it; its plan gives the figures of the answer."""

    __tablename__ = "proposal_items"

    id: Mapped[Id]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposals.id"))
    ordinal: Mapped[int]
    title: Mapped[Name]
    opinion: Mapped[str] = mapped_column(String(50), server_default="")
    answer: Mapped[Prose] = mapped_column(server_default="")
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"), index=True)
    source: Mapped[Prose] = mapped_column(server_default="")

    proposal: Mapped[Proposal] = relationship(back_populates="items")
    plan: Mapped[Plan | None] = relationship()

    __table_args__ = (UniqueConstraint("proposal_id", "ordinal"), CheckConstraint("btrim(title) <> ''", "title"))
