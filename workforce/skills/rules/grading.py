"""Grading by rubric: what may be given, when a third grader is asked, and which gradings count (see scoring)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

# The place of a grading on appeal: it stands alone.
ON_APPEAL: Final = 4


class BadPoints(DaybookError):
    code = "bad_points"
    status = 400
    template = N_("Give every line whole points, from 0 to the most that it has.")


class CommentMissing(DaybookError):
    code = "comment_missing"
    status = 400
    template = N_("Points were taken off: say in the comment what was short, for the person who wrote it.")


@dataclass(frozen=True, slots=True)
class Given:
    """One grading.

    Attributes:
        place: 1, 2, 3, or ON_APPEAL.
        points: by line of the rubric.

    """

    place: int
    points: Mapping[str, int]

    @property
    def total(self) -> int:
        """The sum of its points."""
        return sum(self.points.values())


def checked(rubric: Sequence[Mapping[str, Any]], points: Mapping[str, int | None], comment: str) -> dict[str, int]:
    """Give the points of a grading by line of the rubric.

    Args:
        rubric: lines with id and points.
        points: by line.
        comment: for the person who wrote the answer.

    Raises:
        BadPoints: a line is missing, is none of the rubric's, or has too few or too many.
        CommentMissing: points were taken off without a word.

    """
    most = {line["id"]: int(line["points"]) for line in rubric}
    if points.keys() != most.keys():
        raise BadPoints
    kept = {name: value for name, value in points.items() if value is not None and 0 <= value <= most[name]}
    if len(kept) != len(most):
        raise BadPoints
    if kept != most and not comment.strip():
        raise CommentMissing
    return kept


def next_place(given: Sequence[Given], *, most: int, tolerance_percent: int) -> int | None:
    """Give the place that a grader is wanted for next, or None where the grading of an answer is complete.

    Args:
        given: in any order.
        most: points of the question.
        tolerance_percent: by how many percent of these two graders may differ.

    """
    places = {one.place: one for one in given}
    if ON_APPEAL in places:
        return None
    if len(places) < 2:
        return len(places) + 1
    apart = abs(places[1].total - places[2].total)
    return 3 if 3 not in places and apart * 100 > tolerance_percent * most else None


def standing(given: Sequence[Given]) -> list[Given]:
    """Give the gradings that count: one on appeal alone, whatever was given before; all of them otherwise."""
    return [one for one in given if one.place == ON_APPEAL] or list(given)
