"""Which rate holds for a piece of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from workforce.core.money import half_even

SECONDS_AN_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class RateLine:
    """A line of a rate card.

    Attributes:
        id: of the line.
        project_id: the project it holds for, or None for any.
        level: certification level, or empty for any.
        country: ISO 3166 alpha-2, or empty for any.
        kind: piece or hourly.
        currency: ISO 4217.
        rate: micros a piece or an hour.
        valid_from: first day that it holds on.

    """

    id: int
    project_id: int | None
    level: str
    country: str
    kind: str
    currency: str
    rate: int
    valid_from: date


def exactness(line: RateLine) -> tuple[bool, bool, bool]:
    """Give how exactly a line names its work: by project, then by level, then by country. Greater is more exact."""
    return (line.project_id is not None, line.level != "", line.country != "")


def rate_in_force(card: Iterable[RateLine], *, project_id: int, level: str, country: str, day: date) -> RateLine | None:
    """Choose the line that holds: the most exact one (project, then level, then country), and of those the latest.

    Args:
        card: lines in any order.
        project_id: of the work.
        level: the worker's certification level, empty for none.
        country: the worker's, empty where not known.
        day: the date of the claim in the worker's pay group's zone.

    Returns:
        the line, or None where no line matches on that day.

    """
    fitting = (
        line
        for line in card
        if line.valid_from <= day
        and line.project_id in {None, project_id}
        and line.level in {"", level}
        and line.country in {"", country}
    )
    return max(
        fitting,
        key=lambda line: (*exactness(line), line.valid_from),
        default=None,
    )


def in_force(card: Iterable[RateLine], day: date) -> list[RateLine]:
    """Give the lines that stand on a day, one for each project, level and country: the latest of each."""
    latest: dict[tuple[int | None, str, str], RateLine] = {}
    for line in sorted(card, key=lambda one: one.valid_from):
        if line.valid_from <= day:
            latest[line.project_id, line.level, line.country] = line
    return list(latest.values())


def both_ways(kind: str, rate: int, seconds: int) -> dict[str, int]:
    """Give a rate by the task and by the hour, in micros; the one that it is comes first.

    Args:
        kind: piece or hourly.
        rate: micros a piece or an hour.
        seconds: that a task takes; 0 where nobody knows, and then the rate stands alone.

    """
    if not seconds:
        return {kind: rate}
    if kind == "hourly":
        return {kind: rate, "piece": half_even(rate * seconds, SECONDS_AN_HOUR)}
    return {kind: rate, "hourly": half_even(rate * SECONDS_AN_HOUR, seconds)}
