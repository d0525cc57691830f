"""Jobs of the close."""

from payroll.closing.services import Policy, close_due
from workforce.core import clock


def close_due_days() -> int:
    """Close every day whose cut-off has passed; give the number of days closed.

    Raises:
        ExceptionGroup: of what refused to be closed; the other groups' days are closed all the same.

    """
    closed, refusals = close_due(now=clock.now(), policy=Policy())
    if refusals:
        raise ExceptionGroup(f"{closed} days closed; {'; '.join(str(one) for one in refusals)}", refusals)
    return closed
