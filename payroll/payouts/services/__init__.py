"""What is done with payouts: released runs become orders, orders are sent, and what became of them is found out."""

from payroll.payouts.services.forecast import foresee, foresee_runs, keep_approved
from payroll.payouts.services.prepare import prepare_released, release_run, start_release
from payroll.payouts.services.requests import approve_request, propose_balance, propose_order, refuse_request
from payroll.payouts.services.send import Counts, poll, send

__all__ = [
    "Counts", "approve_request", "foresee", "foresee_runs", "keep_approved", "poll", "prepare_released",
    "propose_balance", "propose_order", "refuse_request", "release_run", "send", "start_release",
]  # fmt: skip
