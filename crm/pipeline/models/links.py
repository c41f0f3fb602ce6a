"""What a project is linked with in other slices: contacts, tasks, parks, events, draws of experts."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import (
    Area,
    Base,
    Id,
    Instant,
    Versioned,
)
from crm.files.models import Document
from crm.interactions.models import Interaction, Task
from crm.landing.events.models import Event
from crm.landing.experts.models import Draw
from crm.landing.parks.models import Park
from crm.pipeline.models.agreements import Promise
from crm.pipeline.models.demands import Demand
from crm.pipeline.models.instructions import Instruction
from crm.pipeline.models.milestones import Milestone
from crm.pipeline.models.projects import Project


class ProjectInteraction(Base):
    """A contact that was about a project."""

    __tablename__ = "project_interactions"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    interaction_id: Mapped[int] = mapped_column(ForeignKey("interactions.id"), index=True)

    project: Mapped[Project] = relationship()
    interaction: Mapped[Interaction] = relationship()

    __table_args__ = (UniqueConstraint("project_id", "interaction_id"),)


class ProjectDocument(Base):
    """A document of a project; it may be evidence of one of its promises or milestones."""

    __tablename__ = "project_documents"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("documents.id"), unique=True)
    promise_id: Mapped[int | None] = mapped_column(ForeignKey("promises.id"), index=True)
    milestone_id: Mapped[int | None] = mapped_column(ForeignKey("milestones.id"), index=True)

    project: Mapped[Project] = relationship()
    document: Mapped[Document] = relationship()
    promise: Mapped[Promise | None] = relationship()
    milestone: Mapped[Milestone | None] = relationship()

    __table_args__ = (CheckConstraint("num_nonnulls(promise_id, milestone_id) <= 1", "proves_one"),)


class ProjectTask(Base):
    """A task that serves a project."""

    __tablename__ = "project_tasks"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), unique=True)

    project: Mapped[Project] = relationship()
    task: Mapped[Task] = relationship()


class InstructionTask(Base):
    """A task set to carry an instruction out."""

    __tablename__ = "instruction_tasks"

    id: Mapped[Id]
    instruction_id: Mapped[int] = mapped_column(ForeignKey("instructions.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), unique=True)

    instruction: Mapped[Instruction] = relationship()
    task: Mapped[Task] = relationship()


class DemandTask(Base):
    """A task set to answer a demand."""

    __tablename__ = "demand_tasks"

    id: Mapped[Id]
    demand_id: Mapped[int] = mapped_column(ForeignKey("demands.id"), index=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("tasks.id"), unique=True)

    demand: Mapped[Demand] = relationship()
    task: Mapped[Task] = relationship()


class ParkReservation(Versioned, Base):
    """预留: land or floor of a park held for a project until a day.

    What is held never passes what is free: the trigger park_holds_what_it_has asks that of every write, under a lock
    on the park (crm/pipeline/reservations.py asks first, to answer with a sentence).
    """

    __tablename__ = "park_reservations"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    park_id: Mapped[int] = mapped_column(ForeignKey("parks.id"))
    land_mu: Mapped[Area | None]
    floor_m2: Mapped[Area | None]
    until: Mapped[date]
    note: Mapped[str] = mapped_column(String(300), server_default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    released_at: Mapped[Instant | None]
    release_reason: Mapped[str] = mapped_column(String(300), server_default="")

    project: Mapped[Project] = relationship(back_populates="reservations")
    park: Mapped[Park] = relationship()
    by: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("coalesce(land_mu, 0) + coalesce(floor_m2, 0) > 0", "something"),
        CheckConstraint("land_mu >= 0", "land_mu"),
        CheckConstraint("floor_m2 >= 0", "floor_m2"),
        CheckConstraint("released_at is null or btrim(release_reason) <> ''", "release_reason"),
        Index("ix_park_reservations_park_id", "park_id", "released_at", "id"),
        Index(
            "uq_park_reservations_held",
            "project_id",
            "park_id",
            unique=True,
            postgresql_where=text("released_at is null"),
        ),
    )

    @property
    def is_held(self) -> bool:
        return self.released_at is None


class EventProject(Base):
    """A project that came of an event."""

    __tablename__ = "event_projects"

    id: Mapped[Id]
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)

    event: Mapped[Event] = relationship()
    project: Mapped[Project] = relationship()

    __table_args__ = (UniqueConstraint("event_id", "project_id"),)


class ProjectDraw(Base):
    """评审: the experts drawn for a project; the mean of their scores is what an admission looks at."""

    __tablename__ = "project_draws"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"), unique=True)

    project: Mapped[Project] = relationship()
    draw: Mapped[Draw] = relationship()
