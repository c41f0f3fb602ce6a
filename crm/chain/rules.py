"""Rules of a chain's and a segment's fields, for forms and imports alike: text → value, or RuleError."""

import re
from decimal import Decimal

from crm import rules
from crm.database import N_
from crm.errors import RuleError

MOST_TERMS = 50
LONGEST_TERM = 100

name = rules.line(200)
source = rules.prose(5_000)
summary = rules.prose(2_000)
#: Stands as ck_segments_importance in the database.
importance = rules.whole(1, 5)
#: Firm-equivalents; stands as ck_segments_wanted in the database.
wanted = rules.number(2, Decimal(100_000))
ordinal = rules.whole(0, 100_000)


def slug(text: str) -> str:
    """A chain's name in addresses; stands as ck_chains_slug in the database."""
    value = rules.narrow(text).lower()
    if value and not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", value):
        raise RuleError(N_("标识只能用小写字母、数字和连字符，例如 laser。"))
    return value


def terms(text: str) -> list[str]:
    """The words by which a segment's companies are recognised, separated by ；、, or line breaks; each word once."""
    parts = [rules.line(LONGEST_TERM)(part) for part in re.split(r"[;；、,，\n]", rules.prose()(text))]
    found = list(dict.fromkeys(filter(None, parts)))
    if len(found) > MOST_TERMS:
        raise RuleError(N_("最多 %(count)d 个识别词。"), count=MOST_TERMS)
    return found
