"""While a day of a worker's is being computed, nothing changes that it is computed by."""

from i18n.locale import N_
from workforce.core import locks
from workforce.core.db import rows, session
from workforce.core.errors import Collision, DaybookError
from workforce.workers.models import Worker

_GROUPS = """
    SELECT DISTINCT accepted_work.group_id
      FROM accepted_work
      JOIN pay_group ON pay_group.id = accepted_work.group_id AND accepted_work.pay_day >= pay_group.open_day
     WHERE accepted_work.worker_id = :worker
"""
_COMPUTING = """
    SELECT pay_group.code, run.pay_day
      FROM payroll_run run
      JOIN pay_group ON pay_group.id = run.group_id
     WHERE run.state = 'computing'
       AND EXISTS (SELECT FROM accepted_work WHERE accepted_work.group_id = run.group_id
                      AND accepted_work.pay_day = run.pay_day AND accepted_work.worker_id = :worker)
     LIMIT 1
"""


class DayBeingComputed(DaybookError):
    code = "day_being_computed"
    template = N_("%(day)s of %(group)s is being closed, and %(worker)s has work in it. Try again in a few minutes.")


def must_not_compute(worker: Worker) -> None:
    """Refuse while a run that a worker has work in is computed, and let none begin until the transaction ends.

    Raises:
        DayBeingComputed: one is computed.

    """
    # Alone: work that is on its way into the group is seen here, or sees that she has left it.
    held = {worker.group_id, *(group for (group,) in rows(_GROUPS, worker=worker.id))}
    locks.exclusive(locks.PAY_GROUP, *held)
    session().refresh(worker)
    if worker.group_id not in held:  # somebody moved her while this waited
        raise Collision
    for group, day in rows(_COMPUTING, worker=worker.id):
        raise DayBeingComputed(day=day, group=group, worker=worker.external_id)
