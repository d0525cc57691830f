"""Jobs of the close."""

from payroll.closing.services import close_due
from workforce.core import clock


def close_due_days() -> int:
    """Close every day whose cut-off has passed; give the number of days closed.

    Raises:
        SomeFailed: single groups could not be closed; the others' days are closed all the same.

    """
    return close_due(now=clock.now())
