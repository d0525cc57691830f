"""How far graders agree beyond chance: Cohen's kappa (1960) and its weighted form (1968), in exact fractions.

Kappa is 1 − observed disagreement ÷ the disagreement that two graders with these habits would have by chance.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeVar

from i18n.locale import N_

# Whole points, or a share of them. A table says what one grader gave and what the other one gave, with how often.
Value = TypeVar("Value", bound=Fraction | int)

# Landis and Koch (1977): up to where each word reaches.
_WORDS: Final = (
    (Fraction(0), N_("poor")),
    (Fraction(1, 5), N_("slight")),
    (Fraction(2, 5), N_("fair")),
    (Fraction(3, 5), N_("moderate")),
    (Fraction(4, 5), N_("substantial")),
    (Fraction(1), N_("almost perfect")),
)


def _differ(one: Fraction | int, other: Fraction | int) -> Fraction:
    return Fraction(one != other)


def _squared(one: Fraction | int, other: Fraction | int) -> Fraction:
    return Fraction(one - other) ** 2


def kappa(table: Mapping[tuple[Value, Value], int]) -> Fraction | None:
    """Give Cohen's unweighted kappa: every difference weighs the same.

    Args:
        table: how often each pair of judgements was given.

    Returns:
        from -1 to 1; None where all judgements are the same, since then there is no chance to be better than.

    """
    return _kappa(table, _differ)


def weighted_kappa(table: Mapping[tuple[Value, Value], int]) -> Fraction | None:
    """Give kappa with quadratic weights: a difference of two points weighs four times one of one point.

    Args:
        table: how often each pair of points was given.

    Returns:
        from -1 to 1; None where all points are the same.

    """
    return _kappa(table, _squared)


def _kappa(
    table: Mapping[tuple[Value, Value], int], weigh: Callable[[Fraction | int, Fraction | int], Fraction]
) -> Fraction | None:
    first: Counter[Value] = Counter()
    second: Counter[Value] = Counter()
    observed, number = Fraction(0), 0
    for (one, other), times in table.items():
        first[one] += times
        second[other] += times
        observed += weigh(one, other) * times
        number += times
    expected = sum(
        (weigh(one, other) * times * against for one, times in first.items() for other, against in second.items()),
        Fraction(0),
    )
    return 1 - number * observed / expected if expected else None


def reading(value: Fraction) -> str:
    """Give the words of Landis and Koch for a kappa, marked for translation."""
    if value < 0:
        return _WORDS[0][1]
    # Their table leaves gaps between its steps; a value in one belongs to the step above it.
    return next(word for limit, word in _WORDS[1:] if value <= limit)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What two graders gave, each without knowing of the other.

    Attributes:
        lines: by line of the rubric, whether it passed for the one and for the other.
        shares: of the question's points, by the one and by the other.
        times: how many answers got just that.

    """

    lines: tuple[tuple[bool, bool], ...]
    shares: tuple[Fraction, Fraction]
    times: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far graders agree.

    Attributes:
        answers: that both graded.
        lines: kappa of whether each line of the rubric passed; None where all judgements are the same.
        points: kappa with quadratic weights of the points; None where all are the same.

    """

    answers: int
    lines: Fraction | None
    points: Fraction | None


def judged(
    points: tuple[Mapping[str, int], Mapping[str, int]], rubric: Mapping[str, int], *, pass_percent: int, times: int
) -> Judgement:
    """Make a judgement of the points of two graders.

    Args:
        points: by line, by the one and by the other.
        rubric: most points by line.
        pass_percent: a line passed that has so many percent of its points.
        times: how many answers got just that.

    """
    one, other = points
    passed = [
        (one[line] * 100 >= most * pass_percent, other[line] * 100 >= most * pass_percent)
        for line, most in rubric.items()
    ]
    whole = sum(rubric.values())
    shares = Fraction(sum(one.values()), whole), Fraction(sum(other.values()), whole)
    return Judgement(tuple(passed), shares, times)


def agreement(judgements: Iterable[Judgement]) -> Agreement:
    """Say how far graders agree over some judgements."""
    lines: Counter[tuple[Fraction | int, Fraction | int]] = Counter()
    shares: Counter[tuple[Fraction | int, Fraction | int]] = Counter()
    answers = 0
    for one in judgements:
        answers += one.times
        shares[one.shares] += one.times
        for first, second in one.lines:
            lines[int(first), int(second)] += one.times
    return Agreement(answers, kappa(lines), weighted_kappa(shares))
