"""Cells that hold several values of a field that takes one: two numbers of a person, two addresses of a web site.

The cell is split, each part has the field's own rule. The first part is the value, the others go with it.
"""

import re
from collections.abc import Callable

from crm.errors import RuleError
from crm.rules import narrow

#: Between two telephone numbers; blanks stand in one number too, so what is left of them must be long enough.
NUMBERS = re.compile(r"\s*[/、,;|或\n]\s*|(?<=[\d-]{7})\s+(?=[+(]?\d[\d()-]{6})")


class Several(str):
    """The first value of a cell, with the others."""

    others: tuple[str, ...] = ()


def first_of(rule: Callable[[str], str | None], between: re.Pattern[str]) -> Callable[[str], str | None]:
    """A rule for cells that may hold several values; what is not a row of them is judged as a whole."""

    def parse(text: str) -> str | None:
        parts = between.split(narrow(text))
        try:
            values = list(dict.fromkeys(filter(None, map(rule, parts))))
        except RuleError:
            return rule(text)
        if len(parts) == 1 or not values:
            return rule(text)
        found = Several(values[0])
        found.others = tuple(values[1:])
        return found

    return parse


def others(value: str | None) -> tuple[str, ...]:
    """What stood behind the first value."""
    return value.others if isinstance(value, Several) else ()
