"""Working days of mainland China: weekends, statutory holidays and the Saturdays worked for them."""

from datetime import date, timedelta

import chinese_calendar


def is_working_day(day: date) -> bool:
    """Whether offices work on that day: as the State Council announced it, else Monday to Friday.

    The library knows the years that are announced; a later one is judged by its weekdays until the library is updated.
    """
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5  # Monday is 0


def add_working_days(day: date, count: int) -> date:
    """The day that lies `count` ≥ 0 working days after `day`; `day` itself is not counted.

    A term that ends on a holiday moves on: with 0 it is the first working day from `day` on.
    """
    if count == 0 and is_working_day(day):
        return day
    left = max(count, 1)
    while left:
        day += timedelta(days=1)
        left -= is_working_day(day)
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after `start` up to and with `end`; negative where `end` is earlier."""
    if end < start:
        return -working_days_between(end, start)
    return sum(is_working_day(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))
