"""知情人: who knows of a 受限 project, since when and until when."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.database import N_, Base, Id, Name, Versioned
from crm.errors import RuleError
from crm.pipeline.models.projects import Project


class Insider(Versioned, Base):
    """知情人: one of us, or somebody of another house (company, bank, lawyers). Rows stay; leaving is a day."""

    __tablename__ = "insiders"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    #: The account of one of us.
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[Name]
    unit: Mapped[str] = mapped_column(String(200), server_default="")
    #: What she learned and how (参加会谈, 起草方案 …).
    reason: Mapped[str] = mapped_column(String(300), server_default="")
    entered_on: Mapped[date]
    left_on: Mapped[date | None]
    #: Who entered it; None: taken over from the project when lists began.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)

    project: Mapped[Project] = relationship()
    user: Mapped[User | None] = relationship(foreign_keys=user_id)
    by: Mapped[User | None] = relationship(foreign_keys=by_id)

    __table_args__ = (
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("left_on >= entered_on", "left_after_entered"),
        Index(
            "uq_insiders_present",
            "project_id",
            "user_id",
            unique=True,
            postgresql_where=text("left_on is null and user_id is not null"),
        ),
    )

    def leave(self, day: date) -> None:
        """She has no more part in it from a day on; what she knows she still keeps to herself."""
        if self.left_on is not None:
            raise RuleError(N_("这位知情人已经退出。"))
        if day < self.entered_on:
            raise RuleError(N_("退出日期不能早于进入日期。"))
        self.left_on = day
