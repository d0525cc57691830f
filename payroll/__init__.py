"""Money: the ledger, exchange, the daily close, runs, payouts and payslips."""

from collections.abc import Sequence
from typing import Final

import click
from flask import Flask

from i18n.locale import N_
from payroll.closing.cli import closing
from payroll.closing.jobs import close_due_days
from payroll.fx.cli import fx
from payroll.ledger.cli import ledger
from payroll.payouts.cli import payouts
from payroll.payouts.jobs import poll_rails, send_payouts
from payroll.runs.cli import runs
from workforce.core.scheduler import Job, add_job

COMMANDS: Final[Sequence[click.Command]] = (fx, *closing.commands.values(), runs, payouts, ledger)


def init_app(app: Flask) -> None:
    """Add the jobs and pages of this package."""
    add_job(Job("close-due-days", 60, close_due_days, N_("Close the days whose cut-off has passed.")))
    add_job(Job("send-payouts", 60, send_payouts, N_("Make and send the orders of released runs.")))
    add_job(Job("poll-rails", 60, poll_rails, N_("Find out what became of the orders that were sent.")))
