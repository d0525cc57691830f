"""Everything that a group's day is paid for, put together in one place.

Today that is the accepted work: pieces, hours, paid training and bonuses, corrections included. Deductions, leave and
interest join it here. What the hourly floors add is a step of the close, since it follows from all of this.
"""

from datetime import date
from typing import Final

from workforce.core.db import rows

# The lines of a day for a range of workers. The parameters are :group, :day, :first and :last (worker ids, inclusive).
DAY_LINES: Final = """
    SELECT worker_id, project_id, currency, kind, count(*) AS pieces, sum(quantity)::bigint AS quantity,
           sum(amount)::bigint AS amount, sum(seconds)::bigint AS seconds
      FROM accepted_work
     WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last
     GROUP BY worker_id, project_id, currency, kind
"""

# How many pieces DAY_LINES must have counted.
DAY_PIECES: Final = """
    SELECT count(*) FROM accepted_work
     WHERE group_id = :group AND pay_day = :day AND worker_id BETWEEN :first AND :last
"""


def currency_pairs(group_id: int, day: date) -> set[tuple[str, str]]:
    """Give the pairs that a day must convert: what work was priced in, and what its workers are paid in."""
    found = rows(
        """
        SELECT DISTINCT priced.currency, worker.currency
          FROM (SELECT DISTINCT worker_id, currency FROM accepted_work
                 WHERE group_id = :group AND pay_day = :day) priced
          JOIN worker ON worker.id = priced.worker_id AND worker.currency <> priced.currency
        """,
        group=group_id, day=day,
    )  # fmt: skip
    return {(base, quote) for base, quote in found}


def floored_places(group_id: int, day: date) -> set[tuple[str, str]]:
    """Give the country and pay currency of every worker of a day whose hours a floor can count."""
    found = rows(
        """
        SELECT DISTINCT worker.country, worker.currency
          FROM (SELECT DISTINCT worker_id FROM accepted_work
                 WHERE group_id = :group AND pay_day = :day AND floored) worked
          JOIN worker ON worker.id = worked.worker_id AND worker.country <> ''
        """,
        group=group_id, day=day,
    )  # fmt: skip
    return {(country, currency) for country, currency in found}


def chunk_bounds(group_id: int, day: date, workers_a_chunk: int) -> list[int]:
    """Cut the workers of a day into ranges of about equal size.

    Args:
        group_id: the pay group.
        day: its day.
        workers_a_chunk: how many workers a range may hold.

    Returns:
        the first worker id of each range, ascending; none for a day without work.

    """
    found = rows(
        """
        SELECT worker_id
          FROM (SELECT worker_id, row_number() OVER (ORDER BY worker_id) - 1 AS place
                  FROM (SELECT DISTINCT worker_id FROM accepted_work
                         WHERE group_id = :group AND pay_day = :day) one) numbered
         WHERE place % :size = 0
         ORDER BY worker_id
        """,
        group=group_id, day=day, size=workers_a_chunk,
    )  # fmt: skip
    return [worker_id for (worker_id,) in found]
