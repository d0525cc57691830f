"""What nobody needs any more is deleted by age: one table of ages, one job."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workforce.core.db import run, transaction
from workforce.core.sweep import Sweep

CHUNK: Final = 5_000


@dataclass(frozen=True)
class Age:
    """How long the rows of a table are kept.

    Attributes:
        table: its name; it has an id.
        since: an expression of its columns, with an index: the instant from which on the age counts; NULL keeps a row.
        age: rows older than this are deleted.

    """

    table: str
    since: str
    age: timedelta


def prune(ages: Sequence[Age], *, now: datetime, chunk: int = CHUNK) -> int:
    """Delete what is older than its age. Takes its own transactions, one for a chunk of rows: call it outside one.

    Args:
        ages: the table of ages.
        now: the instant.
        chunk: how many rows are deleted in one transaction.

    Returns:
        how many rows were deleted.

    Raises:
        SomeFailed: at the end, naming the tables that went wrong.

    """
    found = Sweep()
    for one in ages:
        with found.item(f"table {one.table}"):
            deleted = chunk
            while deleted >= chunk:
                with transaction():
                    deleted = _delete(one, now - one.age, chunk)
                found.done += deleted
    return found.end()


def _delete(one: Age, before: datetime, limit: int) -> int:
    # A row that somebody holds is left to the next run.
    old = f"SELECT id FROM {one.table} WHERE {one.since} < :before LIMIT :limit FOR UPDATE SKIP LOCKED"  # noqa: S608 -- names from the program
    return run(f"DELETE FROM {one.table} WHERE id = ANY(ARRAY({old}))", before=before, limit=limit)  # noqa: S608 -- the same
