"""A chain's published “六个一” and its roster of companies."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from crm.chain.models import Chain
from crm.companies.models import Company
from crm.database import Base, Id, Name, Prose, Versioned


class DossierNote(Versioned, Base):
    """What a source says of one of a chain's six (1–6)."""

    __tablename__ = "dossier_notes"

    id: Mapped[Id]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"))
    ordinal: Mapped[int]
    title: Mapped[Name] = mapped_column(server_default="")
    published: Mapped[Prose] = mapped_column(server_default="")
    source: Mapped[Prose] = mapped_column(server_default="")

    chain: Mapped[Chain] = relationship()

    __table_args__ = (UniqueConstraint("chain_id", "ordinal"), CheckConstraint("ordinal between 1 and 6", "ordinal"))


class RosterEntry(Versioned, Base):
    """A company on a chain's published roster of leading and key companies, whether or not its segment is known."""

    __tablename__ = "roster_entries"

    id: Mapped[Id]
    chain_id: Mapped[int] = mapped_column(ForeignKey("chains.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    source: Mapped[Prose] = mapped_column(server_default="")

    chain: Mapped[Chain] = relationship()
    company: Mapped[Company] = relationship()

    __table_args__ = (UniqueConstraint("chain_id", "company_id"),)
