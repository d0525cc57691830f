"""The end of a run: nothing of it is left to be released, sent or heard of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from payroll.closing.models import Payslip, Run
from payroll.closing.rules import moved, run_name
from payroll.payouts.models import Order, PayslipRelease
from payroll.payouts.rules import OPEN
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.sweep import Sweep
from workforce.paydays.models import PayGroup


def settle_runs(found: Sweep, now: datetime) -> None:
    """Settle released runs of which nothing is left to be released, sent or heard of.

    Takes its own transactions: call it outside one.

    Args:
        found: the sweep that this is the end of; a run that cannot be settled goes into it, and the others go on.
        now: the instant.

    """
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
    ended = Run.state == "released", ~unreleased.exists(), ~under_way.exists()
    runs: Sequence[Any] = ()
    with found.item("runs to settle"), transaction():
        query = select(Run.group_id, PayGroup.code, Run.pay_day).join(PayGroup, PayGroup.id == Run.group_id)
        runs = session().execute(query.where(*ended).order_by(Run.pay_day, PayGroup.code)).all()
    for group_id, code, day in runs:
        name = run_name(code, day)
        with found.item(f"run {name}"), transaction():
            one = select(Run).where(Run.group_id == group_id, Run.pay_day == day, *ended)
            run = session().scalar(one.with_for_update(skip_locked=True))
            if run is not None:  # and nobody was quicker
                run.state, run.settled_at = moved(name, run.state, "settle"), now
                audit.record(SYSTEM, "run.settle", f"run:{name}", after={"state": run.state}, now=now)
