"""What figures are asked of: a period, some conditions, and by what they are told apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.database import N_
from crm.errors import BadRequest, RuleError
from crm.pipeline.filters import row_id
from crm.rules import clean, today
from crm.rules import day as read_day

#: By what figures may be told apart; each but the month is also a filter of the list of projects.
DIMENSIONS = {
    "": N_("不分组"),
    "chain": N_("产业链"),
    "segment": N_("环节"),
    "office": N_("部门"),
    "source": N_("线索来源"),
    "origin": N_("来源地"),
    "route": N_("路径"),
    "month": N_("立项月份"),
}


@dataclass(frozen=True)
class Scope:
    """Conditions of a report. The period is from `since` to `until`, both included."""

    since: date
    until: date
    group: str = ""
    chain: str = ""
    segment: int | None = None
    office: int | None = None
    source: str = ""

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> "Scope":
        """Read a query string; this year by itself. BadRequest for what no page offers."""
        group = args.get("group", "")
        if group not in DIMENSIONS:
            raise BadRequest(N_("不能按这一项分组。"))
        since, until = (day_of(args.get(key, "")) for key in ("since", "until"))
        found = cls(
            since=since or today().replace(month=1, day=1),
            until=until or today(),
            group=group,
            chain=clean(args.get("chain", "")),
            segment=row_id(args["segment"]) if args.get("segment") else None,
            office=row_id(args["office"]) if args.get("office") else None,
            source=clean(args.get("source", ""))[:100],
        )
        if found.since > found.until:
            raise BadRequest(N_("起始日期不能晚于截止日期。"))
        return found

    @property
    def conditions(self) -> dict[str, Any]:
        """The conditions as arguments of the list of projects."""
        given = {"chain": self.chain, "segment": self.segment, "office": self.office, "source": self.source}
        return {key: value for key, value in given.items() if value}

    @property
    def arguments(self) -> dict[str, Any]:
        """The scope as a query string has it."""
        period = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        return {**period, **({"group": self.group} if self.group else {}), **self.conditions}

    @property
    def period(self) -> str:
        """2026-01-01 — 2026-11-24."""
        return f"{self.since.isoformat()} — {self.until.isoformat()}"


def day_of(text: str) -> date | None:
    """A day of the query string."""
    try:
        return read_day(text)
    except RuleError:
        raise BadRequest(N_("看不懂这个日期，请写成 2024-03-05 这样。")) from None
