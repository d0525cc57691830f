"""How far applicants come, by where they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from workforce.core.db import rows

STAGES: Final = ("applied", "confirmed", "tested", "certified", "accepted", "joined")


@dataclass(frozen=True)
class Line:
    """A source or a country.

    Attributes:
        channel: of the source; empty for a country's line.
        name: the campaign's code, or empty for a channel without one; a country's ISO 3166 code.
        counts: people at each of STAGES.

    """

    channel: str
    name: str
    counts: Sequence[int]

    @property
    def shares(self) -> Sequence[Decimal | None]:
        """Each stage as a share of the one before; None for the first, and where nobody was before."""
        return [
            Decimal(count) / Decimal(self.counts[place - 1]) if place and self.counts[place - 1] else None
            for place, count in enumerate(self.counts)
        ]


# Workers' own links are one source.
_FUNNEL: Final = """
SELECT came.heard, CASE WHEN campaign.referrer_id IS NULL THEN coalesce(campaign.code, '') ELSE '' END, came.country,
       sum(applied)::bigint, sum(confirmed)::bigint, sum(tested)::bigint, sum(certified)::bigint, sum(accepted)::bigint,
       sum(joined)::bigint
  FROM (
    SELECT application.heard, application.campaign_id, application.country, count(*) AS applied,
           count(application.confirmed_at) AS confirmed, count(begun.user_id) AS tested,
           count(certified.user_id) AS certified, count(application.worker_id) AS accepted,
           count(joined.worker_id) AS joined
      FROM application
      LEFT JOIN (SELECT DISTINCT user_id FROM test_attempt) begun ON begun.user_id = application.user_id
      LEFT JOIN (SELECT DISTINCT user_id FROM certification WHERE kind = 'worker') certified
        ON certified.user_id = application.user_id
      LEFT JOIN (SELECT DISTINCT worker_id FROM participation WHERE joined_at IS NOT NULL) joined
        ON joined.worker_id = application.worker_id
     WHERE application.applied_at >= :since AND application.applied_at < :until
     GROUP BY 1, 2, 3
  ) came
  LEFT JOIN campaign ON campaign.id = came.campaign_id
 GROUP BY 1, 2, 3
"""


def funnel(*, since: datetime, until: datetime) -> tuple[list[Line], list[Line]]:
    """Count the people at each stage who applied in a time, in one query.

    Args:
        since: the first instant.
        until: the instant after the last.

    Returns:
        a line a source and a line a country, the largest first.

    """
    found = rows(_FUNNEL, since=since, until=until)
    sources = _summed([((row[0], row[1]), row[3:]) for row in found])
    return sources, _summed([(("", row[2]), row[3:]) for row in found])


def _summed(parts: Sequence[tuple[tuple[str, str], Sequence[int]]]) -> list[Line]:
    sums: dict[tuple[str, str], list[int]] = {}
    for key, counts in parts:
        before = sums.get(key, [0] * len(STAGES))
        sums[key] = [one + other for one, other in zip(before, counts, strict=True)]
    lines = [Line(*key, counts) for key, counts in sums.items()]
    return sorted(lines, key=lambda one: (-one.counts[0], one.channel, one.name))


def total(lines: Sequence[Line]) -> Line:
    """Give the sum of lines."""
    return Line("", "", [sum(line.counts[place] for line in lines) for place in range(len(STAGES))])


_CAMPAIGN_COUNTS: Final = """
SELECT campaign_id, count(*), count(worker_id) FROM application WHERE campaign_id = ANY(:ids) GROUP BY campaign_id
"""


def campaign_counts(campaign_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Give how many people applied through campaigns, and how many of them were accepted."""
    return {key: (applied, accepted) for key, applied, accepted in rows(_CAMPAIGN_COUNTS, ids=list(campaign_ids))}
