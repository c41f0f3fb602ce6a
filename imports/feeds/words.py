"""Rules for words that sheets use: yes and no, lists in one cell, and the Chinese labels of a choice."""

import re
from collections.abc import Callable

from crm import rules
from crm.database import N_, Labelled
from crm.errors import RuleError

YES, NO = {"是", "有", "√", "1", "y", "yes", "true"}, {"否", "×", "0", "n", "no", "false"}


def yes(text: str) -> bool:
    """是 or 否 in the ways that people write them."""
    word = rules.narrow(text).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise RuleError(N_("请填“是”或“否”。"))


def split(text: str) -> list[str]:
    """The parts of a cell that lists several things."""
    return [part for part in (piece.strip() for piece in re.split(r"[;；、\n]", rules.clean(text))) if part]


def member_of(enum: type[Labelled]) -> Callable[[str], Labelled]:
    """A rule for the Chinese words of a choice."""
    words = {member.label: member for member in enum}

    def rule(text: str) -> Labelled:
        found = words.get(rules.narrow(text))
        if found is None:
            raise RuleError(N_("请填其中之一：%(words)s。"), words="、".join(words))
        return found

    return rule
