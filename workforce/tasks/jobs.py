"""What the scheduler does with work."""

from workforce.core import clock
from workforce.tasks.services.bonuses import award_bonuses


def award_all_bonuses() -> int:
    """Award every bonus whose condition is met; give how many."""
    return award_bonuses(now=clock.now())
