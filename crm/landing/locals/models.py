"""The city's side of its companies: growth, needs, partners wanted. Support received is landing.policies.Payment."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.chain.models import Segment
from crm.companies.models import Company
from crm.database import N_, Base, Id, Labelled, Prose, Versioned, choice


class Step(Labelled):
    """成长路径, from the ground up."""

    SCALE = "scale", N_("规上")
    HIGH_TECH = "high_tech", N_("高新技术企业")
    SPECIALISED = "specialised", N_("专精特新")
    LITTLE_GIANT = "little_giant", N_("小巨人")
    CHAMPION = "champion", N_("单项冠军")


class StepState(Labelled):
    """How far a company is with a step."""

    REACHED = "reached", N_("已达到")
    APPLYING = "applying", N_("申报中")
    NURTURED = "nurtured", N_("培育中")


class GrowthStep(Versioned, Base):
    """A step of a company's growth."""

    __tablename__ = "growth_steps"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"))
    step: Mapped[Step] = mapped_column(choice(Step))
    state: Mapped[StepState] = mapped_column(choice(StepState), server_default="nurtured")
    on_day: Mapped[date | None]
    source: Mapped[Prose] = mapped_column(server_default="")

    company: Mapped[Company] = relationship()

    __table_args__ = (UniqueConstraint("company_id", "step"),)


class NeedKind(Labelled):
    """What a company asks of the city."""

    LAND = "land", N_("用地用房")
    LABOUR = "labour", N_("用工")
    FINANCE = "finance", N_("融资")
    TECHNOLOGY = "technology", N_("技术")
    MARKET = "market", N_("市场")
    OTHER = "other", N_("其他诉求")


class Need(Versioned, Base):
    """诉求, until it is settled."""

    __tablename__ = "company_needs"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    kind: Mapped[NeedKind] = mapped_column(choice(NeedKind), server_default="other")
    body: Mapped[Prose]
    raised_on: Mapped[date]
    answer: Mapped[Prose] = mapped_column(server_default="")
    settled_on: Mapped[date | None]

    company: Mapped[Company] = relationship()

    __table_args__ = (
        CheckConstraint("btrim(body) <> ''", "body"),
        CheckConstraint("settled_on >= raised_on", "settled_on"),
        CheckConstraint("settled_on is null or btrim(answer) <> ''", "settled_answer"),
    )


class PartnerWish(Versioned, Base):
    """想找的合作: whom a company looks for, which is where targets meet neighbours."""

    __tablename__ = "partner_wishes"

    id: Mapped[Id]
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)
    body: Mapped[Prose]
    until: Mapped[date | None]

    company: Mapped[Company] = relationship()
    segment: Mapped[Segment | None] = relationship()

    __table_args__ = (CheckConstraint("btrim(body) <> ''", "body"),)
