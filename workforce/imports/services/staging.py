"""Files that are looked at as a whole before any of it is kept: tried, or taken in wholly or not at all.

Each row is decided on what is known, and on what the rows before it will have made; none of them takes a lock. What was
good is staged. Once every row was good, the file is applied: from then on it is taken in to its end by whoever comes,
the import itself, the next one into the project, or the job `finish-imports`.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import delete, func, select

from workforce.core.auth import Actor
from workforce.core.db import insert_all, session, transaction
from workforce.imports.models import ImportFile, ImportRow
from workforce.imports.queries import unfinished
from workforce.imports.rules import Refusal, WorkRow
from workforce.imports.services.asked import ROWS_A_TRANSACTION, Pay, WorkImport
from workforce.imports.services.plan import Plan
from workforce.imports.services.take import Importer
from workforce.paydays.models import PayGroup
from workforce.projects.models import Project

_TIMES: Final = ("claimed_at", "submitted_at", "decided_at")


def chunks(rows: Iterable[WorkRow], size: int) -> Iterator[list[WorkRow]]:
    """Give rows in chunks in which no source comes twice.

    Args:
        rows: in their order.
        size: the most that a chunk may have.

    """
    chunk: dict[str, WorkRow] = {}
    for row in rows:
        if row.source in chunk or len(chunk) >= size:
            yield list(chunk.values())
            chunk = {}
        chunk[row.source] = row
    if chunk:
        yield list(chunk.values())


def begin(importer: Importer) -> int:
    """Begin to stage a file, and give its number."""
    what = importer.what
    with transaction():
        file = ImportFile(
            state="staging", project_id=what.project.id, format=what.format, pay=what.pay.value,
            group_id=what.group.id if what.group else None, actor_id=importer.actor.id, actor=importer.actor.email,
            begun_at=importer.now, columns={},
        )  # fmt: skip
        session().add(file)
        session().flush()
        return file.id


def stage(importer: Importer, file_id: int, plan: Plan) -> None:
    """Keep the good rows of a chunk with what they will make, until the file is applied or discarded."""
    keep = not importer.what.dry_run
    values = [
        {
            "file_id": file_id, "number": one.row.number, "source": one.row.source, "worker": one.row.worker,
            "stranger": one.stranger, "document": _document(one.row) if keep else None,
            "piece": one.piece.document() if one.piece else None,
        }
        for one in plan.good
    ]  # fmt: skip
    with transaction():
        insert_all(ImportRow.__tablename__, values)
        file = session().get_one(ImportFile, file_id)
        if plan.good and not file.columns:
            file.columns = dict(plan.good[0].row.columns)


def staged(file_id: int) -> tuple[list[int], int]:
    """Give the numbers of the rows that are staged, and how many workers they would make known."""
    with transaction():
        mine = ImportRow.file_id == file_id
        numbers = list(session().scalars(select(ImportRow.number).where(mine).order_by(ImportRow.number)))
        strangers = select(func.count(ImportRow.worker.distinct())).where(mine, ImportRow.stranger)
        return numbers, session().scalars(strangers).one()


def apply(file_id: int) -> None:
    """Say that a file is good: from now on it is taken in to its end."""
    with transaction():
        file = session().get_one(ImportFile, file_id)
        file.rows = session().scalars(select(func.count()).where(ImportRow.file_id == file_id)).one()
        file.state = "applying" if file.rows else "done"


def discard(file_id: int) -> int:
    """Keep nothing of a file that was staged, unless it is applied.

    Returns:
        1, or 0 if there was nothing to discard.

    """
    with transaction():
        mine = delete(ImportFile).where(ImportFile.id == file_id, ImportFile.state == "staging")
        return len(session().scalars(mine.returning(ImportFile.id)).all())


def finish(file_id: int, *, size: int = ROWS_A_TRANSACTION, progress: Callable[[], None] = lambda: None) -> int:
    """Take what is left of a file in, in short transactions; several may be at it at once.

    A row that can no longer be taken in, because something about it changed since it was staged, is refused by itself.

    Args:
        file_id: of a file that is applied.
        size: rows in a transaction.
        progress: is told after each.

    Returns:
        how many rows were taken in here.

    """
    with transaction():
        importer = _importer(session().get_one(ImportFile, file_id))
    done = 0
    while chunk := _next(file_id, size):
        if importer.take(chunk, file_id) is not None:
            done += len(chunk)
        progress()
    return done


def finish_earlier(project_id: int, *, size: int) -> int:
    """Finish the files of a project whose taking in was begun before: what they tell is older. Gives how many rows."""
    with transaction():
        files = unfinished([project_id])
    return sum(finish(file.id, size=size) for file in files)


def outcome(file_id: int) -> tuple[ImportFile, list[Refusal]]:
    """Give a file with what became of its rows, whoever took them in, and those that were refused in the end."""
    with transaction():
        file = session().get_one(ImportFile, file_id)
        return file, [Refusal(**one) for one in file.refused]


def _importer(file: ImportFile) -> Importer:
    """Go on as whoever began it, as of then."""
    project, group = session().get_one(Project, file.project_id), None
    if file.group_id is not None:
        group = session().get_one(PayGroup, file.group_id)
    what = WorkImport(file.format, project, Pay(file.pay), group, all_or_nothing=True)
    return Importer(Actor(file.actor_id, file.actor, frozenset()), what, file.begun_at)


def _next(file_id: int, size: int) -> list[WorkRow]:
    """Give the first rows that are left, none of which are of one source."""
    with transaction():
        columns = session().get_one(ImportFile, file_id).columns
        query = select(ImportRow.document).where(ImportRow.file_id == file_id).order_by(ImportRow.number).limit(size)
        found = [_row(one, columns) for one in session().scalars(query) if one is not None]
    return next(chunks(found, size), [])


def _document(row: WorkRow) -> dict[str, Any]:
    """Give a row as it is staged; the names of columns are kept with the file, and warnings were given already."""
    kept = {one.name: getattr(row, one.name) for one in dataclasses.fields(row)}
    del kept["columns"], kept["warnings"]
    return kept | {"reward": None if row.reward is None else str(row.reward)}


def _row(kept: Mapping[str, Any], columns: Mapping[str, str]) -> WorkRow:
    times = {name: datetime.fromisoformat(kept[name]) if kept[name] else None for name in _TIMES}
    reward = None if kept["reward"] is None else Decimal(kept["reward"])
    return WorkRow(**{**kept, **times, "reward": reward, "columns": columns})
