"""What the system says of a project in a ledger's columns, written as the ledger writes it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from crm.forms import shown
from crm.pipeline.models import Project, WeeklyLine
from imports.columns import Column

YI = Decimal(10_000)
Current = Callable[[Project, WeeklyLine | None], Any]

#: Fields of the ledger whose values the system knows better by now. A name or a code is how a row is known: it stays.
CURRENT: Mapping[str, Current] = {
    "stages": lambda project, _line: project.stage.name,
    "status": lambda project, _line: project.status.label,
    "investment_wan": lambda project, _line: project.investment_wan,
    "fixed_investment_wan": lambda project, _line: project.fixed_investment_wan,
    "land_mu": lambda project, _line: project.land_mu,
    "floor_m2": lambda project, _line: project.floor_m2,
    "output_wan": lambda project, _line: project.output_wan,
    "tax_wan": lambda project, _line: project.tax_wan,
    "officer": lambda project, _line: project.owner.display_name if project.owner else "",
    "park": lambda project, _line: project.park,
    "next_step": lambda project, line: (line.plan if line else "") or project.next_step,
    "progress": lambda _project, line: line.progress if line else "",
    "standstill": lambda _project, line: line.standstill if line else "",
}


def text_for(column: Column, value: Any) -> str:
    """A value as the column writes it: amounts in the unit of its header, 万元 without one."""
    if (
        isinstance(value, Decimal)
        and column.key
        and column.key.endswith("_wan")
        and "亿" in column.header + column.unit
    ):
        value = value / YI
    return shown(value)
