"""Rules of accounts' fields: text in, value out, or RuleError (see crm/rules.py)."""

import re

from crm.database import N_
from crm.errors import RuleError
from crm.rules import clean, line

display_name = line(50)
office_name = line(200)


def sign_in_name(text: str) -> str:
    """The name that one signs in with: lower case, as constraint `name_lower` of users."""
    name = clean(text).lower()
    if name and not re.fullmatch(r"\w[\w.\-]{1,63}", name):
        raise RuleError(N_("用户名用 2 到 64 个字母、数字、点、横线或下划线，以字母或数字开头。"))
    return name
