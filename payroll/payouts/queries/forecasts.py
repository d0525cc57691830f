"""Reads on what a run will send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from payroll.closing.models import Run
from payroll.payouts.models import Forecast
from workforce.core.db import session


@dataclass(frozen=True)
class Foreseen:
    """What a run will send, or was about to when it was released.

    Attributes:
        sums: by currency.
        at: the instant that it was computed for.
        released: is it what the release computed?
        approved: what stood there when the run was approved, by currency; empty before.

    """

    sums: Sequence[Forecast]
    at: datetime
    released: bool
    approved: dict[str, Forecast]

    @property
    def payouts(self) -> int:
        """In how many orders."""
        return sum(one.payouts for one in self.sums)

    @property
    def changes(self) -> list[tuple[str, int, int]]:
        """What changed since the approval: currency, payouts more or less, and micros more or less."""
        if not self.approved:
            return []
        now = {one.currency: (one.payouts, one.total) for one in self.sums}
        then = {key: (one.payouts, one.total) for key, one in self.approved.items()}
        found = []
        for currency in sorted(now | then):
            (payouts, total), (payouts_then, total_then) = now.get(currency, (0, 0)), then.get(currency, (0, 0))
            if (payouts, total) != (payouts_then, total_then):
                found.append((currency, payouts - payouts_then, total - total_then))
        return found


def foreseen(run: Run) -> Foreseen | None:
    """Give what is known of what a run will send, None where nothing was computed yet."""
    query = select(Forecast).where(Forecast.group_id == run.group_id, Forecast.pay_day == run.pay_day)
    found = session().scalars(query.order_by(Forecast.currency)).all()
    by_stage = {stage: [one for one in found if one.stage == stage] for stage in ("released", "expected", "approved")}
    sums = by_stage["released"] or by_stage["expected"]
    if not sums:
        return None
    approved = {one.currency: one for one in by_stage["approved"]}
    return Foreseen(sums, sums[0].computed_at, sums[0].stage == "released", approved)
