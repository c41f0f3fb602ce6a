"""What landing shows on the pages of companies, and what of it holds documents."""

from crm.companies import extensions
from crm.landing.locals.section import section
from crm.landing.plans import evidence


def register() -> None:
    """Add the card of 本地服务 and the evidence of progress, once."""
    if section not in extensions.sections:
        extensions.sections.append(section)
    evidence.register()
