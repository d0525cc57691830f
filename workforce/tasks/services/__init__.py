"""What is done with submissions and accepted work."""

from workforce.tasks.services.verdicts import Verdict, accept, decide, lock_submissions, reject, reprice, reverse
from workforce.tasks.services.work import NewWork, OpenDays, WorkerMoved, record_work

__all__ = [
    "NewWork",
    "OpenDays",
    "Verdict",
    "WorkerMoved",
    "accept",
    "decide",
    "lock_submissions",
    "record_work",
    "reject",
    "reprice",
    "reverse",
]
