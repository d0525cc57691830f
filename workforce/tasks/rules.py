"""Decisions on submissions and the arithmetic of what they earn."""

from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.core.money import MAX_MICROS, half_even

SECONDS_AN_HOUR: Final = 3600

# Work on tasks, paid by the piece or by the hour. The other kinds are paid a fixed amount, and are no tasks.
TASK_KINDS: Final = ("piece", "hourly")

# Work is accepted or rejected; a verdict may be taken back by the one that comes after it.
TRANSITIONS: Final = {
    ("submitted", "accept"): "accepted",
    ("submitted", "reject"): "rejected",
    ("rejected", "accept"): "accepted",
    ("accepted", "reverse"): "rejected",
    ("accepted", "reprice"): "accepted",
}


class ForbiddenMove(DaybookError):
    code = "forbidden_move"
    template = N_("Work that is %(state)s cannot be moved by “%(action)s”.")


class AmountTooLarge(DaybookError):
    code = "amount_too_large"
    template = N_("The amount is larger than can be paid for one piece of work.")


def moved(state: str, action: str) -> str:
    """Give the state that an action leads to.

    Raises:
        ForbiddenMove: the action cannot be done in this state.

    """
    if (state, action) not in TRANSITIONS:
        raise ForbiddenMove(state=state, action=action)
    return TRANSITIONS[state, action]


def earned(kind: str, quantity: int, rate: int) -> int:
    """Give what accepted work earns, in micros, rounded half-even once.

    Args:
        kind: piece (the quantity counts pieces), hourly (it counts seconds), onboarding or bonus (the quantity is 1).
        quantity: 0 or more.
        rate: micros a piece or an hour, or the fixed amount.

    Raises:
        AmountTooLarge: past what the database can hold.

    """
    amount = half_even(quantity * rate, SECONDS_AN_HOUR) if kind == "hourly" else quantity * rate
    if amount > MAX_MICROS // 1_000_000:  # leaves room for the sum of a million pieces
        raise AmountTooLarge
    return amount


def is_floored(kind: str, *, carded: bool, seconds: int) -> bool:
    """Say whether the hourly floor of a country counts a piece of work.

    Args:
        kind: of its price.
        carded: did its price come from the rate card or a personal offer? A file's own reward is exempt.
        seconds: working time, 0 where nobody measured it.

    """
    return kind in TASK_KINDS and carded and seconds > 0
