"""What a new line of a rate card may do: it never reaches backwards, and who would earn less is told well ahead."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from workforce.core.clock import local_date
from workforce.rates.rules.cards import RateLine, exactness, rate_in_force

# From the day on which a lower rate is entered to the first day on which anybody may be paid it. A project may come to
# have one of its own.
NOTICE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Change:
    """What a new line changes for whoever works on a project at a level, from a country.

    Attributes:
        day: the first day on which it does.
        old: what would have held on that day without it, or None where nothing would.
        new: the line.
        lowered: is less paid than without it?

    """

    day: date
    old: RateLine | None
    new: RateLine
    lowered: bool


def today(now: datetime, timezones: Collection[str]) -> date:
    """Give the first day that a new line may begin on: the latest date that it is in any of the zones.

    A worker's day is the date in her pay group's zone. Where it is tomorrow already, a line from today would reach into
    a day that has ended.

    Args:
        now: the instant.
        timezones: IANA names of the pay groups' zones; none leaves UTC.

    """
    return max((local_date(now, zone) for zone in timezones), default=now.astimezone(UTC).date())


def lowers(old: RateLine, new: RateLine) -> bool:
    """Say whether a line pays less than another one.

    What is paid in another unit or another currency cannot be compared, and counts as less: whoever is concerned gets
    the time to think about it.
    """
    if (old.kind, old.currency) != (new.kind, new.currency):
        return True
    return new.rate < old.rate


def change(card: Collection[RateLine], line: RateLine, *, project_id: int, level: str, country: str) -> Change | None:
    """Say what a new line changes for work at a level from a country.

    Looked at are its first day and every later one on which the card changes: a line may pay more than today's and yet
    less than what was announced for next week.

    Args:
        card: lines without the new one.
        line: the new one.
        project_id: of the work.
        level: a certification level, empty for none.
        country: ISO 3166 alpha-2, empty where not known.

    Returns:
        the first lowering, else the first change, else None: no work of this kind is paid otherwise than without it.

    """
    days = sorted({line.valid_from, *(one.valid_from for one in card if one.valid_from > line.valid_from)})
    both = [*card, line]
    first: Change | None = None
    for day in days:
        if rate_in_force(both, project_id=project_id, level=level, country=country, day=day) is not line:
            continue
        old = rate_in_force(card, project_id=project_id, level=level, country=country, day=day)
        if old is not None and (old.kind, old.currency, old.rate) == (line.kind, line.currency, line.rate):
            continue
        found = Change(day, old, line, lowered=old is not None and lowers(old, line))
        if found.lowered:
            return found
        first = first or found
    return first


def refused_by_notice(changes: Iterable[Change], first_day: date) -> date | None:
    """Say whether changes lower what is paid before the notice period is over.

    Args:
        changes: those of everybody concerned.
        first_day: today, as `today` gives it.

    Returns:
        the first day on which they may, or None where none of them comes too soon.

    """
    allowed = first_day + NOTICE
    return allowed if any(one.lowered and one.day < allowed for one in changes) else None


def rewrites(line: RateLine, priced: RateLine, country: str) -> bool:
    """Say whether a line would have priced, or could have priced, work that another line priced, had it stood there.

    The work was begun on or after the line's first day. The level that it was begun at is not kept, but where the line
    that priced it names one.

    Args:
        line: the new one.
        priced: the line that priced the work.
        country: the worker's, empty where not known.

    """
    if line.project_id not in {None, priced.project_id} and priced.project_id is not None:
        return False
    if line.country not in {"", country}:
        return False
    if line.level and priced.level and line.level != priced.level:
        return False
    return (*exactness(line), line.valid_from) > (*exactness(priced), priced.valid_from)
