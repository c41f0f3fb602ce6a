"""What higher slices show on a company's pages: cards with their bodies, and what happened."""

from flask import render_template
from markupsafe import Markup

from crm.accounts.access import current_user
from crm.companies import extensions
from crm.companies.models import Company


def timeline_of(company: Company) -> list[extensions.TimelineEntry]:
    """What happened with a company, the latest first."""
    entries = [entry for source in extensions.timeline_sources for entry in source(company, current_user)]
    return sorted(entries, key=lambda entry: (entry.day, entry.order), reverse=True)


def sections_of(company: Company, *, with_asides: bool = True) -> list[tuple[extensions.Section, Markup]]:
    """The cards of higher slices with their bodies."""
    sources = [*extensions.sections, *(extensions.asides if with_asides else [])]
    found = (source(company, current_user) for source in sources)
    return [(section, body_of(section, company)) for section in found if section is not None]


def body_of(section: extensions.Section, company: Company) -> Markup:
    """The inside of a card."""
    return Markup(render_template(section.template, company=company, context=section.context))  # noqa: S704 -- rendered
