"""The end of a run: nothing of it is left to be released, sent or heard of."""

from datetime import datetime

from sqlalchemy import select

from payroll.closing.models import Payslip, Run
from payroll.closing.rules import moved, run_name
from payroll.payouts.models import Order, PayslipRelease
from payroll.payouts.rules import OPEN
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.paydays.models import PayGroup


def settle_runs(now: datetime) -> None:
    """Settle released runs of which nothing is left to be released, sent or heard of."""
    with transaction():
        slip_released = select(PayslipRelease).where(
            PayslipRelease.group_id == Payslip.group_id, PayslipRelease.pay_day == Payslip.pay_day,
            PayslipRelease.worker_id == Payslip.worker_id,
        )  # fmt: skip
        unreleased = select(Payslip).where(
            Payslip.group_id == Run.group_id, Payslip.pay_day == Run.pay_day, ~slip_released.exists()
        )
        under_way = select(Order).where(
            Order.group_id == Run.group_id,
            Order.pay_day == Run.pay_day,
            Order.state.in_(OPEN),
        )
        query = (
            select(Run, PayGroup.code)
            .join(PayGroup, PayGroup.id == Run.group_id)
            .where(Run.state == "released", ~unreleased.exists(), ~under_way.exists())
            .with_for_update(of=Run, skip_locked=True)
        )
        for run, code in session().execute(query):
            name = run_name(code, run.pay_day)
            run.state, run.settled_at = moved(name, run.state, "settle"), now
            audit.record(SYSTEM, "run.settle", f"run:{name}", after={"state": run.state}, now=now)
