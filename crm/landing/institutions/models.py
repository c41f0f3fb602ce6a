"""Institutions of the innovation system."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.companies.models import Company
from crm.database import N_, Base, Id, Labelled, Name, Prose, Versioned, Wan, choice
from crm.landing.models import Registered, Theme


class InstitutionKind(Labelled):
    """What an institution is."""

    UNIVERSITY = "university", N_("高校")
    INSTITUTE = "institute", N_("科研机构")
    LABORATORY = "laboratory", N_("实验室")
    BASE = "base", N_("培养基地")
    ASSOCIATION = "association", N_("行业协会")
    CONSULTING = "consulting", N_("战略咨询机构")
    EXPERTS = "experts", N_("专家库")
    OTHER = "other", N_("其他机构")


class Institution(Registered, Base):
    """机构."""

    __tablename__ = "institutions"

    name: Mapped[Name] = mapped_column(unique=True)
    kind: Mapped[InstitutionKind] = mapped_column(choice(InstitutionKind), server_default="other")
    town: Mapped[str] = mapped_column(String(100), server_default="")
    url: Mapped[str] = mapped_column(String(500), server_default="")
    summary: Mapped[Prose] = mapped_column(server_default="")

    themes: Mapped[list["InstitutionTheme"]] = relationship(
        back_populates="institution", order_by="InstitutionTheme.id", cascade="all, delete-orphan", lazy="selectin"
    )
    figures: Mapped[list["Figure"]] = relationship(back_populates="institution", order_by="Figure.id")
    platforms: Mapped[list["Platform"]] = relationship(back_populates="institution", order_by="Platform.id")
    projects: Mapped[list["ResearchProject"]] = relationship(
        back_populates="institution", order_by="ResearchProject.id"
    )
    partners: Mapped[list["Partner"]] = relationship(back_populates="institution", order_by="Partner.id")

    __table_args__ = (CheckConstraint("btrim(name) <> ''", "name"),)


class InstitutionTheme(Theme, Base):
    """A chain or segment that an institution works for."""

    __tablename__ = "institution_themes"

    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))

    institution: Mapped[Institution] = relationship(back_populates="themes")

    __table_args__ = (UniqueConstraint("institution_id", "name"),)


class Figure(Versioned, Base):
    """A figure of an institution as of a day, with its source. `qualifier`: 超, 近, 余, 不少于."""

    __tablename__ = "institution_figures"

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    label: Mapped[Name]
    value: Mapped[Decimal] = mapped_column(Numeric(16, 2))
    unit: Mapped[str] = mapped_column(String(20), server_default="")
    qualifier: Mapped[str] = mapped_column(String(20), server_default="")
    as_of: Mapped[date]
    source: Mapped[Prose] = mapped_column(server_default="")

    institution: Mapped[Institution] = relationship(back_populates="figures")

    __table_args__ = (UniqueConstraint("institution_id", "label", "as_of"),)


class Platform(Versioned, Base):
    """A platform or instrument, open to companies or not."""

    __tablename__ = "platforms"

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    name: Mapped[Name]
    services: Mapped[Prose] = mapped_column(server_default="")
    is_open: Mapped[bool] = mapped_column(server_default=text("true"))
    how_to_use: Mapped[Prose] = mapped_column(server_default="")

    institution: Mapped[Institution] = relationship(back_populates="platforms")

    __table_args__ = (UniqueConstraint("institution_id", "name"),)


class ResearchProject(Versioned, Base):
    """产学研项目: an institution and a company."""

    __tablename__ = "research_projects"

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    company_id: Mapped[int | None] = mapped_column(ForeignKey("companies.id"), index=True)
    name: Mapped[Name]
    started_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    amount_wan: Mapped[Wan | None]
    outcome: Mapped[Prose] = mapped_column(server_default="")
    source: Mapped[Prose] = mapped_column(server_default="")

    institution: Mapped[Institution] = relationship(back_populates="projects")
    company: Mapped[Company | None] = relationship()

    __table_args__ = (
        UniqueConstraint("institution_id", "name"),
        CheckConstraint("ends_on >= started_on", "ends_on"),
        CheckConstraint("amount_wan >= 0", "amount_wan"),
    )


class Partner(Versioned, Base):
    """A company that an institution works with."""

    __tablename__ = "institution_partners"

    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institutions.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    role: Mapped[Name] = mapped_column(server_default="")
    source: Mapped[Prose] = mapped_column(server_default="")

    institution: Mapped[Institution] = relationship(back_populates="partners")
    company: Mapped[Company] = relationship()

    __table_args__ = (UniqueConstraint("institution_id", "company_id"),)
