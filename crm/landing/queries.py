"""Reads of catalogues."""

from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import joinedload

from crm.landing.entries import Kind, Noun
from crm.pagination import Sort


def listed(noun: Noun, text: str = "") -> Select[Any]:
    """All rows of a noun, or those in one of whose lines of text `text` stands."""
    query = select(noun.model)
    if not text.strip():
        return query
    lines = [entry.key for entry in noun.entries if entry.kind is Kind.LINE and entry.link is None]
    columns = [noun.model.__table__.c[key] for key in lines if hasattr(noun.model.__table__.c[key].type, "length")]
    return query.where(or_(*(column.icontains(text.strip(), autoescape=True) for column in columns)))


def listed_whole(noun: Noun) -> Select[Any]:
    """All rows of a noun with the rows that they name, for a sheet of all."""
    return listed(noun).options(*(joinedload(getattr(noun.model, entry.key)) for entry in noun.entries if entry.link))


def in_order(noun: Noun) -> Sort:
    """The order in which rows were registered."""
    return Sort(noun.model.id, noun.model.id)


def parts_of(part: Noun, row: Any) -> Select[Any]:
    """The parts of a row, in the order in which they were registered."""
    return select(part.model).where(getattr(part.model, f"{part.parent}_id") == row.id).order_by(part.model.id)
