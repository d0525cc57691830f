"""What is done with payouts: released runs become orders, orders are sent, and what became of them is found out."""

from payroll.payouts.services.prepare import prepare_released, prepare_run, release_run
from payroll.payouts.services.send import Counts, poll, send

__all__ = ["Counts", "poll", "prepare_released", "prepare_run", "release_run", "send"]
