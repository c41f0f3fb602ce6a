"""Experts with their fields and conflicts; draws and the seats that they fill."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.accounts.models import User
from crm.companies.models import Company
from crm.database import N_, Base, Created, Id, Labelled, Name, Prose, Versioned, choice
from crm.landing.models import Registered


class Expert(Registered, Base):
    """专家. A unit and a group are kept as words: most are no companies that we follow."""

    __tablename__ = "experts"

    name: Mapped[Name]
    unit: Mapped[Name]
    title: Mapped[str] = mapped_column(String(100), server_default="")
    #: 所属集团, where the unit belongs to one.
    group_name: Mapped[Name] = mapped_column(server_default="")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    joined_on: Mapped[date | None]
    note: Mapped[Prose] = mapped_column(server_default="")

    fields: Mapped[list["ExpertField"]] = relationship(
        back_populates="expert", order_by="ExpertField.id", cascade="all, delete-orphan"
    )
    conflicts: Mapped[list["ExpertConflict"]] = relationship(back_populates="expert", order_by="ExpertConflict.id")

    __table_args__ = (
        UniqueConstraint("name", "unit"),
        CheckConstraint("btrim(name) <> ''", "name"),
        CheckConstraint("btrim(unit) <> ''", "unit"),
    )


class ExpertField(Base):
    """专业领域."""

    __tablename__ = "expert_fields"

    id: Mapped[Id]
    expert_id: Mapped[int] = mapped_column(ForeignKey("experts.id"))
    name: Mapped[str] = mapped_column(String(100), index=True)

    expert: Mapped[Expert] = relationship(back_populates="fields")

    __table_args__ = (UniqueConstraint("expert_id", "name"),)


class ExpertConflict(Versioned, Base):
    """回避: a company on which an expert may not judge, as declared."""

    __tablename__ = "expert_conflicts"

    id: Mapped[Id]
    expert_id: Mapped[int] = mapped_column(ForeignKey("experts.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    reason: Mapped[Name] = mapped_column(server_default="")
    declared_on: Mapped[date | None]

    expert: Mapped[Expert] = relationship(back_populates="conflicts")
    company: Mapped[Company] = relationship()

    __table_args__ = (UniqueConstraint("expert_id", "company_id"),)


class Draw(Versioned, Base):
    """抽取: with all that is needed to repeat it: the seed, who could be drawn, who was left out and why."""

    __tablename__ = "draws"

    id: Mapped[Id]
    purpose: Mapped[Name]
    field: Mapped[str] = mapped_column(String(100), server_default="")
    wanted: Mapped[int]
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    seed: Mapped[str] = mapped_column(String(64))
    #: Ids of experts, in the order in which the seed ranks them; [{"id", "reason"}] of those left out.
    ranking: Mapped[list[int]] = mapped_column(JSONB)
    left_out: Mapped[list[Any]] = mapped_column(JSONB)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    company: Mapped[Company | None] = relationship()
    by: Mapped[User] = relationship()
    seats: Mapped[list["Seat"]] = relationship(back_populates="draw", order_by="Seat.ordinal")

    __table_args__ = (CheckConstraint("btrim(purpose) <> ''", "purpose"), CheckConstraint("wanted > 0", "wanted"))

    @property
    def serving(self) -> list["Seat"]:
        """The seats of those who did not refuse."""
        return [seat for seat in self.seats if seat.state is not SeatState.REFUSED]

    @property
    def mean_score(self) -> Decimal | None:
        """The mean of the scores given so far."""
        scores = [seat.score for seat in self.serving if seat.score is not None]
        return sum(scores, Decimal(0)) / len(scores) if scores else None


class SeatState(Labelled):
    """What a drawn expert answered."""

    INVITED = "invited", N_("待确认")
    ACCEPTED = "accepted", N_("参加")
    REFUSED = "refused", N_("不能参加")


class Seat(Versioned, Base):
    """An expert drawn; on refusal the next of the ranking takes a seat of her own."""

    __tablename__ = "draw_seats"

    id: Mapped[Id]
    draw_id: Mapped[int] = mapped_column(ForeignKey("draws.id"))
    #: Her place in the ranking, from 0.
    ordinal: Mapped[int]
    expert_id: Mapped[int] = mapped_column(ForeignKey("experts.id"), index=True)
    state: Mapped[SeatState] = mapped_column(choice(SeatState), server_default="invited")
    reason: Mapped[Prose] = mapped_column(server_default="")
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    comment: Mapped[Prose] = mapped_column(server_default="")
    created_at: Mapped[Created] = mapped_column(sort_order=901)

    draw: Mapped[Draw] = relationship(back_populates="seats")
    expert: Mapped[Expert] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        UniqueConstraint("draw_id", "ordinal"),
        UniqueConstraint("draw_id", "expert_id"),
        CheckConstraint("score between 0 and 100", "score"),
        CheckConstraint("state <> 'refused' or btrim(reason) <> ''", "reason"),
        CheckConstraint("state <> 'refused' or score is null", "refused_score"),
    )
