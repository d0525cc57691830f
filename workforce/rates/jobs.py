"""What the scheduler does with offers."""

from workforce.core import clock
from workforce.rates.services import lapse_offers


def lapse_old_offers() -> int:
    """Let the offers lapse that nobody has answered in time; give how many."""
    return lapse_offers(now=clock.now())
