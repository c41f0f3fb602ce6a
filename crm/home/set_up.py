"""What a new installation still lacks before anybody can work with it: the first steps of its administrator."""

from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select

from crm.accounts.models import Office, Role, User
from crm.accounts.permissions import may
from crm.chain.models import Segment
from crm.companies.models import Company
from crm.database import db


@dataclass(frozen=True)
class SetUp:
    """Which of the steps are done."""

    #: Offices below or beside the one that the first account belongs to.
    has_offices: bool
    #: Somebody besides administrators.
    has_people: bool
    has_segments: bool
    has_companies: bool


def set_up_of(user: User) -> SetUp | None:
    """How far the installation is set up; None for whoever does not set it up, and once people can work with it.

    A small bureau may have one office for good, so that step is never waited for.
    """
    if not may(user, "chain.edit"):
        return None
    found = SetUp(*db.session.execute(steps()).one())
    return None if found.has_people and found.has_segments and found.has_companies else found


def steps() -> Select[bool, bool, bool, bool]:
    """(offices, people, segments, companies): whether there are any beyond what the first start made."""
    several_offices = select(func.count() > 1).select_from(Office).scalar_subquery()
    people = exists().where(User.id > 0, User.role != Role.ADMIN)
    return select(several_offices, people, exists().where(Segment.id > 0), exists().where(Company.id > 0))
