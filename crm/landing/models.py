"""Columns that rows of several catalogues have."""

from sqlalchemy import ForeignKey, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from crm.chain.models import Chain, Segment
from crm.database import Id, Prose, Versioned


class Registered(Versioned):
    """A row of a catalogue: where it is from, and whether it is fictitious."""

    id: Mapped[Id]
    source: Mapped[Prose] = mapped_column(server_default="", sort_order=800)
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"), sort_order=801)


class Theme:
    """主题: a chain's or segment's name, or a word that stands for neither (yet)."""

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(100))

    chain_id: Mapped[int | None] = mapped_column(ForeignKey("chains.id"), index=True)
    segment_id: Mapped[int | None] = mapped_column(ForeignKey("segments.id"), index=True)

    @declared_attr
    def chain(cls) -> Mapped[Chain | None]:
        return relationship(lazy="joined")

    @declared_attr
    def segment(cls) -> Mapped[Segment | None]:
        return relationship(lazy="joined")
