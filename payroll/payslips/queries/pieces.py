"""Reads on a worker's single pieces: those that a day is paid for, and those under review or rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from payroll.closing.rules import run_name
from workforce.core.db import rows
from workforce.core.money import Money

PIECES_A_PAGE: Final = 50
LATEST: Final = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A day of a group's books that something points at."""

    group: str
    day: date

    @property
    def run(self) -> str:
        """The name that its run has or will have."""
        return run_name(self.group, self.day)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of accepted work, or a correction of one, with its price.

    Attributes:
        source: the piece's number in the tool that it was done in.
        project: its code name.
        kind: piece, hourly or correction.
        unit: piece or hourly: what the rate is for.
        quantity: pieces, or seconds; negative in a correction.
        rate: a piece or an hour.
        earned: in the rate currency.
        converted: the same in the currency of the payslip, rounded by itself; None before the day is closed.
        accepted_at: when it was accepted; for a correction, when it was taken back.
        corrects: for a correction, the day that it corrects.
        taken_back: the day on which a correction took it back, if one did.
        reason: why it was taken back, in the reviewer's words.

    """

    source: str
    project: str
    kind: str
    unit: str
    quantity: int
    rate: Money
    earned: Money
    converted: Money | None
    accepted_at: datetime
    corrects: Place | None
    taken_back: Place | None
    reason: str


# The page is cut out first, so that the joins look up fifty pieces and not a day's thousands.
_PIECES: Final = """
    SELECT submission.source, project.code, work.kind, submission.kind, work.quantity, work.rate, work.currency,
           work.amount, slip.currency,
           CASE WHEN work.currency = slip.currency THEN work.amount
                ELSE half_even(work.amount * fx.numerator, fx.denominator) END,
           work.accepted_at, old_group.code, old.pay_day, new_group.code, back.pay_day, submission.reason
      FROM (SELECT * FROM accepted_work
             WHERE worker_id = :worker AND pay_day = :day
               AND (CAST(:group AS bigint) IS NULL OR group_id = CAST(:group AS bigint))
             ORDER BY group_id, id
             LIMIT :limit OFFSET :offset) work
      JOIN submission ON submission.id = work.submission_id
      JOIN project ON project.id = work.project_id
      LEFT JOIN payslip slip ON slip.group_id = work.group_id AND slip.pay_day = work.pay_day
                            AND slip.worker_id = :worker
      LEFT JOIN run_fx_rate fx ON fx.group_id = work.group_id AND fx.pay_day = work.pay_day AND fx.base = work.currency
                              AND fx.quote = slip.currency
      LEFT JOIN accepted_work old ON old.submission_id = work.submission_id AND old.id = work.corrects_id
      LEFT JOIN pay_group old_group ON old_group.id = old.group_id
      LEFT JOIN accepted_work back ON back.submission_id = work.submission_id AND back.corrects_id = work.id
      LEFT JOIN pay_group new_group ON new_group.id = back.group_id
     ORDER BY work.group_id, work.id
"""


def pieces(worker_id: int, day: date, group_id: int | None, *, offset: int, limit: int) -> list[Piece]:
    """Give a page of the pieces that a worker's day is made of, in the order in which they were accepted.

    Args:
        worker_id: whose.
        day: of the books.
        group_id: of one pay group, or None for all that she was in.
        offset: how many to pass over.
        limit: how many to give.

    """
    found = rows(_PIECES, worker=worker_id, day=day, group=group_id, offset=offset, limit=limit)
    return [
        Piece(
            source, project, kind, unit, quantity, Money.of_micros(rate, currency), Money.of_micros(amount, currency),
            None if paid_in is None else Money.of_micros(converted, paid_in), accepted_at,
            None if old_day is None else Place(old_group, old_day),
            None if new_day is None else Place(new_group, new_day), reason,
        )
        for (source, project, kind, unit, quantity, rate, currency, amount, paid_in, converted, accepted_at,
             old_group, old_day, new_group, new_day, reason) in found
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A piece that earns nothing now: it is under review, or it was rejected.

    Attributes:
        source: the piece's number in the tool that it was done in.
        project: its code name.
        state: submitted or rejected.
        unit: piece or hourly.
        quantity: pieces, or seconds.
        rate: that it will earn once it is accepted.
        submitted_at: when it was handed in.
        decided_at: when the verdict fell.
        reason: for a rejection, in the reviewer's words.

    """

    source: str
    project: str
    state: str
    unit: str
    quantity: int
    rate: Money
    submitted_at: datetime
    decided_at: datetime | None
    reason: str


_WAITING: Final = """
    SELECT submission.source, project.code, submission.state, submission.kind,
           CASE submission.kind WHEN 'hourly' THEN submission.seconds ELSE 1 END, submission.rate, submission.currency,
           submission.submitted_at, submission.decided_at, submission.reason
      FROM submission
      JOIN project ON project.id = submission.project_id
     WHERE submission.worker_id = :worker AND {which}
     ORDER BY submission.submitted_at DESC, submission.id DESC
     LIMIT :limit OFFSET :offset
"""
# The state stands in the text, so that the planner sees it; it never comes from outside.
_BY_STATE: Final = {
    "submitted": _WAITING.format(which="submission.state = 'submitted'"),
    "rejected": _WAITING.format(which="submission.state = 'rejected'"),
}
_COUNT: Final = {
    "submitted": "SELECT count(*) FROM submission WHERE worker_id = :worker AND state = 'submitted'",
    "rejected": "SELECT count(*) FROM submission WHERE worker_id = :worker AND state = 'rejected'",
}
_REJECTED_SINCE: Final = _WAITING.format(which="submission.state = 'rejected' AND submission.submitted_at >= :since")
_HANDED_IN: Final = _WAITING.format(
    which="submission.state <> 'accepted' AND submission.submitted_at >= :since AND submission.submitted_at < :until"
)


def waiting(worker_id: int, state: str, *, offset: int, limit: int) -> list[Waiting]:
    """Give a page of a worker's pieces under review or rejected, the youngest first.

    Args:
        worker_id: whose.
        state: submitted or rejected.
        offset: how many to pass over.
        limit: how many to give.

    """
    return _read(_BY_STATE[state], worker=worker_id, offset=offset, limit=limit)


def rejected_since(worker_id: int, since: datetime) -> list[Waiting]:
    """Give a worker's latest rejections among what she handed in since an instant."""
    return _read(_REJECTED_SINCE, worker=worker_id, since=since, offset=0, limit=LATEST)


def handed_in(worker_id: int, since: datetime, until: datetime) -> list[Waiting]:
    """Give what a worker handed in from one instant to another that is under review or was rejected, a page at most."""
    return _read(_HANDED_IN, worker=worker_id, since=since, until=until, offset=0, limit=PIECES_A_PAGE)


def _read(statement: str, **params: object) -> list[Waiting]:
    return [
        Waiting(source, project, state, unit, quantity, Money.of_micros(rate, currency), *rest)
        for source, project, state, unit, quantity, rate, currency, *rest in rows(statement, **params)
    ]


def under_review(worker_id: int) -> Sequence[tuple[str, int, datetime]]:
    """Give how many of a worker's pieces are under review: project, count, and since when the oldest waits."""
    found = rows(
        """
        SELECT project.code, waiting.pieces, waiting.since
          FROM (SELECT project_id, count(*) AS pieces, min(submitted_at) AS since FROM submission
                 WHERE worker_id = :worker AND state = 'submitted' GROUP BY project_id) waiting
          JOIN project ON project.id = waiting.project_id
         ORDER BY project.code
        """,
        worker=worker_id,
    )
    return [(project, count, since) for project, count, since in found]


def count_waiting(worker_id: int, state: str) -> int:
    """Give how many of a worker's pieces are under review or stand rejected.

    Args:
        worker_id: whose.
        state: submitted or rejected.

    """
    ((count,),) = rows(_COUNT[state], worker=worker_id)
    return int(count)
