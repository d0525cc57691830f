"""Finished work out of a labelling tool's export.

A file may come again, longer or with other verdicts: what is there stays as it is, what is new comes in, and a verdict
or a reward that changed becomes a correction. The file is read as a stream and taken in some hundred rows at a time.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from i18n.locale import N_
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.errors import DaybookError, Invalid
from workforce.imports.readers import READERS
from workforce.imports.rules import FileProblem, Refusal, Result, Skipped, WorkRow
from workforce.imports.services import staging
from workforce.imports.services.asked import WorkImport
from workforce.imports.services.report import WorkReport
from workforce.imports.services.take import Importer
from workforce.projects.models import Project
from workforce.projects.queries import must_manage
from workforce.projects.rules import takes_work


class StillDraft(DaybookError):
    code = "still_draft"
    template = N_("%(project)s is a draft, so nobody can have worked on it. Open it first.")


def import_work(actor: Actor, stream: BinaryIO, what: WorkImport, *, now: datetime) -> WorkReport:
    """Import a file of finished work. Takes its own transactions, all of them short: call it outside one.

    With dry_run or all_or_nothing the whole file is read and decided on first, without a lock. A dry run ends there;
    all_or_nothing ends there if a row is refused. Otherwise it is then taken in, and what has begun is always finished:
    by the next import into the project, or by the job `finish-imports`. A row that was good and can no longer be taken
    in by then, because its piece or its price moved meanwhile, is refused by itself, with all_or_nothing too.

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
        Collision: what is known of some rows keeps changing; rows before them are kept, or the file is unfinished.

    """
    if what.format not in READERS:
        raise Invalid(field="format", problem=f"{what.format!r} is none of {', '.join(sorted(READERS))}")
    with transaction():
        _must_take(actor, what.project.id)
    report = WorkReport(what.format)
    rows = READERS[what.format].read(stream, now)
    importer = Importer(actor, what, now)
    if not what.dry_run:
        report.finished = staging.finish_earlier(what.project.id, size=what.rows_a_transaction)
    work = staging.chunks(_work(rows, report), what.rows_a_transaction)
    if what.dry_run or what.all_or_nothing:
        _whole(importer, work, report)
    else:
        for chunk in work:
            taken = importer.take(chunk)
            assert taken is not None, "only rows that are staged can be taken in by others"
            report.add(taken.plan, taken.facts, taken.workers_created)
            what.progress()
    report.refused.sort(key=lambda one: one.number)
    return report


def _whole(importer: Importer, work: Iterator[list[WorkRow]], report: WorkReport) -> None:
    """Stage the file, and apply it if every row is good."""
    what, file_id = importer.what, staging.begin(importer)
    try:
        for chunk in work:
            facts, plan = importer.plan(chunk, file_id)
            staging.stage(importer, file_id, plan)
            report.add(plan, facts)
            what.progress()
        if what.dry_run:
            _, report.workers_created = staging.staged(file_id)
        elif report.refused:
            numbers, _ = staging.staged(file_id)
            report.hold_back(numbers)
        else:
            staging.apply(file_id)
    finally:
        staging.discard(file_id)
    if not what.dry_run and not report.held_back:
        staging.finish(file_id, size=what.rows_a_transaction, progress=what.progress)
        report.end(*staging.outcome(file_id))


def _must_take(actor: Actor, project_id: int) -> None:
    """Refuse what is not hers, and a draft. Paused and closed projects take work in: what was begun is paid."""
    project = session().get_one(Project, project_id)
    must_manage(actor, project)
    if not takes_work(project.state):
        raise StillDraft(project=project.code)


def _work(rows: Iterator[Result], report: WorkReport) -> Iterator[WorkRow]:
    """Give the work, counting what else there is."""
    for row in _to_its_end(rows, report):
        report.rows += 1
        match row:
            case Refusal():
                report.refused.append(row)
            case Skipped():
                report.skipped += 1
            case WorkRow():
                _warn(report, row)
                yield row


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
