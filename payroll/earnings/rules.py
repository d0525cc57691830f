"""Budgets: what is spent of one, where it is going, and of what the managers are told."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from workforce.core.money import half_even

_DAYS: Final = 7
ALL: Final = 100


@dataclass(frozen=True)
class Outlook:
    """Where a budget stands. Amounts are micros of its currency.

    Attributes:
        budget: the whole.
        spent: so far.
        at_deadline: what will be spent on the deadline if every day costs what the last seven cost on average; None
            without a deadline, or after it.
        at_target: what will be spent for all the pieces that are wanted if each costs what one cost so far on average;
            None without a target, and before the first piece.

    """

    budget: int
    spent: int
    at_deadline: int | None
    at_target: int | None

    @property
    def percent(self) -> int:
        """Whole per cent of the budget that are spent, rounded down, so that 100 means all of it."""
        return self.spent * ALL // self.budget


def outlook(
    *, budget: int, spent: int, recent: int, pieces: int, target: int | None, deadline: date | None, today: date
) -> Outlook:
    """Say where a budget stands and where it is going.

    Args:
        budget: micros, above 0.
        spent: micros of the budget's currency so far.
        recent: of these, those of the last seven days.
        pieces: that were accepted.
        target: how many are wanted.
        deadline: the last day of the work.
        today: the present day; the days after it, the deadline included, are ahead.

    """
    at_deadline = at_target = None
    if deadline is not None and deadline >= today:
        at_deadline = spent + half_even(recent * (deadline - today).days, _DAYS)
    if target is not None and pieces > 0:
        at_target = spent + half_even(spent * max(0, target - pieces), pieces)
    return Outlook(budget, spent, at_deadline, at_target)


def to_tell(percent: int, *, alarm: int, told: int) -> int:
    """Say of which per cent the managers must be told now: the alarm's, 100, or 0 for none.

    Args:
        percent: that is spent.
        alarm: at which they want to be told.
        told: the highest that they were told of.

    """
    reached = ALL if percent >= ALL else alarm if percent >= alarm else 0
    return reached if reached > told else 0
