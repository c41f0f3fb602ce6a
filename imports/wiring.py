"""What app.py calls once: the kinds of row, the commands, and the duty to forget."""

from flask import Flask
from flask_babel import gettext

from crm.accounts.models import User
from crm.accounts.permissions import may
from crm.companies import extensions
from crm.companies.extensions import Section
from crm.companies.models import Company, Contact
from crm.database import db
from imports import commands, edits, feeds, previews, purging, queries
from imports.feeds.accounts import OfficeFeed, UserFeed
from imports.feeds.chain import ChainFeed, ClusterFeed, SegmentFeed
from imports.feeds.companies import CompanyFeed
from imports.feeds.cooperations import CooperationFeed
from imports.feeds.followups import InstructionFeed, TaskFeed
from imports.feeds.interactions import InteractionFeed
from imports.feeds.landed import EventProjectFeed, ReservationFeed
from imports.feeds.landing import feeds as landing_feeds
from imports.feeds.months import MonthFeed
from imports.feeds.pipeline_acts import FEEDS as PIPELINE_FEEDS
from imports.feeds.planned import FEEDS as PLANNED_FEEDS
from imports.feeds.projects import ProjectFeed
from imports.feeds.weekly import ClaimFeed, WeeklyFeed

#: Importing it makes the nightly job known to the queue.
NIGHTLY = purging.purge_job


def init_app(app: Flask) -> None:
    """Make the import known."""
    for feed in (
        CompanyFeed(), ProjectFeed(), InteractionFeed(), SegmentFeed(), ChainFeed(), ClusterFeed(), OfficeFeed(),
        UserFeed(), TaskFeed(), InstructionFeed(), *landing_feeds(),
        ReservationFeed(), EventProjectFeed(), WeeklyFeed(), ClaimFeed(), CooperationFeed(), MonthFeed(),
        *(feed() for feed in (*PIPELINE_FEEDS, *PLANNED_FEEDS)),
    ):  # fmt: skip
        feeds.register(feed)
    commands.init_app(app)
    if sources not in extensions.asides:
        extensions.asides.append(sources)
    if forget not in extensions.erasures:
        extensions.erasures.append(forget)


def sources(company: Company, user: User) -> Section | None:
    """From which files and rows a company's record comes."""
    rows = db.session.scalars(queries.sources(company.id)).all() if may(user, "company.read", company) else ()
    if not rows:
        return None
    return Section(gettext("导入来源"), "imports/_sources.html", {"rows": rows}, icon="file-import", in_side=True)


def forget(contact: Contact, number: str | None) -> None:
    """Blank an erased contact's name and number in previews and in what was typed there."""
    previews.forget(contact)
    edits.forget(contact, number)
