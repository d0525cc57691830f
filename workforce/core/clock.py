"""The one clock: aware instants in UTC."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

# No zone is farther from UTC, on either side.
WIDEST_ZONE: Final = timedelta(hours=14)
_NO_ZONES: Final = frozenset({"localtime", "Factory", "posixrules"})
_frozen: datetime | None = None


def freeze(instant: datetime | None) -> None:
    """Let the clock stand at an instant, or run again with None (DAYBOOK_NOW)."""
    global _frozen  # noqa: PLW0603 -- the one clock of the process
    _frozen = instant


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock stand at an instant for a while, for a demo that tells of days gone by."""
    before = _frozen
    freeze(instant)
    try:
        yield
    finally:
        freeze(before)


def now() -> datetime:
    """Give the present instant, aware, in UTC."""
    return _frozen or datetime.now(UTC)


@cache
def is_timezone(name: str) -> bool:
    """Return whether a name is that of a zone of the IANA database, such as Asia/Ho_Chi_Minh.

    The files of the database hold more: the machine's own zone, a mark for a machine whose zone nobody set, and second
    copies of all zones.
    """
    return name in _zones() and name not in _NO_ZONES and not name.startswith(("posix/", "right/"))


@cache
def _zones() -> Collection[str]:
    """Return the names of the database, which is read from its files each time that it is asked."""
    return available_timezones()


def local_date(instant: datetime, timezone: str) -> date:
    """Give the date that a wall calendar shows in a zone at an instant.

    Args:
        instant: aware.
        timezone: a name of the IANA time zone database, such as Asia/Ho_Chi_Minh.

    """
    return instant.astimezone(ZoneInfo(timezone)).date()


def latest_date(instant: datetime) -> date:
    """Return the latest date that a wall calendar shows anywhere on earth at an instant."""
    return (instant.astimezone(UTC) + WIDEST_ZONE).date()
