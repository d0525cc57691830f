"""`daybook payouts`, and the release of runs."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

import click
from flask import current_app

from payroll.payouts.rails import Rail, rail_for
from payroll.payouts.services import Counts, poll, release_run, send
from payroll.runs.cli import each_run, runs
from workforce.core import clock
from workforce.core.commands import Result, command
from workforce.identity.cli import AS, acting

payouts = click.Group("payouts", help="Orders to pay, and what became of them.")


@command(runs, "release")
@click.argument("names", metavar="RUN…", nargs=-1, required=True)
@AS
def release(names: tuple[str, ...], email: str) -> Result:
    """Release approved runs: what they hold becomes payable, and their orders and those of earlier runs are made."""
    rail = current_app.config["DAYBOOK"].rail
    return each_run(
        names, lambda name: release_run(acting(email), name, rail=rail, now=clock.now()), transactional=False
    )


@command(payouts, "send")
def send_() -> Result:
    """Send the orders of released runs on their rail."""
    return _counted(send)


@command(payouts, "poll")
def poll_() -> Result:
    """Ask the rail what became of orders whose end is not known."""
    return _counted(poll)


def _counted(call: Callable[..., Counts]) -> Result:
    rail: Rail = rail_for(current_app.config["DAYBOOK"])
    now: Callable[[], datetime] = clock.now
    document = asdict(call(rail, now=now))
    return Result(document, [", ".join(f"{count} {word}" for word, count in document.items())])
