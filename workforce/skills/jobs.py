"""Jobs of skills tests."""

from typing import Final

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.db import is_away, transaction
from workforce.skills.queries.attempts import overdue
from workforce.skills.services.attempts import hand_in
from workforce.skills.services.warnings import A_RUN as WARNED_A_RUN
from workforce.skills.services.warnings import warn_of_lapses

A_RUN: Final = 500


def close_attempts() -> int:
    """Hand in the open attempts whose deadline has passed, each in a transaction of its own; give their number.

    Raises:
        ExceptionGroup: of what went wrong; the other attempts are handed in all the same.

    """
    now = clock.now()
    with transaction():
        found = overdue(now, limit=A_RUN)
    problems: list[Exception] = []
    for attempt_id in found:
        try:
            with transaction():
                hand_in(SYSTEM, attempt_id, now=now)
        except Exception as problem:  # the next attempt is somebody else's
            if is_away(problem):
                raise
            problems.append(problem)
    if problems:
        raise ExceptionGroup(f"{len(problems)} of {len(found)} attempts", problems)
    return len(found)


def warn_certifications() -> int:
    """Tell holders of certifications that will lapse or have lapsed, chunk by chunk; give how many were told."""
    told, more = 0, WARNED_A_RUN
    while more >= WARNED_A_RUN:
        with transaction():
            more = warn_of_lapses(now=clock.now())
        told += more
    return told
