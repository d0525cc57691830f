"""Bonuses that were offered, approved and accepted are paid when their condition is met, each exactly once."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from workforce.core.db import rows, session
from workforce.core.sweep import sweep
from workforce.paydays.models import PayGroup
from workforce.rates.queries import hold_offer
from workforce.rates.services import Quote, bonus_earned
from workforce.tasks.services.history import COUNTED
from workforce.tasks.services.work import NewWork, OpenDays, record_work

# Acceptances of the bonus's days may come in later, by a file: for so long the condition is looked at.
_LATE: Final = timedelta(days=60)
_EARNED: Final = f"""
SELECT o.id FROM rate_offer o
WHERE o.kind = 'bonus' AND o.state = 'accepted' AND o.earned_at IS NULL AND o.valid_to >= :oldest AND o.id > :after
    AND ({COUNTED}) >= o.pieces
ORDER BY o.id LIMIT :limit
"""  # noqa: S608 -- a fixed text


def award_bonuses(*, now: datetime) -> int:
    """Record bonuses whose condition is met as accepted work, and tell those who earned them.

    A bonus that was earned stays earned, though pieces be taken back afterwards. Takes its own transactions: call it
    outside one.

    Args:
        now: the instant; the bonus is in the pay of that day, or of the first that is open.

    Returns:
        how many were awarded.

    Raises:
        SomeFailed: single bonuses could not be awarded.

    """
    return sweep("offer", partial(_earned, now), partial(_award, now))


def _earned(now: datetime, after: int, limit: int) -> Sequence[int]:
    return [key for (key,) in rows(_EARNED, oldest=(now - _LATE).date(), after=after, limit=limit)]


def _award(now: datetime, offer_id: int) -> int:
    offer, worker, project = hold_offer(offer_id)
    if offer.earned_at is not None:  # another job was quicker
        return 0
    group, open_days = session().get_one(PayGroup, worker.group_id), OpenDays()
    work = NewWork(
        origin="bonus", source=f"bonus:{offer.id}", worker_id=worker.id, group=group, state="accepted",
        quote=Quote("bonus", offer.amount, offer.currency, offer_id=offer.id), seconds=0, claimed_at=None,
        submitted_at=now, decided_at=now, reason=offer.reason,
    )  # fmt: skip
    record_work(project.id, [work], open_days)
    bonus_earned(offer, worker, project, day=open_days.pay_day(group, now), now=now)
    return 1
