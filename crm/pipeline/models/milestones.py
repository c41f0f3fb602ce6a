"""里程碑: dated events of a project with their evidence, in any order."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Id, Labelled, Versioned, Wan, choice
from crm.pipeline.models.projects import Project


class MilestoneKind(Labelled):
    """What happened. 开工 and 投产 have a 招商 date (`on_day`) and a 统计 date (`counted_on`)."""

    REGISTERED = "registered", N_("注册")
    LAND = "land", N_("供地")
    FILED = "filed", N_("备案")
    EIA = "eia", N_("环评")
    PERMIT = "permit", N_("施工许可")
    LISTED = "listed", N_("入库")
    FUNDED = "funded", N_("到资")
    STARTED = "started", N_("开工")
    OPERATING = "operating", N_("投产")


#: Kinds that statistics date by a rule of their own.
COUNTED = (MilestoneKind.STARTED, MilestoneKind.OPERATING)


class Milestone(Versioned, Base):
    """A dated event. Money may come in several times; everything else happens once."""

    __tablename__ = "milestones"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    kind: Mapped[MilestoneKind] = mapped_column(choice(MilestoneKind))
    #: The day as the bureau sees it (招商口径).
    on_day: Mapped[date]
    #: The day as statistics see it (统计口径), of 开工 and 投产.
    counted_on: Mapped[date | None]
    #: How much came in, of 到资.
    amount_wan: Mapped[Wan | None]
    evidence: Mapped[str] = mapped_column(String(500))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    project: Mapped[Project] = relationship(back_populates="milestones")
    by: Mapped[User] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(evidence) <> ''", "evidence"),
        CheckConstraint("counted_on is null or kind in ('started', 'operating')", "counted_on"),
        CheckConstraint("(kind = 'funded') = (amount_wan is not null)", "amount"),
        CheckConstraint("amount_wan > 0", "amount_wan"),
        Index("ix_milestones_project_id", "project_id", "kind", "on_day", "id"),
        Index("uq_milestones_once", "project_id", "kind", unique=True, postgresql_where=text("kind <> 'funded'")),
    )
