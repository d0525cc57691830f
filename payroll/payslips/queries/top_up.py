"""Read for the top-up of one payslip of a worker, and why it was made."""

from dataclasses import dataclass

from sqlalchemy import select

from payroll.closing.models import FloorTopUp
from payroll.payslips.queries.slip import Slip
from workforce.core.db import session
from workforce.core.money import Money
from workforce.projects.models import Project
from workforce.rates.models import HourlyFloor


@dataclass(frozen=True, slots=True)
class TopUp:
    """What a payslip was topped up by, and why.

    Attributes:
        project: that bears it: its code name.
        seconds: working time that the hourly floor counts.
        rate: the floor, an hour.
        source: where the floor comes from, such as the law.
        due: that time at the floor, in the currency of the payslip.
        earned: what the work of that time earned.
        amount: the difference.

    """

    project: str
    seconds: int
    rate: Money
    source: str
    due: Money
    earned: Money
    amount: Money


def top_up_of(worker_id: int, slip: Slip) -> TopUp | None:
    """Give what a payslip was topped up by to the hourly floor of the worker's country, if it was."""
    query = (
        select(FloorTopUp, Project.code, HourlyFloor.source)
        .join(Project, Project.id == FloorTopUp.project_id)
        .join(HourlyFloor, HourlyFloor.id == FloorTopUp.floor_id)
        .where(FloorTopUp.group_id == slip.group.id, FloorTopUp.pay_day == slip.day, FloorTopUp.worker_id == worker_id)
    )
    found = session().execute(query).one_or_none()
    if found is None:
        return None
    one, project, source = found
    due, earned, amount = (Money.of_micros(micros, one.currency) for micros in (one.due, one.earned, one.amount))
    return TopUp(project, one.seconds, Money.of_micros(one.rate, one.rate_currency), source, due, earned, amount)
