"""The answer to a search, in groups."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from crm.accounts.models import User
from crm.companies.queries import best
from crm.database import N_, db
from crm.rules import clean
from crm.search import queries

LONGEST = 64
#: So many of each group on the page, and below the box.
ON_PAGE = 10
BELOW_BOX = 4


@dataclass(frozen=True)
class Group:
    """What was found of one kind; `has_more` where not all of it is shown."""

    key: str
    label: str
    found: Sequence[Any]
    has_more: bool


def answer(text: str, user: User, most: int = ON_PAGE) -> list[Group]:
    """What a text finds, `most` of each kind; groups that found nothing are left out."""
    text = clean(text)[:LONGEST]
    if not text:
        return []
    companies = best(text, user)
    groups = [
        Group("companies", N_("企业"), companies[:most], len(companies) > most),
        some("people", N_("联系人"), queries.people, text, user, most),
        some("projects", N_("项目"), queries.projects, text, user, most),
        some("interactions", N_("接触记录"), queries.contacts_that_happened, text, user, most),
        some("documents", N_("文档"), queries.documents, text, user, most),
    ]
    return [group for group in groups if group.found]


def some(key: str, label: str, query: Callable[[str, User], Select[Any]], text: str, user: User, most: int) -> Group:
    """The first rows of a query, and whether there are more."""
    found = db.session.scalars(query(text, user).limit(most + 1)).unique().all()
    return Group(key, label, found[:most], len(found) > most)
