"""Amounts that name their currency: 500万美元 is 500 万 of USD. The cell is split, each half has its own rule."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from crm.database import N_
from crm.rules import CURRENCY_WORDS, currency, narrow
from imports.feeds import FieldError

SEVERAL = N_("同一个项目写了几种币种，请统一。")
WORDS = "|".join(sorted({word for word in CURRENCY_WORDS if word not in ("人民币", "RMB")}, key=len, reverse=True))
FOREIGN = re.compile(
    rf"^(?P<before>{WORDS}|[A-Z]{{3}})?(?P<number>[约近]?[\d,.]+[万亿]?)(?P<after>{WORDS}|[A-Z]{{3}})?$"
)


class Amount(Decimal):
    """An amount in 万 of a currency that its cell names."""

    currency: str

    def __reduce__(self) -> tuple[Any, ...]:
        """What a row on the disk keeps of it: a plain Decimal would forget the currency."""
        return Amount, (str(self),), {"currency": self.currency}


def in_currency(rule: Callable[[str], Decimal | None]) -> Callable[[str], Decimal | None]:
    """A rule for amounts that may name a currency: the number by `rule`, the word by the rule of currencies."""

    def parse(text: str) -> Decimal | None:
        found = FOREIGN.match(re.sub(r"[()\s]", "", narrow(text)).upper())
        word = found and (found["before"] or found["after"])
        if not found or not word or currency(word) == "CNY":
            return rule(text)
        number = found["number"]
        value = rule(number if number[-1] in "万亿" else f"{number}元")
        if value is None:
            return None
        amount = Amount(value)
        amount.currency = currency(word) or ""
        return amount

    return parse


def settle_currency(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with plain amounts and the currency that they name. FieldError where it names several."""
    named = {value.currency for value in row.values() if isinstance(value, Amount)}
    stated = row.get("currency")
    if len(named | ({stated} if stated else set())) > 1 and named:
        raise FieldError("currency", SEVERAL)
    plain = {key: Decimal(value) if isinstance(value, Amount) else value for key, value in row.items()}
    return plain | ({"currency": next(iter(named))} if named else {})
