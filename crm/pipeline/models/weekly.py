"""Weekly lines (周进展) and the things that they ask other offices to settle (需协调事项)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.database import N_, Base, Id, Instant, Prose, Versioned
from crm.errors import RuleError
from crm.pipeline.models.projects import Project


class WeeklyLine(Versioned, Base):
    """周进展: what a project did in a week, or why nothing happened."""

    __tablename__ = "weekly_lines"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"))
    #: The Monday of its ISO week.
    week: Mapped[date]
    #: 本周进展, 下周计划, 无进展原因.
    progress: Mapped[Prose] = mapped_column(server_default="")
    plan: Mapped[Prose] = mapped_column(server_default="")
    standstill: Mapped[Prose] = mapped_column(server_default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    project: Mapped[Project] = relationship()
    by: Mapped[User] = relationship()
    items: Mapped[list["CoordinationItem"]] = relationship(back_populates="line", order_by="CoordinationItem.id")

    __table_args__ = (
        UniqueConstraint("project_id", "week"),
        CheckConstraint("extract(isodow from week) = 1", "monday"),
        CheckConstraint("btrim(progress) <> '' or btrim(standstill) <> ''", "progress_or_reason"),
        Index("ix_weekly_lines_week", "week", "project_id"),
    )


class CoordinationItem(Versioned, Base):
    """需协调事项: what a project needs of an office by a day, with the office's answer."""

    __tablename__ = "coordination_items"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("weekly_lines.id"), index=True)
    body: Mapped[Prose]
    #: Who raised it.
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    #: The office that is to answer; None: an imported one that nobody has handed out yet.
    office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    due_on: Mapped[date | None]
    answer: Mapped[Prose] = mapped_column(server_default="")
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)

    project: Mapped[Project] = relationship()
    line: Mapped[WeeklyLine] = relationship(back_populates="items")
    owner: Mapped[User] = relationship(foreign_keys=owner_id)
    office: Mapped[Office | None] = relationship()
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)

    __table_args__ = (
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("(office_id is null) = (due_on is null)", "office_with_day"),
        CheckConstraint("answered_at is null or btrim(answer) <> ''", "answer"),
        CheckConstraint("(answered_at is null) = (answered_by_id is null)", "answered_whole"),
        Index("ix_coordination_items_open", "office_id", "due_on", "id", postgresql_where=text("answered_at is null")),
    )

    def settle(self, answer: str, *, by: User, at: datetime) -> None:
        """答复; a later answer takes the place of an earlier one, which history keeps."""
        if not answer.strip():
            raise RuleError(N_("请写答复内容。"))
        self.answer, self.answered_at, self.answered_by = answer.strip(), at, by
        self.answered_by_id = by.id

    def is_late(self, today: date) -> bool:
        """Whether it is unanswered after its day."""
        return self.answered_at is None and self.due_on is not None and self.due_on < today
