"""Decisions on paid training."""

from typing import Final

from workforce.core.money import half_even

LONGEST_TITLE: Final = 120
LONGEST_BODY: Final = 100_000
LONGEST_MINUTES: Final = 24 * 60


def hourly(price: int, minutes: int) -> int:
    """Give what a training pays an hour, in micros, half-even.

    Args:
        price: micros, for the whole of it.
        minutes: that it takes, above 0.

    """
    return half_even(price * 60, minutes)
