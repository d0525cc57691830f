"""What is done with payouts: released runs become orders, orders are sent, and what became of them is found out."""

from payroll.payouts.services.prepare import prepare_released, release_run, start_release
from payroll.payouts.services.send import Counts, poll, send

__all__ = ["Counts", "poll", "prepare_released", "release_run", "send", "start_release"]
