"""诉求: what a company asks of the city, who answers it by when, and the answer."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import N_, Base, Id, Labelled, Prose, Versioned, choice
from crm.errors import RuleError
from crm.interactions.models import Interaction
from crm.pipeline.models.projects import Project


class DemandKind(Labelled):
    """What is asked for."""

    LAND = "land", N_("用地厂房")
    UTILITIES = "utilities", N_("水电气热")
    APPROVAL = "approval", N_("审批手续")
    POLICY = "policy", N_("政策兑现")
    FINANCE = "finance", N_("融资")
    PEOPLE = "people", N_("用工人才")
    SUPPLY = "supply", N_("配套协作")
    OTHER = "other", N_("其他")


class Demand(Versioned, Base):
    """诉求. Its owner is who answers it, `created_by` who wrote it down."""

    __tablename__ = "demands"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    #: The contact in which the company said so.
    interaction_id: Mapped[int | None] = mapped_column(ForeignKey("interactions.id"), index=True)
    kind: Mapped[DemandKind] = mapped_column(choice(DemandKind), server_default="other")
    body: Mapped[Prose]
    raised_on: Mapped[date]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    due_on: Mapped[date]
    answer: Mapped[Prose] = mapped_column(server_default="")
    answered_on: Mapped[date | None]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    company: Mapped[Company] = relationship()
    project: Mapped[Project | None] = relationship()
    interaction: Mapped[Interaction | None] = relationship()
    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    created_by: Mapped[User] = relationship(foreign_keys=created_by_id)

    __table_args__ = (
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("due_on >= raised_on", "due"),
        CheckConstraint("(answered_on is null) = (btrim(answer) = '')", "answered"),
        Index("ix_demands_open", "owner_id", "due_on", "id", postgresql_where=text("answered_on is null")),
        Index("ix_demands_due_on", "due_on", "id"),
    )

    @property
    def member_ids(self) -> frozenset[int]:
        """Who stands beside the one who answers: whoever wrote it down."""
        return frozenset({self.created_by_id})

    def settle(self, answer: str, on_day: date) -> None:
        """答复; a later answer takes the place of an earlier one, which history keeps."""
        if not answer.strip():
            raise RuleError(N_("请写答复内容。"))
        self.answer, self.answered_on = answer.strip(), on_day

    def is_late(self, today: date) -> bool:
        """Whether it is open after its day."""
        return self.answered_on is None and self.due_on < today
