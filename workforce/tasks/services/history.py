"""What work tells rate cards, which stand below it: who worked of late, and what was priced by which line."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from workforce.core.clock import WIDEST_ZONE
from workforce.core.db import rows
from workforce.rates.queries import Doer, Priced, Slice, WorkTeller

# The pay day of work is never before the day on which it was done, so the index on it finds all of it.
_DOERS: Final = """
SELECT s.project_id, s.worker_id, array_agg(DISTINCT coalesce(r.level, ''))
FROM (SELECT w.submission_id AS id FROM accepted_work w WHERE {accepted} w.pay_day >= :since
      UNION
      SELECT u.id FROM submission u WHERE {undecided} u.state <> 'accepted' AND u.submitted_at >= :earliest) lately
JOIN submission s USING (id) LEFT JOIN rate r ON r.id = s.rate_id
WHERE s.kind IN ('piece', 'hourly') GROUP BY 1, 2
"""
_PRICED: Final = """
SELECT DISTINCT s.rate_id, k.country
FROM submission s JOIN worker k ON k.id = s.worker_id JOIN pay_group g ON g.id = k.group_id
WHERE {submitted} s.rate_id IS NOT NULL AND coalesce(s.claimed_at, s.submitted_at) >= :earliest
    AND (coalesce(s.claimed_at, s.submitted_at) AT TIME ZONE g.timezone)::date >= :since
"""
_PROJECTS_OF: Final = """
SELECT w.project_id FROM accepted_work w
WHERE w.worker_id = :worker AND w.pay_day >= :since AND w.kind IN ('piece', 'hourly')
UNION
SELECT s.project_id FROM submission s
WHERE s.worker_id = :worker AND s.state <> 'accepted' AND s.submitted_at >= :earliest AND s.kind IN ('piece', 'hourly')
"""
# A piece counts for a bonus if it stands accepted and was accepted, once at least, between the bonus's days: taken back
# it no longer counts, and priced again it still does.
COUNTED: Final = """
SELECT count(DISTINCT w.submission_id)
FROM accepted_work w JOIN submission s ON s.id = w.submission_id JOIN pay_group g ON g.id = w.group_id
WHERE w.worker_id = o.worker_id AND w.project_id = o.project_id AND w.pay_day >= o.valid_from
    AND w.kind IN ('piece', 'hourly') AND s.state = 'accepted'
    AND (w.accepted_at AT TIME ZONE g.timezone)::date BETWEEN o.valid_from AND o.valid_to
"""


def doers(project_id: int | None, since: date, part: Slice | None) -> Iterable[Doer]:
    """Give who worked on a project (on any, for None) on or after a day, with the levels that priced their work."""
    of = "{0}.project_id = :project AND " if project_id else ""
    who = "{0}.worker_id BETWEEN :first AND :last AND" if part else ""
    statement = _DOERS.format(accepted=(of + who).format("w"), undecided=(of + who).format("u"))
    params = _params(project_id, since) | ({"first": part.first, "last": part.last} if part else {})
    return [Doer(row[0], row[1], frozenset(row[2])) for row in rows(statement, **params)]


def priced(project_id: int | None, since: date) -> Iterable[Priced]:
    """Give the lines that priced work which was begun on or after a day, with the countries of its workers."""
    statement = _PRICED.format(submitted="s.project_id = :project AND" if project_id else "")
    return [Priced(*row) for row in rows(statement, **_params(project_id, since))]


def any_work(project_id: int | None) -> bool:
    """Has anybody ever worked on a project, or on any?"""
    of = "s.project_id = :project AND" if project_id else ""
    statement = f"SELECT EXISTS (SELECT FROM submission s WHERE {of} s.kind IN ('piece', 'hourly'))"  # noqa: S608 -- two fixed texts
    return bool(rows(statement, **({"project": project_id} if project_id else {}))[0][0])


def projects_of(worker_id: int, since: date) -> Collection[int]:
    """Give the projects that a worker worked on since a day."""
    found = rows(_PROJECTS_OF, worker=worker_id, **_params(None, since))
    return [row[0] for row in found]


def counted(offer_ids: Collection[int]) -> Mapping[int, int]:
    """Give how many pieces count for offers of bonuses, by the offer's id."""
    if not offer_ids:
        return {}
    statement = f"SELECT o.id, ({COUNTED}) FROM rate_offer o WHERE o.id = ANY(:ids)"  # noqa: S608 -- a fixed text
    return {row[0]: int(row[1]) for row in rows(statement, ids=list(offer_ids))}


def _params(project_id: int | None, since: date) -> dict[str, Any]:
    earliest = datetime.combine(since, time(), UTC) - WIDEST_ZONE
    return {"since": since, "earliest": earliest, **({"project": project_id} if project_id else {})}


TELLER: Final = WorkTeller(doers, priced, any_work, projects_of, counted)
