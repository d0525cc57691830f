"""Bonuses that were offered, approved and accepted are paid when their condition is met, each exactly once."""

from datetime import datetime, timedelta
from typing import Final

from workforce.core.db import rows, session
from workforce.paydays.models import PayGroup
from workforce.rates.queries import hold_offer
from workforce.rates.services import Quote, bonus_earned
from workforce.tasks.services.history import COUNTED
from workforce.tasks.services.work import NewWork, OpenDays, record_work

AT_ONCE: Final = 100
# Acceptances of the bonus's days may come in later, by a file: for so long the condition is looked at.
_LATE: Final = timedelta(days=60)
_EARNED: Final = f"""
SELECT o.id FROM rate_offer o
WHERE o.kind = 'bonus' AND o.state = 'accepted' AND o.earned_at IS NULL AND o.valid_to >= :oldest
    AND ({COUNTED}) >= o.pieces
ORDER BY o.id LIMIT :limit
"""  # noqa: S608 -- a fixed text


def award_bonuses(*, now: datetime) -> int:
    """Record bonuses whose condition is met as accepted work, and tell those who earned them.

    A bonus that was earned stays earned, though pieces be taken back afterwards.

    Args:
        now: the instant; the bonus is in the pay of that day, or of the first that is open.

    Returns:
        how many were awarded; fewer than AT_ONCE where none is left.

    """
    open_days, done = OpenDays(), 0
    for (offer_id,) in rows(_EARNED, oldest=(now - _LATE).date(), limit=AT_ONCE):
        offer, worker, project = hold_offer(offer_id)
        if offer.earned_at is not None:  # another job was quicker
            continue
        group = session().get_one(PayGroup, worker.group_id)
        work = NewWork(
            origin="bonus", source=f"bonus:{offer.id}", worker_id=worker.id, group=group, state="accepted",
            quote=Quote("bonus", offer.amount, offer.currency, offer_id=offer.id), seconds=0, claimed_at=None,
            submitted_at=now, decided_at=now, reason=offer.reason,
        )  # fmt: skip
        record_work(project.id, [work], open_days)
        bonus_earned(offer, worker, project, day=open_days.pay_day(group, now), now=now)
        done += 1
    return done
