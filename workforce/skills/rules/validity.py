"""How long a certification holds."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

WARNED_BEFORE: Final = timedelta(days=30)


def expiry(granted: date, months: int | None) -> date | None:
    """Give the last day on which a certification holds.

    Args:
        granted: the day of the grant, in UTC.
        months: how many it lasts; None for ever.

    Returns:
        the same day of a later month, or that month's last one; None for ever.

    """
    if months is None:
        return None
    year, month = divmod(granted.year * 12 + granted.month - 1 + months, 12)
    return date(year, month + 1, min(granted.day, monthrange(year, month + 1)[1]))


def holds(expires_on: date | None, on: date) -> bool:
    """Say whether what holds to the end of a day holds on another."""
    return expires_on is None or on <= expires_on


def outlasts(known: date | None, other: date | None) -> bool:
    """Say whether what holds to one day holds at least as long as what holds to another."""
    return known is None or (other is not None and known >= other)


def state_of(*, ended: str, expires_on: date | None, on: date) -> str:
    """Name what a certification is on a day: valid, lapsing (within the warning), lapsed, renewed or revoked."""
    if ended:
        return "renewed" if ended == "renewed" else "revoked"
    if not holds(expires_on, on):
        return "lapsed"
    return "lapsing" if expires_on is not None and expires_on - on <= WARNED_BEFORE else "valid"
