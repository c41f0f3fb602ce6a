"""合作牵线: the local company with which a target shall work, who introduced them when, and what came of it."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import Base, Created, Id, Prose, Versioned
from crm.pipeline.models.projects import Project


class ProjectPartner(Versioned, Base):
    """The named partner of a project, and the outcome once there is one."""

    __tablename__ = "project_partners"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    outcome: Mapped[Prose] = mapped_column(server_default="")
    outcome_on: Mapped[date | None]

    project: Mapped[Project] = relationship()
    company: Mapped[Company] = relationship()

    __table_args__ = (CheckConstraint("(outcome_on is null) = (btrim(outcome) = '')", "outcome_whole"),)


class Introduction(Base):
    """牵线: one meeting or call that brought both together, by one of ours."""

    __tablename__ = "introductions"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    on_day: Mapped[date]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    note: Mapped[str] = mapped_column(String(500), server_default="")
    created_at: Mapped[Created]

    project: Mapped[Project] = relationship()
    by: Mapped[User] = relationship()

    __table_args__ = (Index("ix_introductions_project_id_on_day", "project_id", "on_day"),)
