"""While a day of a worker's is being computed, nothing changes that it is computed by."""

from i18n.locale import N_
from workforce.core.db import rows
from workforce.core.errors import DaybookError
from workforce.paydays.services import hold_open_days
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
    hold_open_days({group for (group,) in rows(_GROUPS, worker=worker.id)} | {worker.group_id})
    for group, day in rows(_COMPUTING, worker=worker.id):
        raise DayBeingComputed(day=day, group=group, worker=worker.external_id)
