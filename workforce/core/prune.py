"""What nobody needs any more is deleted by age: one table of ages, one job."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from workforce.core.db import rows, transaction
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
        SomeFailed: at the end, naming the rows that cannot be deleted.

    """
    found = Sweep()
    for one in ages:
        kept: set[int] = set()
        ids: Sequence[int] = [0]
        while ids:
            ids = []
            with found.item(f"table {one.table}"):
                with transaction():
                    ids = _old(one, now - one.age, chunk, kept)
                deleted = {key for some in found.chunk(one.table, ids, partial(_delete, one)) for key in some}
                found.done += len(deleted)
                kept |= set(ids) - deleted
    return found.end()


def _old(one: Age, before: datetime, limit: int, kept: Collection[int]) -> Sequence[int]:
    query = f"SELECT id FROM {one.table} WHERE {one.since} < :before AND id <> ALL(:kept) LIMIT :limit"  # noqa: S608 -- names from the program
    return [key for (key,) in rows(query, before=before, kept=list(kept), limit=limit)]


def _delete(one: Age, ids: Sequence[int]) -> Sequence[int]:
    """Delete rows and give which; one that somebody holds is left to the next run."""
    free = f"SELECT id FROM {one.table} WHERE id = ANY(:ids) FOR UPDATE SKIP LOCKED"  # noqa: S608 -- the same
    query = f"DELETE FROM {one.table} WHERE id = ANY(ARRAY({free})) RETURNING id"  # noqa: S608 -- the same
    return [key for (key,) in rows(query, ids=list(ids))]
