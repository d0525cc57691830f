"""Jobs of skills tests."""

from functools import partial

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.sweep import sweep
from workforce.skills.queries.attempts import overdue
from workforce.skills.services.attempts import hand_in
from workforce.skills.services.warnings import warn_of_lapses


def close_attempts() -> int:
    """Hand in the open attempts whose deadline has passed; give their number.

    Raises:
        SomeFailed: single attempts could not be handed in.

    """
    now = clock.now()

    def close(attempt_id: int) -> int:
        hand_in(SYSTEM, attempt_id, now=now)
        return 1

    return sweep("attempt", partial(overdue, now), close)


def warn_certifications() -> int:
    """Tell holders of certifications that will lapse or have lapsed; give how many were told.

    Raises:
        SomeFailed: single holders could not be told.

    """
    return warn_of_lapses(now=clock.now())
