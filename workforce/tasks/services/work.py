"""What is done with submissions: they are recorded with their price, accepted, rejected, reversed, repriced.

Accepted work is only ever added to. What is taken back is a line of its own, on the day it is taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import case, cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS

from workforce.core import audit, clock
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.paydays.models import PayGroup
from workforce.paydays.rules import pay_day
from workforce.paydays.services import hold_open_day
from workforce.rates.services import Quote
from workforce.tasks import rules
from workforce.tasks.models import AcceptedWork, Submission


@dataclass(frozen=True, slots=True)
class NewWork:
    """A piece of work as it comes in.

    Attributes:
        source: its id in the tool that it came from, unique in the project.
        worker_id: who did it.
        group: her pay group.
        state: submitted, accepted or rejected.
        quote: its frozen price.
        seconds: working time, 0 where nobody measured it.
        claimed_at: when she began, if known.
        submitted_at: when she handed it in.
        decided_at: when the verdict fell, for accepted and rejected work.
        reason: the reviewer's words.

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

    def pay_day(self, group: PayGroup, accepted_at: datetime) -> date:
        """Give the pay day of work that is accepted at an instant."""
        if group.id not in self._held:
            self._held[group.id] = hold_open_day(group)
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
    # Numbers first and then plain rows: asking for the numbers of inserted rows costs three times as much.
    ids = _submission_ids(len(work))
    values = [
        {"id": submission_id, "project_id": project_id, "worker_id": one.worker_id, "source": one.source,
         "state": one.state, "kind": one.quote.kind, "rate": one.quote.rate, "currency": one.quote.currency,
         "rate_id": one.quote.rate_id, "offer_id": one.quote.offer_id, "seconds": one.seconds,
         "claimed_at": one.claimed_at,
         "submitted_at": one.submitted_at,
         "decided_at": one.decided_at, "reason": one.reason}
        for submission_id, one in zip(ids, work, strict=True)
    ]  # fmt: skip
    session().execute(insert(Submission), values)
    _add_accepted(
        _line(submission_id, project_id, one, open_days) for submission_id, one in zip(ids, work, strict=True)
        if one.state == "accepted"
    )  # fmt: skip


def accept(
    actor: Actor, submission: Submission, group: PayGroup, open_days: OpenDays, *, decided_at: datetime, now: datetime
) -> None:
    """Accept work that waits, or whose rejection is taken back; it earns its frozen price on its pay day.

    Raises:
        ForbiddenMove: it is accepted already.

    """
    _move(actor, submission, "accept", decided_at, "", now)
    line = _priced(submission, group, open_days, at=decided_at)
    # Work that was taken back on a later day kept its hours, and what made up for them, on the day it was done.
    line["floored"] = line["floored"] and not _floored_lines(submission)
    _add_accepted([line])


def reject(actor: Actor, submission: Submission, *, decided_at: datetime, reason: str, now: datetime) -> None:
    """Reject work that waits, with the reviewer's reason.

    Raises:
        ForbiddenMove: it has a verdict already.

    """
    _move(actor, submission, "reject", decided_at, reason, now)


def reverse(
    actor: Actor,
    submission: Submission,
    group: PayGroup,
    open_days: OpenDays,
    *,
    decided_at: datetime,
    reason: str,
    now: datetime,
) -> None:
    """Take an acceptance back: a correction takes away what it earned, on the day it is taken back.

    Raises:
        ForbiddenMove: it is not accepted.

    """
    _move(actor, submission, "reverse", decided_at, reason, now)
    _add_accepted([_correction(_standing(submission), group, open_days, decided_at)])


def reprice(
    actor: Actor,
    submission: Submission,
    group: PayGroup,
    open_days: OpenDays,
    *,
    rate: int,
    seconds: int,
    at: datetime,
    now: datetime,
) -> None:
    """Change what accepted work earns: a correction takes the old line away and a new line stands beside it.

    Args:
        actor: who does it.
        submission: accepted work.
        group: the worker's pay group now.
        open_days: those of this transaction.
        rate: micros a piece or an hour.
        seconds: working time.
        at: the instant that decides the pay day.
        now: when it is recorded.

    Raises:
        ForbiddenMove: it is not accepted.

    """
    before = {"rate": submission.rate, "seconds": submission.seconds}
    rules.moved(submission.state, "reprice")
    standing = _standing(submission)
    old = _correction(standing, group, open_days, at)
    submission.rate, submission.seconds = rate, seconds
    new = _priced(submission, group, open_days, at=at)
    # A floor counts a piece of work once, on the day that it was accepted.
    counted = _floored_lines(submission) - old["floored"]
    new["floored"] = new["floored"] and _same_day(standing, old) and not counted
    _add_accepted([old, new])
    audit.record(
        actor, "work.reprice", f"submission:{submission.id}",
        before=before, after={"rate": rate, "seconds": seconds}, now=now,
    )  # fmt: skip


def _move(actor: Actor, submission: Submission, action: str, decided_at: datetime, reason: str, now: datetime) -> None:
    before = submission.state
    submission.state = rules.moved(before, action)
    submission.decided_at, submission.reason = decided_at, reason
    audit.record(
        actor, f"work.{action}", f"submission:{submission.id}",
        before={"state": before}, after={"state": submission.state}, reason=reason, now=now,
    )  # fmt: skip


def _submission_ids(number: int) -> Sequence[int]:
    """Take numbers for submissions from the sequence of their column."""
    sequence = cast(func.pg_get_serial_sequence("submission", "id"), REGCLASS)
    return session().scalars(select(func.nextval(sequence)).select_from(func.generate_series(1, number))).all()


def _standing(submission: Submission) -> AcceptedWork:
    """Give the line that accepted work stands on now: the youngest that no correction points at."""
    taken_back = select(AcceptedWork.corrects_id).where(
        AcceptedWork.submission_id == submission.id, AcceptedWork.corrects_id.is_not(None)
    )
    query = select(AcceptedWork).where(
        AcceptedWork.submission_id == submission.id,
        AcceptedWork.kind != "correction",
        AcceptedWork.id.not_in(taken_back),
    )
    return session().scalars(query).one()


def _floored_lines(submission: Submission) -> int:
    """Count the lines of a submission that a floor counts, less those that were taken back on the same day."""
    sign = case((AcceptedWork.kind == "correction", -1), else_=1)
    query = select(func.coalesce(func.sum(sign), 0)).where(
        AcceptedWork.submission_id == submission.id, AcceptedWork.floored
    )
    return int(session().scalars(query).one())


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


def _priced(submission: Submission, group: PayGroup, open_days: OpenDays, *, at: datetime) -> dict[str, Any]:
    kind, seconds = submission.kind, submission.seconds
    quantity = seconds if kind == "hourly" else 1
    carded = submission.rate_id is not None or submission.offer_id is not None
    return {
        "group_id": group.id, "pay_day": open_days.pay_day(group, at), "worker_id": submission.worker_id,
        "submission_id": submission.id, "project_id": submission.project_id, "kind": kind, "quantity": quantity,
        "rate": submission.rate, "currency": submission.currency,
        "amount": rules.earned(kind, quantity, submission.rate),
        "seconds": seconds if kind in rules.TASK_KINDS else 0,
        "floored": rules.is_floored(kind, carded=carded, seconds=seconds),
        "corrects_id": None, "accepted_at": at,
    }  # fmt: skip


def _correction(old: AcceptedWork, group: PayGroup, open_days: OpenDays, at: datetime) -> dict[str, Any]:
    line = {
        "group_id": group.id, "pay_day": open_days.pay_day(group, at), "worker_id": old.worker_id,
        "submission_id": old.submission_id, "project_id": old.project_id, "kind": "correction",
        "quantity": -old.quantity,
        "rate": old.rate, "currency": old.currency, "amount": -old.amount, "seconds": -old.seconds,
        "corrects_id": old.id, "accepted_at": at,
    }  # fmt: skip
    return {**line, "floored": old.floored and _same_day(old, line)}


def _same_day(old: AcceptedWork, line: dict[str, Any]) -> bool:
    return (old.group_id, old.pay_day) == (line["group_id"], line["pay_day"])


def _add_accepted(lines: Iterable[dict[str, Any]]) -> None:
    values = list(lines)
    if values:
        session().execute(insert(AcceptedWork), values)
