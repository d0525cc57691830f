"""`daybook close`."""

from datetime import datetime
from typing import Any

import click

from payroll.closing.queries import RunSummary, summaries
from payroll.closing.services import Policy, close_day, close_through
from payroll.fx.queries import sources_without_rates
from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, progress
from workforce.core.commands import table as text_table
from workforce.core.db import transaction
from workforce.core.money import plain
from workforce.paydays.queries import group_by_code

closing = click.Group("closing")
DAY = click.DateTime(["%Y-%m-%d"])


@command(closing, "close")
@click.option("--group", required=True, help="Code of the pay group.")
@click.option("--day", type=DAY, help="The open day.")
@click.option("--through", type=DAY, help="Every day from the open day to this one.")
def close(group: str, day: datetime | None, through: datetime | None) -> Result:
    """Close a pay group's open day, or all through a day, and compute what is to be paid."""
    if (day is None) == (through is None):
        raise click.UsageError("give either --day or --through")
    with progress("chunks") as bar:
        task = bar.add_task(group, total=None)
        policy = Policy(
            progress=lambda done, every: bar.update(task, completed=done, total=every),
        )
        if day is not None:
            days = close_day(SYSTEM, group, day.date(), now=clock.now(), policy=policy)
        elif through is not None:
            days = close_through(SYSTEM, group, through.date(), now=clock.now(), policy=policy)
    with transaction():
        unknown = sources_without_rates()
        found = summaries(group_id=group_by_code(group).id, days=days)[::-1]
    lines = [runs_table(found)] if found else [f"{group}: closed; there was no work to pay."]
    warnings = [f"DAYBOOK_FX_SOURCE names {source}, which has never given a rate" for source in unknown]
    return Result({"runs": [run_document(run) for run in found]}, lines, warnings=warnings)


def run_document(run: RunSummary) -> dict[str, Any]:
    """Give a run as the contract has it."""
    return {
        "run": run.name, "day": run.day.isoformat(), "state": run.state, "workers": run.workers,
        "totals": [
            {"currency": total.currency, "gross": plain(total.gross), "net": plain(total.net)} for total in run.totals
        ],
        "exceptions": [
            {"id": one.id, "severity": one.severity, "code": one.code, "worker": one.worker, "message": one.message()}
            for one in run.exceptions if one.resolved_at is None
        ],
    }  # fmt: skip


def runs_table(runs: list[RunSummary]) -> Any:
    """Give runs as a table for people."""
    rows = [
        [run.name, run.state, str(run.workers),
         ", ".join(f"{plain(total.net)} {total.currency}" for total in run.totals),
         str(sum(1 for one in run.exceptions if one.resolved_at is None))]
        for run in runs
    ]  # fmt: skip
    return text_table("Runs", ["run", "state", "#workers", "#net", "#exceptions"], rows)
