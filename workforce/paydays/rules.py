"""Decisions on days: which one work belongs to, when one may be closed, when one is paid. Dates are the group's own."""

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DUE_TIME: Final = time(18)
_NO_HOLIDAYS: Final[frozenset[date]] = frozenset()


def pay_day(open_day: date, accepted_on: date) -> date:
    """Give the day of the books that work belongs to, for good.

    Args:
        open_day: the first day of its group that is not closed.
        accepted_on: the date of its acceptance in the group's zone.

    """
    return max(open_day, accepted_on)


def at_wall_time(day: date, wall: time, timezone: str) -> datetime:
    """Give the instant, in UTC, at which the clocks of a zone show a time on a date.

    Where clocks are put back and show it twice, the later one is meant, so that nobody's day is cut short. Where they
    are put forward and never show it, the instant at which they jump past it (RFC 5545, section 3.3.5, reads it with
    the offset before the gap; this gives the same).
    """
    early = datetime.combine(day, wall, ZoneInfo(timezone))
    late = early.replace(fold=1)
    # In a gap, fold=1 is the earlier instant: the offset after the jump is applied.
    return max(early.astimezone(UTC), late.astimezone(UTC))


def cutoff_instant(day: date, cutoff: time, timezone: str) -> datetime:
    """Give the instant, in UTC, after which a group's day is due to be closed.

    Args:
        day: in the group's zone.
        cutoff: wall-clock time on that day; 00:00 means the midnight that ends it.
        timezone: the group's.

    """
    return at_wall_time(day + timedelta(days=1) if cutoff == time(0) else day, cutoff, timezone)


def add_business_days(day: date, count: int, holidays: Container[date] = _NO_HOLIDAYS) -> date:
    """Give the date that lies a number of business days after another one.

    With a count of 0 it is the day itself if that is a business day, else the next one.

    Args:
        day: where it begins.
        count: business days, 0 or more.
        holidays: dates that are no business days, besides Saturdays and Sundays.

    """
    current = day
    left = count
    while left > 0 or current.weekday() > 4 or current in holidays:
        current += timedelta(days=1)
        if current.weekday() < 5 and current not in holidays:
            left -= 1
    return current


def due_instant(day: date, terms: int, timezone: str, holidays: Container[date] = _NO_HOLIDAYS) -> datetime:
    """Give the instant, in UTC, by which a day's pay is promised: 18:00 the group's time, its terms after the day."""
    return at_wall_time(add_business_days(day, terms, holidays), DUE_TIME, timezone)
