"""At which levels, and by which day's card, a piece of work is priced: the same for what is shown and what is paid."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from i18n.locale import N_
from workforce.core.clock import local_date
from workforce.core.errors import DaybookError
from workforce.rates.rules.cards import RateLine, rate_in_force


class LevelNotHeld(DaybookError):
    code = "level_not_held"
    template = N_(
        "The file says level “%(level)s”, and on %(day)s this worker held %(held)s. Correct the level, leave it empty,"
        " or grant the certification."
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A certification among those that a project requires, as long as it counts for the price of work.

    Attributes:
        level: that it stands for; empty for none in particular.
        granted_at: the instant from whose day on it counts.
        ended_at: the instant on whose day it last counts, where it was taken away or replaced; a price never falls in
            the middle of a day.
        expires_on: the last day on which it holds, where it lapses.

    """

    level: str
    granted_at: datetime
    ended_at: datetime | None
    expires_on: date | None


class Basis(NamedTuple):
    """By what a piece of work is priced.

    Attributes:
        day: on which it was begun, in the worker's pay group's zone: the card of that day holds.
        levels: at which it may be priced; of several, the one that pays most.

    """

    day: date
    levels: frozenset[str]


def basis(held: Iterable[Held], begun: datetime, timezone: str, *, told: str = "") -> Basis:
    """Decide by what a piece of work is priced that is begun at an instant. Nothing else decides this.

    A worker who holds certifications on the day is priced by them, one who holds none by what the file says. Where it
    says nothing, the first certification that she was granted later counts beside the card's lines for any level: work
    is often done in another tool before anybody enters here that she was certified. She never earns less by it than
    she was shown, since of several levels the one that pays most holds.

    Args:
        held: the worker's certifications in the project, those of the past included.
        begun: the instant of the claim: of an import the accept time, else the submission; now, for what is shown.
        timezone: IANA name of the worker's pay group's zone.
        told: the level that a file says, or empty: it chooses among several that she holds, and holds alone for
            somebody who holds none.

    Raises:
        LevelNotHeld: a file says a level that is none of those that she held.

    """
    day = local_date(begun, timezone)
    all_held = list(held)
    levels = levels_on(all_held, day, timezone)
    if levels and told and told not in levels:
        raise LevelNotHeld(level=told, day=day, held=", ".join(sorted(level or "–" for level in levels)))
    if told:
        return Basis(day, frozenset({told}))
    later = sorted((one.granted_at, one.level) for one in all_held if one.granted_at > begun)
    return Basis(day, levels or frozenset({"", *(level for _, level in later[:1])}))


def levels_on(held: Iterable[Held], day: date, timezone: str) -> frozenset[str]:
    """Return the levels that certifications stand for on a day in a zone; empty where none of them counts."""
    return frozenset(
        one.level
        for one in held
        if local_date(one.granted_at, timezone) <= day
        and (one.expires_on is None or day <= one.expires_on)
        and (one.ended_at is None or day <= local_date(one.ended_at, timezone))
    )


def best_line(
    card: Collection[RateLine], *, project_id: int, levels: Iterable[str], country: str, day: date
) -> RateLine | None:
    """Choose the line that holds for somebody who has several levels: of those like the first one, the highest.

    Lines in another unit or currency cannot be compared, so the first level by name decides which.

    Args:
        card: lines in any order.
        project_id: of the work.
        levels: as `basis` gives them.
        country: the worker's, empty where not known.
        day: the same.

    """
    held = [
        rate_in_force(card, project_id=project_id, level=level, country=country, day=day) for level in sorted(levels)
    ]
    lines = [line for line in held if line is not None]
    alike = [line for line in lines if (line.kind, line.currency) == (lines[0].kind, lines[0].currency)]
    return max(alike, key=lambda line: line.rate, default=None)
