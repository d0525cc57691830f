"""`daybook runs export`."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

import click

from i18n.locale import N_
from payroll.payslips.queries.exports import COLUMNS, csv_parts
from payroll.runs.cli import runs
from workforce.core.commands import Result, command, progress
from workforce.core.db import transaction
from workforce.core.errors import DaybookError

__all__ = ["runs"]  # with `export` added to them

STDOUT: Final = "-"


class NotWritten(DaybookError):
    code = "not_written"
    template = N_("%(file)s cannot be written: %(problem)s.")


@command(runs, "export")
@click.argument("name", metavar="RUN")
@click.option("--what", required=True, type=click.Choice(list(COLUMNS)), help="What is exported.")
@click.option("--format", "kind", type=click.Choice(["csv"]), default="csv", show_default=True)
@click.option("--out", required=True, metavar="FILE", help="Where to; - is standard output.")
@click.pass_context
def export(context: click.Context, name: str, what: str, kind: str, out: str) -> Result:  # noqa: ARG001 -- one kind so far
    """Export RUN to a file. The file appears when it is complete."""
    if out == STDOUT and context.params.get("as_json"):
        raise click.UsageError("--json and --out - would both write to standard output; give a file")
    rows = 0
    with transaction(), _opened(out) as file, progress("rows") as bar:
        task = bar.add_task(what, total=None)
        for text, count in csv_parts(name, what):
            file.write(text)
            rows += count
            bar.update(task, completed=rows)
    document = {"run": name, "what": what, "rows": rows, "out": out}
    return Result(document, [] if out == STDOUT else [f"{name}: {rows} rows of {what} are in {out}"])


@contextmanager
def _opened(out: str) -> Iterator[TextIO]:
    """Open what the export is written to; a file takes its name only when all of it is there.

    Raises:
        NotWritten: it cannot be written.

    """
    if out == STDOUT:
        yield sys.stdout
        return
    target = Path(out).resolve()
    if target.exists() and not target.is_file():  # a pipe or a device has no other name
        part = target
    else:
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
            if part != target:
                file.flush()
                os.fsync(file.fileno())
        if part != target:
            part.replace(target)
    except OSError as problem:
        raise NotWritten(file=out, problem=problem.strerror or problem) from problem
    finally:
        if part != target:
            part.unlink(missing_ok=True)
