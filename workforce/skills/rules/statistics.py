"""What the results of a version say of its questions: how hard each is, and whether it tells the strong from the weak.

- Difficulty is the share of a question's points that was had (Allen & Yen, *Introduction to Measurement Theory*, 1979,
  ch. 6): 1 where everybody has all of them, 0 where nobody has any.
- Discrimination is the corrected item-total correlation (the same; Nunnally, *Psychometric Theory*, 1978): Pearson's
  correlation of a question's points with the points of all *other* questions of the paper, so that a question is not
  correlated with itself. For right-or-wrong questions it is the point-biserial one. Ebel (*Essentials of Educational
  Measurement*, 1972) reads it so: 0.40 and more very good, 0.30 good, 0.20 to be improved, below that poor; below 0 the
  weak answer better than the strong, and the key is the first thing to look at.

Sums are whole numbers, so that figures are exact up to the last step, a square root taken to 28 digits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Final

from workforce.core.money import half_even

# With fewer attempts, chance speaks.
ENOUGH: Final = 10
POOR: Final = Decimal("0.20")
GOOD: Final = Decimal("0.30")
VERY_GOOD: Final = Decimal("0.40")
HARD: Final = Fraction(1, 10)
EASY: Final = Fraction(19, 20)


@dataclass(frozen=True)
class Sums:
    """Sums over the attempts whose paper had a question.

    Attributes:
        count: of attempts.
        x: its points.
        xx: their squares.
        y: points of the other questions.
        yy: their squares.
        xy: products of both.

    """

    count: int
    x: int
    xx: int
    y: int
    yy: int
    xy: int


@dataclass(frozen=True)
class Choice:
    """How often an option was chosen, and by whom.

    Attributes:
        option: its id.
        right: is it right by the newest key?
        count: of attempts that chose it.
        rest: sum of their points of the other questions.

    """

    option: str
    right: bool
    count: int
    rest: int

    @property
    def mean(self) -> int:
        """The mean of their points of the other questions, in the unit of the sums."""
        return half_even(self.rest, self.count) if self.count else 0


@dataclass(frozen=True)
class Item:
    """What is known of a question.

    Attributes:
        count: of attempts that had it.
        difficulty: share of its points, 0 to 1; None without attempts.
        discrimination: -1 to 1; None where there is nothing to compare.
        flags: few (attempts), or what seems broken, the worst first: negative, strong_choose_wrong, nobody, hard, easy,
            weak.
        choices: of options.

    """

    count: int
    difficulty: Fraction | None
    discrimination: Decimal | None
    flags: tuple[str, ...]
    choices: Sequence[Choice] = field(default=())


def item(sums: Sums, most: int, choices: Sequence[Choice] = ()) -> Item:
    """Give what is known of a question.

    Args:
        sums: over its attempts, in any unit.
        most: the most points of the question, in that unit.
        choices: of its options, where one or many are chosen.

    """
    share = difficulty(sums, most)
    link = correlation(sums)
    return Item(sums.count, share, link, tuple(_flags(sums, share, link, choices)), choices)


def difficulty(sums: Sums, most: int) -> Fraction | None:
    """Give the share of a question's points that was had."""
    return Fraction(sums.x, sums.count * most) if sums.count and most else None


def correlation(sums: Sums) -> Decimal | None:
    """Give Pearson's correlation, to four decimals; None where either side never varies."""
    over = sums.count * sums.xy - sums.x * sums.y
    under = (sums.count * sums.xx - sums.x**2) * (sums.count * sums.yy - sums.y**2)
    if under <= 0:
        return None
    with localcontext() as exact:
        exact.prec = 28 + len(str(under))
        return (Decimal(over) / Decimal(under).sqrt()).quantize(Decimal("0.0001"))


def reading(discrimination: Decimal | None) -> str:
    """Name what Ebel would say of a discrimination: very_good, good, fair, poor, negative or unknown."""
    if discrimination is None:
        return "unknown"
    if discrimination < 0:
        return "negative"
    bounds = ((VERY_GOOD, "very_good"), (GOOD, "good"), (POOR, "fair"))
    return next((name for least, name in bounds if discrimination >= least), "poor")


def sums_of(pairs: Iterable[tuple[int, int]]) -> Sums:
    """Give the sums of pairs of a question's points and the points of the other ones."""
    totals = [0] * 6
    for x, y in pairs:
        for place, value in enumerate((1, x, x * x, y, y * y, x * y)):
            totals[place] += value
    return Sums(*totals)


def choices_of(
    options: Sequence[str], right: Iterable[str], found: Mapping[str, tuple[int, int]]
) -> list[Choice]:  # fmt: skip
    """Give the options of a question in their order.

    Args:
        options: ids.
        right: those that are right.
        found: how many chose an option, and the sum of their points of the other questions.

    """
    good = set(right)
    return [Choice(one, one in good, *found.get(one, (0, 0))) for one in options]


def _flags(
    sums: Sums, share: Fraction | None, link: Decimal | None, choices: Sequence[Choice]
) -> Iterable[str]:  # fmt: skip
    if sums.count < ENOUGH:
        yield "few"
        return
    if link is not None and link < 0:
        yield "negative"
    if _strong_choose_wrong(choices):
        yield "strong_choose_wrong"
    if share == 0:
        yield "nobody"
    elif share is not None and share < HARD:
        yield "hard"
    elif share is not None and share > EASY:
        yield "easy"
    if link is not None and 0 <= link < POOR:
        yield "weak"


def _strong_choose_wrong(choices: Sequence[Choice]) -> bool:
    """Say whether those who chose a wrong option did better elsewhere than those who chose a right one."""
    right = [one for one in choices if one.right and one.count]
    wrong = [one for one in choices if not one.right and one.count >= ENOUGH // 2]
    if not wrong:
        return False
    strongest = max(Fraction(one.rest, one.count) for one in wrong)
    return not right or strongest > max(Fraction(one.rest, one.count) for one in right)
