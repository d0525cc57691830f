"""Which rate holds for a piece of work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


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
        key=lambda line: (line.project_id is not None, line.level != "", line.country != "", line.valid_from),
        default=None,
    )
