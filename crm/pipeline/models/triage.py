"""线索研判: how a lead came in, what its follower decided, and leads handed to an office (交办)."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.database import N_, Base, Id, Instant, Labelled, Prose, Versioned, choice
from crm.pipeline.models.projects import Project


class Decision(Labelled):
    """What the follower decides on a lead."""

    PURSUE = "pursue", N_("跟进")
    HOLD = "hold", N_("缓议")
    DROP = "drop", N_("不跟进")


class Lead(Versioned, Base):
    """线索: when a project's lead was received, and who brought it: one of us, an office, or anybody by name."""

    __tablename__ = "leads"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), unique=True)
    #: The clock of the triage runs from here.
    received_on: Mapped[date]
    introducer_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    introducer_office_id: Mapped[int | None] = mapped_column(ForeignKey("offices.id"))
    introducer: Mapped[str] = mapped_column(String(200), server_default="")
    #: What the latest 研判 decided, and whether whoever brought the lead was told: triages tell how it came to this.
    decision: Mapped[Decision | None] = mapped_column(choice(Decision))
    answered_on: Mapped[date | None]

    project: Mapped[Project] = relationship(back_populates="lead")
    introducing_user: Mapped[User | None] = relationship()
    introducing_office: Mapped[Office | None] = relationship()

    @property
    def has_introducer(self) -> bool:
        """Whether anybody is named who brought it."""
        return bool(self.introducer_id or self.introducer_office_id or self.introducer)

    @property
    def introducer_name(self) -> str:
        """Who brought it, in words; '' where nobody is said."""
        names = (self.introducing_user, self.introducing_office)
        known = [getattr(each, "display_name", None) or each.name for each in names if each is not None]
        return " · ".join([*known, *([self.introducer] if self.introducer else [])])


class Triage(Versioned, Base):
    """研判: a decision on a lead with its grounds, and the answer to whoever brought it. The latest counts."""

    __tablename__ = "triages"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    decision: Mapped[Decision] = mapped_column(choice(Decision))
    grounds: Mapped[Prose]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    on_day: Mapped[date]
    #: By when it was to be decided, as it stood then.
    due_on: Mapped[date]
    answer: Mapped[Prose] = mapped_column(server_default="")
    answered_on: Mapped[date | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    project: Mapped[Project] = relationship(back_populates="triages")
    by: Mapped[User] = relationship(foreign_keys=by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)

    __table_args__ = (
        CheckConstraint("btrim(grounds) <> ''", "grounds"),
        CheckConstraint("(answered_on is null) = (btrim(answer) = '')", "answer"),
        CheckConstraint("(answered_on is null) = (answered_by_id is null)", "answered"),
    )

    @property
    def is_late(self) -> bool:
        """Whether it was decided after its day."""
        return self.on_day > self.due_on


class Dispatch(Versioned, Base):
    """交办: a lead handed to an office, whose manager accepts it or returns it with a reason."""

    __tablename__ = "dispatches"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    #: Where it goes.
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    note: Mapped[Prose] = mapped_column(server_default="")
    is_accepted: Mapped[bool | None]
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[Prose] = mapped_column(server_default="")

    project: Mapped[Project] = relationship()
    office: Mapped[Office] = relationship()
    by: Mapped[User] = relationship(foreign_keys=by_id)
    answered_by: Mapped[User | None] = relationship(foreign_keys=answered_by_id)

    __table_args__ = (
        CheckConstraint("(is_accepted is null) = (answered_at is null)", "answered"),
        CheckConstraint("is_accepted is not false or btrim(reason) <> ''", "reason"),
        Index("uq_dispatches_open", "project_id", unique=True, postgresql_where=text("answered_at is null")),
    )

    @property
    def owner_id(self) -> int:
        """Who asked: permissions read it. The receiving office is the row's office."""
        return self.by_id

    @property
    def is_open(self) -> bool:
        return self.answered_at is None
