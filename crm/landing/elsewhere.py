"""What landing shows on the pages of companies."""

from crm.companies import extensions
from crm.landing.locals.section import section


def register() -> None:
    """Add the card of 本地服务, once."""
    if section not in extensions.sections:
        extensions.sections.append(section)
