"""`daybook import`."""

from collections.abc import Sequence
from pathlib import Path

import click

from workforce.core import clock
from workforce.core.auth import SYSTEM
from workforce.core.commands import Result, command, progress, table
from workforce.core.db import transaction
from workforce.imports.queries import Unfinished, unfinished
from workforce.imports.readers import READERS
from workforce.imports.rules import Finding
from workforce.imports.services import ListReport, Pay, WorkImport, WorkReport, import_work
from workforce.imports.services import import_floors as take_floors
from workforce.imports.services import import_rates as take_rates
from workforce.imports.services import import_workers as take_workers
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code

imports = click.Group("import", help="Take files in: finished work, workers, rate cards, hourly floors.")
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@command(imports, "work")
@click.argument("file", type=FILE)
@click.option(
    "--format", "form", required=True, type=click.Choice(sorted(READERS)), help="The tool that the file came from."
)
@click.option("--project", required=True, help="Code name of the project that the work was done for.")
@click.option("--pay", type=click.Choice([one.value for one in Pay]), default=Pay.REWARD.value, show_default=True,
              help="What accepted work earns: the file's own reward, or the rate card.")  # fmt: skip
@click.option("--group", help="Pay group for workers who are not known yet.")
@click.option("--dry-run", is_flag=True, help="Show what would happen; keep nothing.")
@click.option("--all-or-nothing", is_flag=True, help="Keep nothing if any row is refused.")
def work(
    file: Path, form: str, project: str, pay: str, group: str | None, dry_run: bool, all_or_nothing: bool
) -> Result:
    """Import finished work from the export FILE of a labelling tool."""
    with transaction():
        found = project_by_code(project)
        pay_group = group_by_code(group) if group else None
    with file.open("rb") as stream, progress("bytes") as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        what = WorkImport(
            form, found, Pay(pay), pay_group, dry_run=dry_run, all_or_nothing=all_or_nothing,
            progress=lambda: bar.update(task, completed=stream.tell()),
        )  # fmt: skip
        report = import_work(SYSTEM, stream, what, now=clock.now())
    with transaction():
        left = unfinished([found.id])
    warnings = _warnings(report) + [_left(one) for one in left]
    return Result(report.document(), [_words(report, dry_run=dry_run)], _problems(report.refused), warnings)


@command(imports, "unfinished")
def list_unfinished() -> Result:
    """List the files whose import has begun and is not at its end; the job finish-imports finishes them."""
    with transaction():
        found = unfinished()
    documents = [
        {"project": one.project, "actor": one.actor, "begun_at": one.begun_at.isoformat(), "rows": one.rows,
         "left": one.left}
        for one in found
    ]  # fmt: skip
    rows = [[one.project, one.actor, f"{one.begun_at:%Y-%m-%d %H:%M}", str(one.rows), str(one.left)] for one in found]
    lines = [table("Unfinished imports", ["project", "by", "begun (UTC)", "#rows", "#left"], rows)]
    return Result({"unfinished": documents}, lines if found else ["No import is unfinished."])


@command(imports, "workers")
@click.argument("file", type=FILE)
def workers(file: Path) -> Result:
    """Import workers from the CSV FILE: external_id,name,email,country,currency,group,locale."""
    with file.open("rb") as stream:
        return list_result(take_workers(SYSTEM, stream, now=clock.now()))


@command(imports, "rates")
@click.argument("file", type=FILE)
def rates(file: Path) -> Result:
    """Import rates from the CSV FILE: project,level,country,kind,currency,rate,valid_from."""
    with file.open("rb") as stream:
        return list_result(take_rates(SYSTEM, stream, now=clock.now()))


@command(imports, "floors")
@click.argument("file", type=FILE)
def floors(file: Path) -> Result:
    """Import hourly floors by country from the CSV FILE: country,currency,rate,valid_from and, if known, source."""
    with file.open("rb") as stream:
        return list_result(take_floors(SYSTEM, stream, now=clock.now()))


def list_result(report: ListReport) -> Result:
    """Say what became of a list."""
    words = (
        f"{report.rows} rows: {report.imported} imported, {report.already_there} already there,"
        f" {len(report.refused)} refused"
    )
    return Result(report.document(), [words], _problems(report.refused), _problems(report.warnings))


def _problems(found: Sequence[Finding]) -> list[str]:
    return [f"row {one.number}, {one.field or 'row'}: {one.message()}" for one in found]


def _words(report: WorkReport, *, dry_run: bool) -> str:
    counts = (
        f"{report.rows} rows: {report.imported} imported, {report.already_there} already there,"
        f" {report.corrected} corrected, {report.skipped} skipped, {len(report.refused)} refused;"
        f" {report.workers_created} workers created"
    )
    return f"Dry run, nothing was kept. {counts}" if dry_run else counts


def _left(one: Unfinished) -> str:
    return (
        f"an import of {one.project} that {one.actor} began at {one.begun_at:%Y-%m-%d %H:%M} UTC is unfinished:"
        f" {one.left} of {one.rows} rows are left; the next import finishes it, or `daybook jobs run finish-imports`"
    )


def _warnings(report: WorkReport) -> list[str]:
    words = _problems(report.warnings) + [
        f"{count} ids of this file are known in project {code} too; was the file imported there?"
        for code, count in report.elsewhere.items()
    ]
    if report.finished:
        words.append(f"an earlier import was unfinished; its last {report.finished} rows were taken in first")
    return words
