"""`daybook runs`."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext

import click

from payroll.closing.cli import run_document, runs_table
from payroll.closing.queries import summaries, summary
from payroll.runs import services
from workforce.core import clock
from workforce.core.commands import Result, command
from workforce.core.db import transaction
from workforce.core.errors import DaybookError
from workforce.core.sweep import SomeFailed, failures
from workforce.identity.cli import AS, acting

runs = click.Group("runs", help="Payroll runs: one a pay group's day, named GROUP-YYYY-MM-DD.")


@command(runs, "list")
def list_runs() -> Result:
    """List the runs, the oldest first."""
    with transaction():
        found = summaries()[::-1]
    return Result({"runs": [run_document(run) for run in found]}, [runs_table(found)])


@command(runs, "show")
@click.argument("name", metavar="RUN")
def show(name: str) -> Result:
    """Show a run with its totals and exceptions."""
    with transaction():
        run = summary(name)
    problems = [
        f"{one.id}: {one.severity} {one.code}: {one.message()}" for one in run.exceptions if one.resolved_at is None
    ]
    return Result(run_document(run), [runs_table([run]), *problems])


@command(runs, "approve")
@click.argument("names", metavar="RUN…", nargs=-1, required=True)
@AS
def approve(names: tuple[str, ...], email: str) -> Result:
    """Approve computed runs, as the first of two people."""
    return each_run(names, lambda name: services.approve(acting(email), name, now=clock.now()))


@command(runs, "resolve")
@click.argument("name", metavar="RUN")
@click.argument("exception", type=int)
@click.option("--reason", required=True, help="What was found and decided.")
@AS
def resolve(name: str, exception: int, reason: str, email: str) -> Result:
    """Resolve the exception with the number EXCEPTION that `runs show` gives."""
    with transaction():
        services.resolve(acting(email), name, exception, reason=reason, now=clock.now())
    return Result({"run": name, "exception": exception}, [f"{name}: exception {exception} resolved"])


def each_run(names: Sequence[str], act: Callable[[str], object], *, transactional: bool = True) -> Result:
    """Do something with runs, each for itself, so that one refusal does not undo the others.

    Args:
        names: of the runs.
        act: what to do with one.
        transactional: False where `act` takes its own transactions.

    """
    problems, done = [], []
    for name in names:
        try:
            with transaction() if transactional else nullcontext():
                act(name)
        except DaybookError as refusal:
            problems.append(str(refusal))
        except SomeFailed as problem:
            problems += failures(problem.failed)
        else:
            done.append(name)
    with transaction():
        found = [summary(name) for name in done]
    return Result({"runs": [run_document(run) for run in found]}, [runs_table(found)] if found else [], problems)
