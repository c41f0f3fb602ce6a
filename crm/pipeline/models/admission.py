"""准入联审: what offices are asked on a project, what each answers, what a body decides; criteria, vetoes, levels."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import Office, User
from crm.database import N_, Base, Id, Instant, Labelled, Name, Prose, Versioned, Wan, choice
from crm.pipeline.models.projects import Project
from crm.rules import today


class Criterion(Versioned, Base):
    """评分指标: full marks are its weight; those in use sum up to 100 by default."""

    __tablename__ = "admission_criteria"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    weight: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    note: Mapped[str] = mapped_column(String(300), server_default="")
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (CheckConstraint("btrim(name) <> ''", "name"), CheckConstraint("weight > 0", "weight"))


class Veto(Versioned, Base):
    """否决项: where an office finds one, the project is not admitted."""

    __tablename__ = "admission_vetoes"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    basis: Mapped[str] = mapped_column(String(300), server_default="")
    ordinal: Mapped[int] = mapped_column(server_default=text("0"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

    __table_args__ = (CheckConstraint("btrim(name) <> ''", "name"),)


class AdmissionLevel(Versioned, Base):
    """决策层级: who decides from an amount on."""

    __tablename__ = "admission_levels"

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    #: From this total investment on; the lowest level begins at 0.
    at_least_wan: Mapped[Wan] = mapped_column(unique=True)

    __table_args__ = (CheckConstraint("btrim(name) <> ''", "name"), CheckConstraint("at_least_wan >= 0", "amount"))


class Outcome(Labelled):
    """How a body decided."""

    ADMITTED = "admitted", N_("通过")
    CONDITIONAL = "conditional", N_("附条件通过")
    DEFERRED = "deferred", N_("补充后再议")
    REFUSED = "refused", N_("不通过")


class Admission(Versioned, Base):
    """准入联审 of a project: open until a body has decided. At most one is open."""

    __tablename__ = "admissions"

    id: Mapped[Id]
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    opened_on: Mapped[date]
    due_on: Mapped[date]
    question: Mapped[Prose] = mapped_column(server_default="")
    outcome: Mapped[Outcome | None] = mapped_column(choice(Outcome))
    body: Mapped[Name] = mapped_column(server_default="")
    level_id: Mapped[int | None] = mapped_column(ForeignKey("admission_levels.id"))
    meeting: Mapped[Name] = mapped_column(server_default="")
    #: 纪要文号.
    minutes_number: Mapped[str] = mapped_column(String(100), server_default="")
    decided_on: Mapped[date | None]
    conditions: Mapped[Prose] = mapped_column(server_default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: The experts' mean (0–100) when it was decided.
    expert_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))

    project: Mapped[Project] = relationship(back_populates="admissions")
    by: Mapped[User] = relationship(foreign_keys=by_id)
    decided_by: Mapped[User | None] = relationship(foreign_keys=decided_by_id)
    level: Mapped[AdmissionLevel | None] = relationship()
    opinions: Mapped[list["Opinion"]] = relationship(back_populates="admission", order_by="Opinion.id")

    __table_args__ = (
        CheckConstraint(
            "(outcome is null) = (decided_on is null) and (outcome is null) = (decided_by_id is null)", "decided"
        ),
        CheckConstraint(
            "outcome is null or (btrim(body) <> '' and btrim(minutes_number) <> '' and level_id is not null)", "decider"
        ),
        CheckConstraint("outcome <> 'conditional' or btrim(conditions) <> ''", "conditions"),
        CheckConstraint("due_on >= opened_on", "due_on"),
        Index("uq_admissions_open", "project_id", unique=True, postgresql_where=text("outcome is null")),
    )

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided."""
        return self.outcome is None

    @property
    def is_late(self) -> bool:
        """Whether offices have let their day pass."""
        return self.is_open and self.due_on < today() and bool(self.unanswered)

    @property
    def admits(self) -> bool:
        """Whether it opens 签约."""
        return self.outcome in (Outcome.ADMITTED, Outcome.CONDITIONAL)

    @property
    def unanswered(self) -> list["Opinion"]:
        """The offices that have not answered."""
        return [opinion for opinion in self.opinions if opinion.answered_at is None]

    @property
    def vetoes(self) -> list["OpinionVeto"]:
        """What any office has found against it."""
        return [veto for opinion in self.opinions for veto in opinion.vetoes]

    @property
    def office_score(self) -> Decimal | None:
        """The mean of the offices' scores out of 100; None before anybody has scored."""
        scores = [opinion.percent for opinion in self.opinions if opinion.percent is not None]
        return sum(scores, Decimal(0)) / len(scores) if scores else None


class Grade(Labelled):
    """An office's verdict."""

    FOR = "for", N_("同意")
    WITH_CONDITIONS = "with_conditions", N_("附条件同意")
    AGAINST = "against", N_("不同意")


class Opinion(Versioned, Base):
    """An office's answer: grade, comment, scores, vetoes; given by its own people."""

    __tablename__ = "opinions"

    id: Mapped[Id]
    admission_id: Mapped[int] = mapped_column(ForeignKey("admissions.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("offices.id"), index=True)
    grade: Mapped[Grade | None] = mapped_column(choice(Grade))
    comment: Mapped[Prose] = mapped_column(server_default="")
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    admission: Mapped[Admission] = relationship(back_populates="opinions")
    office: Mapped[Office] = relationship()
    answered_by: Mapped[User | None] = relationship()
    scores: Mapped[list["OpinionScore"]] = relationship(
        back_populates="opinion", order_by="OpinionScore.id", cascade="all, delete-orphan"
    )
    vetoes: Mapped[list["OpinionVeto"]] = relationship(
        back_populates="opinion", order_by="OpinionVeto.id", cascade="all, delete-orphan"
    )

    __table_args__ = (
        UniqueConstraint("admission_id", "office_id"),
        CheckConstraint("(answered_at is null) = (grade is null)", "answered"),
        CheckConstraint("(answered_at is null) = (answered_by_id is null)", "answered_by"),
        CheckConstraint("grade is null or grade = 'for' or btrim(comment) <> ''", "comment"),
    )

    @property
    def owner_id(self) -> None:
        """Nobody's own: the whole office answers."""
        return

    @property
    def total(self) -> Decimal | None:
        """The sum of its scores; None where it did not score."""
        return sum((score.score for score in self.scores), Decimal(0)) if self.scores else None

    @property
    def percent(self) -> Decimal | None:
        """The sum out of 100, whatever the weights that it scored add up to."""
        full = sum((score.weight for score in self.scores), Decimal(0))
        return self.total * 100 / full if self.total is not None and full else None


class OpinionScore(Base):
    """An office's score on a criterion, with the full marks of that day."""

    __tablename__ = "opinion_scores"

    id: Mapped[Id]
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinions.id"))
    criterion_id: Mapped[int] = mapped_column(ForeignKey("admission_criteria.id"), index=True)
    weight: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    score: Mapped[Decimal] = mapped_column(Numeric(5, 2))

    opinion: Mapped[Opinion] = relationship(back_populates="scores")
    criterion: Mapped[Criterion] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("opinion_id", "criterion_id"),
        CheckConstraint("score between 0 and weight", "score"),
    )


class OpinionVeto(Base):
    """A veto that an office has found."""

    __tablename__ = "opinion_vetoes"

    id: Mapped[Id]
    opinion_id: Mapped[int] = mapped_column(ForeignKey("opinions.id"))
    veto_id: Mapped[int] = mapped_column(ForeignKey("admission_vetoes.id"), index=True)

    opinion: Mapped[Opinion] = relationship(back_populates="vetoes")
    veto: Mapped[Veto] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (UniqueConstraint("opinion_id", "veto_id"),)
