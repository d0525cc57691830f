"""Ids that look alike: two spellings of one id in Unicode are refused, and a difference of case or width is told."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from i18n.locale import N_
from workforce.core.db import rows
from workforce.imports.rules import Refusal, Warned, WorkRow, alike, folded

# What is stored in another form than NFC is there twice, since the migration put the others into it: there are few, and
# an index has them alone.
# Nobody can say which of the two a row speaks of.
TWO_SPELLINGS: Final = N_(
    "The id “%(value)s” is known in two spellings of Unicode that look the same. `daybook db check` lists them;"
    " nothing is added to either."
)
_TWINS: Final = """
SELECT DISTINCT normalize(source, NFC) FROM submission
WHERE project_id = :project AND origin = 'import' AND source IS NOT NFC NORMALIZED
"""
_TWIN_WORKERS: Final = "SELECT DISTINCT normalize(external_id, NFC) FROM worker WHERE external_id IS NOT NFC NORMALIZED"
_LISTED_PIECES: Final = """
SELECT project.code, string_agg(quote_literal(piece.source) || ' (number ' || piece.id || ')', ', ' ORDER BY piece.id)
    AS spellings
FROM (SELECT DISTINCT project_id, normalize(source, NFC) AS spelled FROM submission
       WHERE source IS NOT NFC NORMALIZED) twin
JOIN submission piece ON piece.project_id = twin.project_id AND normalize(piece.source, NFC) = twin.spelled
JOIN project ON project.id = twin.project_id
GROUP BY project.code, twin.spelled ORDER BY 1, 2
"""
_LISTED_WORKERS: Final = """
SELECT string_agg(quote_literal(worker.external_id) || ' (number ' || worker.id || ')', ', ' ORDER BY worker.id)
    AS spellings
FROM (SELECT DISTINCT normalize(external_id, NFC) AS spelled FROM worker WHERE external_id IS NOT NFC NORMALIZED) twin
JOIN worker ON normalize(worker.external_id, NFC) = twin.spelled
GROUP BY twin.spelled ORDER BY 1
"""
_ALIKE: Final = """
SELECT told.id, submission.source AS known
FROM unnest(CAST(:ids AS text[])) told (id)
JOIN submission ON submission.project_id = :project AND submission.origin = 'import'
    AND lower(normalize(submission.source, NFKC)) = lower(normalize(told.id, NFKC)) AND submission.source <> told.id
"""
_WORKERS_ALIKE: Final = """
SELECT told.id, worker.external_id AS known
FROM unnest(CAST(:ids AS text[])) told (id)
JOIN worker ON lower(normalize(worker.external_id, NFKC)) = lower(normalize(told.id, NFKC))
    AND worker.external_id <> told.id
"""


def twin_workers() -> set[str]:
    """Return the ids of workers that are known in two spellings of Unicode, in NFC."""
    return {key for (key,) in rows(_TWIN_WORKERS)}


def workers_alike(external_ids: Collection[str]) -> dict[str, str]:
    """Return, for each id of a worker, a known one that differs from it only by case or width, if there is one."""
    return _found(_WORKERS_ALIKE, external_ids)


def looks_like(number: int, column: str, value: str, other: str) -> Warned:
    """Warn of an id that differs from another only by case or width."""
    template = N_("“%(value)s” and “%(other)s” differ only by case or width. Are they the same?")
    return Warned(number, column, "alike", template, {"value": value, "other": other})


def twins() -> list[str]:
    """Return a line for each id that is known in two spellings of Unicode, for a person to look at."""
    pieces = [
        f"project {one.code}: pieces {one.spellings} have one id in two spellings" for one in rows(_LISTED_PIECES)
    ]
    return pieces + [f"workers {one.spellings} have one id in two spellings" for one in rows(_LISTED_WORKERS)]


class Spellings:
    """What is known of ids that look like those of a chunk."""

    def __init__(self, project_id: int, chunk: Sequence[WorkRow]) -> None:
        """Look for them, in four statements however many rows there are."""
        sources, workers = [row.source for row in chunk], sorted({row.worker for row in chunk})
        self._twins = {key for (key,) in rows(_TWINS, project=project_id)}
        self._twin_workers = twin_workers()
        self._alike = alike(sources) | _found(_ALIKE, sources, project=project_id)
        self._workers_alike = alike(workers) | workers_alike(workers)
        self._told: set[str] = set()

    def refusal(self, row: WorkRow) -> Refusal | None:
        """Refuse a row whose id of the piece or the worker is there in two spellings."""
        for word, value, twins in (("source", row.source, self._twins), ("worker", row.worker, self._twin_workers)):
            if value in twins:
                return Refusal(row.number, row.column(word), "two_spellings", TWO_SPELLINGS, {"value": value})
        return None

    def warnings(self, row: WorkRow) -> Iterator[Warned]:
        """Tell, once a chunk, of ids that differ from another only by case or width."""
        for word, value, known in (
            ("source", row.source, self._alike), ("worker", row.worker, self._workers_alike),
        ):  # fmt: skip
            if value in known and folded(value) not in self._told:
                self._told.add(folded(value))
                yield looks_like(row.number, row.column(word), value, known[value])


def _found(statement: str, ids: Collection[str], **params: int) -> dict[str, str]:
    return {one.id: one.known for one in rows(statement, ids=list(ids), **params)}
