"""Ids that look alike: two spellings of one id in Unicode are refused, and a difference of case or width is told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
ORDER BY 1, 2
"""
_WORKERS_ALIKE: Final = """
SELECT told.id, worker.external_id AS known
FROM unnest(CAST(:ids AS text[])) told (id)
JOIN worker ON lower(normalize(worker.external_id, NFKC)) = lower(normalize(told.id, NFKC))
    AND worker.external_id <> told.id
ORDER BY 1, 2
"""
# Among the rows of a file that is being staged, by their source or their worker.
_STAGED: Final = """
SELECT DISTINCT told.id, staged.{column} AS known
FROM unnest(CAST(:ids AS text[])) told (id)
JOIN import_row staged ON staged.file_id = :file
    AND lower(normalize(staged.{column}, NFKC)) = lower(normalize(told.id, NFKC)) AND staged.{column} <> told.id
ORDER BY 1, 2
"""
_STAGED_ALIKE: Final = _STAGED.format(column="source")
_STAGED_WORKERS_ALIKE: Final = _STAGED.format(column="worker")


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


@dataclass(frozen=True)
class Spellings:
    """What is known of ids that look like those of a chunk.

    Attributes:
        twins: ids of its pieces that are known in two spellings of Unicode.
        twin_workers: the same of its workers.
        alike: for ids of its pieces, another one that differs only by case or width.
        workers_alike: the same of its workers.

    """

    twins: frozenset[str]
    twin_workers: frozenset[str]
    alike: Mapping[str, str]
    workers_alike: Mapping[str, str]

    def refusal(self, row: WorkRow) -> Refusal | None:
        """Refuse a row whose id of the piece or the worker is there in two spellings."""
        for word, value, known in (
            ("source", row.source, self.twins), ("worker", row.worker, self.twin_workers),
        ):  # fmt: skip
            if value in known:
                return Refusal(row.number, row.column(word), "two_spellings", TWO_SPELLINGS, {"value": value})
        return None

    def warnings(self, row: WorkRow, told: set[str]) -> Iterator[Warned]:
        """Tell of ids that differ from another only by case or width, each once; `told` keeps which were."""
        for word, value, known in (
            ("source", row.source, self.alike), ("worker", row.worker, self.workers_alike),
        ):  # fmt: skip
            if value in known and folded(value) not in told:
                told.add(folded(value))
                yield looks_like(row.number, row.column(word), value, known[value])


def spellings(project_id: int, chunk: Sequence[WorkRow], file_id: int | None) -> Spellings:
    """Look for ids that look like those of a chunk, in a few statements however many rows there are.

    Args:
        project_id: of the work.
        chunk: the rows.
        file_id: of a file that is being staged, whose rows so far count as known; or None.

    """
    sources, workers = [row.source for row in chunk], sorted({row.worker for row in chunk})
    others, other_workers = _found(_ALIKE, sources, project=project_id), workers_alike(workers)
    if file_id is not None:
        others |= _found(_STAGED_ALIKE, sources, file=file_id)
        other_workers |= _found(_STAGED_WORKERS_ALIKE, workers, file=file_id)
    return Spellings(
        twins=frozenset(key for (key,) in rows(_TWINS, project=project_id)).intersection(sources),
        twin_workers=frozenset(twin_workers()).intersection(workers),
        alike=alike(sources) | others,
        workers_alike=alike(workers) | other_workers,
    )


def _found(statement: str, ids: Collection[str], **params: int) -> dict[str, str]:
    return {one.id: one.known for one in rows(statement, ids=list(ids), **params)}
