"""Working days of mainland China: weekends, statutory holidays and the Saturdays worked for them."""

from datetime import date, timedelta

import chinese_calendar

#: 元旦、劳动节、国庆节 by the sun's calendar: 全国年节及纪念日放假办法 (2024), so holidays before a year is announced.
FIXED = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}


def is_working_day(day: date) -> bool:
    """Whether offices work on that day: as the State Council announced it, else Monday to Friday but for FIXED.

    The library knows the years that are announced; a later one is judged so until the library is updated.
    """
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in FIXED  # Monday is 0


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
