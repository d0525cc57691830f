"""Jobs of the payouts."""

from flask import current_app

from payroll.payouts.rails import rail_for
from payroll.payouts.services import Counts, poll, send
from workforce.core import clock


class SomeFailed(Exception):
    """Single orders or runs went wrong; everything else was done."""


def send_payouts() -> int:
    """Send what was released; return the number of orders sent.

    Raises:
        SomeFailed: at the end, naming what went wrong.

    """
    counts = send(rail_for(current_app.config["DAYBOOK"]), now=clock.now)
    _tell(counts)
    return counts.sent


def poll_rails() -> int:
    """Ask the rails what became of orders whose pause is over; return the number that reached an end.

    Raises:
        SomeFailed: at the end, naming what went wrong.

    """
    counts = poll(rail_for(current_app.config["DAYBOOK"]), now=clock.now, due=True)
    _tell(counts)
    return counts.paid + counts.failed


def _tell(counts: Counts) -> None:
    if counts.errors:
        raise SomeFailed(f"{len(counts.errors)} went wrong, the others went on: {'; '.join(counts.errors[:20])}")
