"""ISO weeks as a bureau reports them: Monday to Sunday, with the working day by which a line is due."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from crm.calendar import is_working_day
from crm.database import N_
from crm.errors import BadRequest
from crm.rules import today


@dataclass(frozen=True, order=True)
class Week:
    """A week by its Monday."""

    monday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week in which a day lies."""
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def read(cls, text: str | None) -> "Week":
        """The week of a query string (2026-W48), this week without one. BadRequest for what is no week."""
        if not text:
            return cls.of(today())
        found = re.fullmatch(r"(20\d\d)-W(\d\d)", text)
        try:
            return cls(date.fromisocalendar(int(found[1]), int(found[2]), 1)) if found else cls.read_failed()
        except ValueError:
            return cls.read_failed()

    @staticmethod
    def read_failed() -> "Week":
        """Refuse what is no week."""
        raise BadRequest(N_("没有这一周。"))

    @property
    def key(self) -> str:
        """2026-W48."""
        year, week, _day = self.monday.isocalendar()
        return f"{year}-W{week:02d}"

    @property
    def year(self) -> int:
        """The ISO year, which near New Year differs from the calendar's."""
        return self.monday.isocalendar()[0]

    @property
    def number(self) -> int:
        """The number of the week in its ISO year."""
        return self.monday.isocalendar()[1]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def since(self) -> date:
        """The Friday before: what happened from then on is news to this week's meeting."""
        return self.monday - timedelta(days=3)

    @property
    def next(self) -> "Week":
        return Week(self.monday + timedelta(days=7))

    @property
    def previous(self) -> "Week":
        return Week(self.monday - timedelta(days=7))

    @property
    def is_future(self) -> bool:
        return self.monday > today()

    def due_on(self, weekday: int) -> date | None:
        """The day by which lines are due: `weekday` (1 Monday … 7) or the last working day before it in the week.

        None in a week in which nobody works until then: no line is asked for.
        """
        days = (self.monday + timedelta(days=offset) for offset in range(weekday - 1, -1, -1))
        return next((day for day in days if is_working_day(day)), None)
