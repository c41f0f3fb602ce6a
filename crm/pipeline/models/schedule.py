"""What is planned of a project: the day of each stage, and its investment year by year."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.database import Base, Id, Versioned, Wan
from crm.pipeline.models.projects import Project
from crm.pipeline.models.routes import Stage


class StagePlan(Versioned, Base):
    """The day on which a project is to enter a stage."""

    __tablename__ = "stage_plans"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("stages.id"))
    planned_on: Mapped[date]

    project: Mapped[Project] = relationship(back_populates="stage_plans")
    stage: Mapped[Stage] = relationship()

    __table_args__ = (UniqueConstraint("project_id", "stage_id"),)


class InvestmentYear(Versioned, Base):
    """Planned and actual investment of a signed project in a year, 万元; `as_of` is the day of the actual figure."""

    __tablename__ = "investment_years"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    year: Mapped[int]
    planned_wan: Mapped[Wan | None]
    actual_wan: Mapped[Wan | None]
    as_of: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(300), server_default="")

    project: Mapped[Project] = relationship(back_populates="investment_years")

    __table_args__ = (
        UniqueConstraint("project_id", "year"),
        CheckConstraint("year between 2000 and 2100", "year"),
        CheckConstraint("planned_wan >= 0", "planned_wan"),
        CheckConstraint("actual_wan >= 0", "actual_wan"),
        CheckConstraint("(actual_wan is null) = (as_of is null)", "actual_dated"),
    )
