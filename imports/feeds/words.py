"""Rules for words that sheets use; they are the screens' own (crm/rules.py)."""

import re

from crm.rules import clean, member_of, split, yes

__all__ = ["member_of", "names", "split", "yes"]


def names(text: str) -> list[str]:
    """The parts of a cell that lists names in which a 、 may stand: parted by semicolons and line breaks alone."""
    return [part for part in map(str.strip, re.split(r"[;；\n]", clean(text))) if part]
