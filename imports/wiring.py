"""What app.py calls once: the kinds of row, the commands, and the duty to forget."""

from flask import Flask
from sqlalchemy import update

from crm.companies import extensions
from crm.companies.models import Contact
from crm.database import db
from imports import commands, feeds
from imports.feeds.accounts import OfficeFeed, UserFeed
from imports.feeds.chain import ChainFeed, ClusterFeed, SegmentFeed
from imports.feeds.companies import CompanyFeed
from imports.feeds.followups import InstructionFeed, TaskFeed
from imports.feeds.interactions import InteractionFeed
from imports.feeds.projects import ProjectFeed
from imports.models import Finding


def init_app(app: Flask) -> None:
    """Make the import known."""
    for feed in (
        CompanyFeed(), ProjectFeed(), InteractionFeed(), SegmentFeed(), ChainFeed(), ClusterFeed(), OfficeFeed(),
        UserFeed(), TaskFeed(), InstructionFeed(),
    ):  # fmt: skip
        feeds.register(feed)
    commands.init_app(app)
    if forget not in extensions.erasures:
        extensions.erasures.append(forget)


def forget(contact: Contact, number: str | None) -> None:
    """Blank the cells of previews in which an erased contact's name stands; numbers are never kept there."""
    named = Finding.cell == contact.name
    db.session.execute(update(Finding).where(named).values(cell=""))
