"""Working days across holidays and worked weekends."""

from datetime import date

import pytest

from crm.calendar import add_working_days, is_working_day, working_days_between


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),  # 国庆节, a Thursday
        (date(2026, 10, 10), True),  # a Saturday worked for it
        (date(2026, 10, 11), False),
        (date(2030, 1, 5), False),  # not announced yet: a Saturday
        (date(2030, 1, 7), True),
        (date(2027, 1, 1), False),  # 元旦, a Friday
        (date(2030, 5, 2), False),  # 劳动节, a Thursday
        (date(2030, 10, 1), False),
        (date(2030, 10, 8), True),
    ],
)
def test_holidays_and_worked_saturdays(day: date, works: bool):
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "count", "ends"),
    [
        (date(2026, 9, 29), 1, date(2026, 9, 30)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # the holiday lasts to the 7th
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 10, 3), 0, date(2026, 10, 8)),
        (date(2026, 9, 30), 0, date(2026, 9, 30)),
    ],
)
def test_a_term_skips_holidays(day: date, count: int, ends: date):
    assert add_working_days(day, count) == ends
    if count:
        assert working_days_between(day, ends) == count


def test_days_count_backwards_too():
    assert working_days_between(date(2026, 10, 8), date(2026, 9, 30)) == -1
