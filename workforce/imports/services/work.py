"""Finished work out of a labelling tool's export.

A file may come again, longer or with other verdicts: what is there stays as it is, what is new comes in, and a verdict
or a reward that changed becomes a correction. The file is read as a stream and taken in some hundred rows at a time.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import BinaryIO, Final

from i18n.locale import N_
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, Invalid
from workforce.imports.readers import READERS
from workforce.imports.rules import FileProblem, Refusal, Result, Skipped, WorkRow
from workforce.imports.services.report import WorkImport, WorkReport
from workforce.imports.services.take import Importer
from workforce.projects.models import Project
from workforce.projects.queries import must_manage
from workforce.projects.rules import takes_work

ROWS_A_TRANSACTION: Final = 500


class StillDraft(DaybookError):
    code = "still_draft"
    template = N_("%(project)s is a draft, so nobody can have worked on it. Open it first.")


class _Undo(Exception):
    """Leaves a transaction without keeping anything."""


def import_work(actor: Actor, stream: BinaryIO, what: WorkImport, *, now: datetime) -> WorkReport:
    """Import a file of finished work. Takes its own transactions: call it outside one.

    Args:
        actor: who does it.
        stream: the file, read once from front to back.
        what: what to import, and how.
        now: the instant; a later time in the file is refused.

    Returns:
        what became of each row, and with dry_run what would.

    Raises:
        Invalid: there is no reader for the format.
        NotFound: the project is not one that the actor manages.
        StillDraft: the project was never open.
        FileProblem: the file cannot be read. Where it cannot be read any further than some row, that row is refused
            with the reason, and it is the last one.

    """
    if what.format not in READERS:
        raise Invalid(field="format", problem=f"{what.format!r} is none of {', '.join(sorted(READERS))}")
    with transaction():
        _must_take(actor, what.project.id)
    report = WorkReport(what.format)
    rows = READERS[what.format].read(stream, now)
    whole = what.dry_run or what.all_or_nothing
    try:
        with transaction() if whole else nullcontext():
            importer = Importer(actor, what, now, report, keep_numbers=what.all_or_nothing)
            for chunk in _chunks(rows, report):
                with nullcontext() if whole else transaction():
                    importer.take(chunk)
                what.progress()
            if what.dry_run or (what.all_or_nothing and report.refused):
                raise _Undo
    except _Undo:
        if not what.dry_run:
            importer.hold_back()
    report.refused.sort(key=lambda one: one.number)
    return report


def _must_take(actor: Actor, project_id: int) -> None:
    """Refuse what is not hers, and a draft. Paused and closed projects take work in: what was begun is paid."""
    project = session().get_one(Project, project_id)
    must_manage(actor, project)
    if not takes_work(project.state):
        raise StillDraft(project=project.code)


def _chunks(rows: Iterator[Result], report: WorkReport) -> Iterator[list[WorkRow]]:
    """Give the work in chunks in which no source comes twice, counting what else there is."""
    chunk: dict[str, WorkRow] = {}
    for row in _to_its_end(rows, report):
        report.rows += 1
        match row:
            case Refusal():
                report.refused.append(row)
            case Skipped():
                report.skipped += 1
            case WorkRow():
                _warn(report, row)
                if row.source in chunk or len(chunk) >= ROWS_A_TRANSACTION:
                    yield list(chunk.values())
                    chunk = {}
                chunk[row.source] = row
    if chunk:
        yield list(chunk.values())


def _warn(report: WorkReport, row: WorkRow) -> None:
    """Keep the first warning of a kind: what one row of a file has, thousands may."""
    known = {one.code for one in report.warnings}
    report.warnings += [one for one in row.warnings if one.code not in known]


def _to_its_end(rows: Iterator[Result], report: WorkReport) -> Iterator[Result]:
    """Give the rows, and a refusal for the place from which the file cannot be read on."""
    try:
        yield from rows
    except FileProblem as problem:
        yield Refusal(report.rows + 1, "", problem.code, problem.template, problem.params)
