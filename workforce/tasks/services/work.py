"""New work is recorded with its price, and what of it is accepted earns. Accepted work is only ever added to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import REGCLASS

from workforce.core import clock
from workforce.core.db import insert_all, rows, session
from workforce.core.errors import Collision
from workforce.paydays.models import PayGroup
from workforce.paydays.rules import pay_day
from workforce.paydays.services import hold_open_days
from workforce.rates.services import Quote
from workforce.tasks import rules
from workforce.tasks.models import ACCEPTED_WORK_ID, AcceptedWork, Submission

_MOVED: Final = """
    SELECT worker.id
      FROM unnest(CAST(:workers AS bigint[]), CAST(:groups AS bigint[])) told (worker_id, group_id)
      JOIN worker ON worker.id = told.worker_id AND worker.group_id <> told.group_id
     LIMIT 1
"""


class WorkerMoved(Collision):
    """Work was about to be accepted in a pay group that its worker has just left."""


@dataclass(frozen=True, slots=True)
class NewWork:
    """A piece of work as it comes in.

    Attributes:
        source: its id in the tool that it came from, unique in the project among what has the same origin.
        worker_id: who did it.
        group: her pay group.
        state: submitted, accepted or rejected.
        quote: its frozen price.
        seconds: working time, 0 where nobody measured it.
        claimed_at: when she began, if known.
        submitted_at: when she handed it in.
        decided_at: when the verdict fell, for accepted and rejected work.
        reason: the reviewer's words.
        origin: where it came from, one of ORIGINS. A file reaches only what files brought.

    """

    source: str
    worker_id: int
    group: PayGroup
    state: str
    quote: Quote
    seconds: int
    claimed_at: datetime | None
    submitted_at: datetime
    decided_at: datetime | None
    reason: str = ""
    origin: str = "import"

    @property
    def quantity(self) -> int:
        """Pieces, or seconds of work paid by the hour."""
        return self.seconds if self.quote.kind == "hourly" else 1

    @property
    def floored(self) -> bool:
        """Does the hourly floor of the worker's country count it?"""
        carded = self.quote.rate_id is not None or self.quote.offer_id is not None
        return rules.is_floored(self.quote.kind, carded=carded, seconds=self.seconds)


class OpenDays:
    """The open days of pay groups, held from the first look until the transaction ends."""

    def __init__(self) -> None:
        self._held: dict[int, date] = {}

    def hold(self, groups: Iterable[PayGroup]) -> None:
        """Hold the open days of all groups that a batch needs at once, since locks are taken in one order."""
        missing = {group.id for group in groups} - self._held.keys()
        if missing:
            self._held |= hold_open_days(missing)

    def pay_day(self, group: PayGroup, accepted_at: datetime) -> date:
        """Give the pay day of work that is accepted at an instant."""
        self.hold([group])
        return pay_day(self._held[group.id], clock.local_date(accepted_at, group.timezone))


def record_work(project_id: int, work: Sequence[NewWork], open_days: OpenDays) -> None:
    """Record new submissions, many at once; those that are accepted earn from now on.

    Args:
        project_id: what the work was done for.
        work: none of its sources is recorded in the project.
        open_days: those of this transaction.

    """
    if not work:
        return
    open_days.hold(one.group for one in work if one.state == "accepted")
    # Numbers first and then plain rows: asking for the numbers of inserted rows costs three times as much.
    ids = _submission_ids(len(work))
    numbers = iter(accepted_line_ids(sum(one.state == "accepted" for one in work)))
    line_ids = [next(numbers) if one.state == "accepted" else None for one in work]
    values = [
        {"id": submission_id, "project_id": project_id, "worker_id": one.worker_id, "origin": one.origin,
         "source": one.source, "accepted_line_id": line_id,
         "state": one.state, "kind": one.quote.kind, "rate": one.quote.rate, "currency": one.quote.currency,
         "rate_id": one.quote.rate_id, "offer_id": one.quote.offer_id, "seconds": one.seconds,
         "claimed_at": one.claimed_at,
         "submitted_at": one.submitted_at,
         "decided_at": one.decided_at, "reason": one.reason}
        for submission_id, line_id, one in zip(ids, line_ids, work, strict=True)
    ]  # fmt: skip
    insert_all(Submission.__tablename__, values)
    add_accepted(
        {"id": line_id, **_line(submission_id, project_id, one, open_days)}
        for submission_id, line_id, one in zip(ids, line_ids, work, strict=True) if line_id is not None
    )  # fmt: skip


def _submission_ids(number: int) -> Sequence[int]:
    """Take numbers for submissions from the sequence of their column."""
    sequence = cast(func.pg_get_serial_sequence("submission", "id"), REGCLASS)
    return session().scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, number))).all()


def _line(submission_id: int, project_id: int, work: NewWork, open_days: OpenDays) -> dict[str, Any]:
    assert work.decided_at is not None, "accepted work has an instant of acceptance"
    return {
        "group_id": work.group.id, "pay_day": open_days.pay_day(work.group, work.decided_at),
        "worker_id": work.worker_id,
        "submission_id": submission_id, "project_id": project_id, "kind": work.quote.kind, "quantity": work.quantity,
        "rate": work.quote.rate, "currency": work.quote.currency,
        "amount": rules.earned(work.quote.kind, work.quantity, work.quote.rate),
        "seconds": work.seconds if work.quote.kind in rules.TASK_KINDS else 0, "floored": work.floored,
        "corrects_id": None, "accepted_at": work.decided_at,
    }  # fmt: skip


def accepted_line_ids(number: int) -> Sequence[int]:
    """Take numbers for lines of accepted work."""
    return session().scalars(select(ACCEPTED_WORK_ID.next_value()).select_from(func.generate_series(1, number))).all()


def add_accepted(lines: Iterable[dict[str, Any]]) -> None:
    """Add lines of accepted work; each says its own number. The open days of their groups are held.

    Raises:
        WorkerMoved: somebody is in another pay group by now. Who moves a worker waits for work that is being taken in,
            and keeps later work waiting, so that nothing comes into a group behind her back.

    """
    values = list(lines)
    if values:
        pairs = {(line["worker_id"], line["group_id"]) for line in values}
        workers, groups = zip(*pairs, strict=True)
        if rows(_MOVED, workers=list(workers), groups=list(groups)):
            raise WorkerMoved
        insert_all(AcceptedWork.__tablename__, values)
