"""What the scheduler does with work."""

from workforce.core import clock
from workforce.core.db import transaction
from workforce.tasks.services.bonuses import AT_ONCE, award_bonuses


def award_all_bonuses() -> int:
    """Award every bonus whose condition is met, some at a time."""
    done = 0
    while True:
        with transaction():
            awarded = award_bonuses(now=clock.now())
        done += awarded
        if awarded < AT_ONCE:
            return done
