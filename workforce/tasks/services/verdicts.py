"""Verdicts on submissions: they are accepted, rejected, reversed and repriced, safely whoever does so at once.

A verdict locks its submission and looks again before it acts: of two at once one earns and the other is refused.
Several submissions are locked in the order of their numbers, so that no two callers wait for each other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from workforce.core import audit, locks
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.paydays.models import PayGroup
from workforce.tasks import rules
from workforce.tasks.models import AcceptedWork, Submission
from workforce.tasks.services.work import OpenDays, accepted_line_ids, add_accepted


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is decided on a submission.

    Attributes:
        submission_id: its number.
        action: accept, reject, reverse or reprice.
        group: the worker's pay group now.
        at: when the verdict fell; for a repricing, the instant that decides the pay day.
        reason: the reviewer's words.
        rate: micros per piece or per hour that it is accepted or repriced with; None leaves the price that it has.
        seconds: working time, in the same way.

    """

    submission_id: int
    action: str
    group: PayGroup
    at: datetime
    reason: str = ""
    rate: int | None = None
    seconds: int | None = None


def decide(
    actor: Actor, verdicts: Sequence[Verdict], open_days: OpenDays, *, now: datetime
) -> Mapping[int, rules.ForbiddenMove]:
    """Do what was decided on many submissions.

    Args:
        actor: who decided.
        verdicts: one for each submission at most.
        open_days: those of this transaction.
        now: the instant.

    Returns:
        what was refused, by the number of the submission: it was moved meanwhile, and nothing of its verdict was done.
        The others are done.

    """
    known, refused = lock_submissions([one.submission_id for one in verdicts]), {}
    open_days.hold(one.group for one in verdicts if one.action != "reject")
    for one in sorted(verdicts, key=lambda verdict: verdict.submission_id):
        try:
            _do(actor, known[one.submission_id], one, open_days, now)
        except rules.ForbiddenMove as problem:
            refused[one.submission_id] = problem
    session().flush()
    return refused


def lock_submissions(ids: Collection[int]) -> dict[int, Submission]:
    """Return submissions as they are now, by number, held until the end of the transaction."""
    query = select(Submission).where(Submission.id.in_(ids)).order_by(Submission.id)
    return {one.id: one for one in locks.rows(locks.SUBMISSIONS, query, ids)}


def accept(
    actor: Actor, submission: Submission, group: PayGroup, open_days: OpenDays, *, decided_at: datetime, now: datetime
) -> None:
    """Accept work that waits, or whose rejection is taken back; it earns its frozen price on its pay day.

    Raises:
        ForbiddenMove: it is accepted already.

    """
    _one(actor, Verdict(submission.id, "accept", group, decided_at), open_days, now)


def reject(
    actor: Actor, submission: Submission, group: PayGroup, *, decided_at: datetime, reason: str, now: datetime
) -> None:
    """Reject work that waits, with the reviewer's reason.

    Raises:
        ForbiddenMove: it has a verdict already.

    """
    _one(actor, Verdict(submission.id, "reject", group, decided_at, reason), OpenDays(), now)


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
    _one(actor, Verdict(submission.id, "reverse", group, decided_at, reason), open_days, now)


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
        rate: micros per piece or per hour.
        seconds: working time.
        at: the instant that decides the pay day.
        now: when it is recorded.

    Raises:
        ForbiddenMove: it is not accepted.

    """
    _one(actor, Verdict(submission.id, "reprice", group, at, rate=rate, seconds=seconds), open_days, now)


def _one(actor: Actor, verdict: Verdict, open_days: OpenDays, now: datetime) -> None:
    for problem in decide(actor, [verdict], open_days, now=now).values():
        raise problem


def _do(actor: Actor, submission: Submission, verdict: Verdict, open_days: OpenDays, now: datetime) -> None:
    """Do what was decided on a submission that is locked.

    Raises:
        ForbiddenMove: its state does not allow it; nothing was done.

    """
    state = rules.moved(submission.state, verdict.action)
    lines = _lines(submission, verdict, open_days)
    for number, line in zip(accepted_line_ids(len(lines)), lines, strict=True):
        line["id"] = number
    if verdict.action == "reprice":
        before, after = dict[str, Any](_price(submission, None)), dict[str, Any](_price(submission, verdict))
    else:
        before, after = {"state": submission.state}, {"state": state}
        submission.decided_at, submission.reason = verdict.at, verdict.reason
    if state == "accepted":
        submission.rate, submission.seconds = _price(submission, verdict).values()
    submission.state = state
    submission.accepted_line_id = lines[-1]["id"] if state == "accepted" else None
    session().flush()
    add_accepted(lines)
    audit.record(
        actor, f"work.{verdict.action}", f"submission:{submission.id}",
        before=before, after=after, reason=verdict.reason, now=now,
    )  # fmt: skip


def _price(submission: Submission, verdict: Verdict | None) -> dict[str, int]:
    """Return rate and seconds as they are, or as a verdict has them."""
    rate = verdict.rate if verdict else None
    seconds = verdict.seconds if verdict else None
    return {
        "rate": submission.rate if rate is None else rate,
        "seconds": submission.seconds if seconds is None else seconds,
    }


def _lines(submission: Submission, verdict: Verdict, open_days: OpenDays) -> list[dict[str, Any]]:
    """Return the lines of accepted work that a verdict adds: what it takes back, then what stands from now on."""
    match verdict.action:
        case "accept":
            new = _priced(submission, verdict, open_days)
            # Work that was taken back on a later day kept its hours, and what made up for them, on the day it was done.
            return [{**new, "floored": new["floored"] and not _floored_lines(submission)}]
        case "reverse":
            return [_correction(_standing(submission), verdict, open_days)]
        case "reprice":
            standing, new = _standing(submission), _priced(submission, verdict, open_days)
            old = _correction(standing, verdict, open_days)
            # A floor counts a piece of work once, on the day that it was accepted.
            counted = _floored_lines(submission) - old["floored"]
            return [old, {**new, "floored": new["floored"] and _same_day(standing, old) and not counted}]
        case _:
            return []


def _standing(submission: Submission) -> AcceptedWork:
    """Return the line that accepted work stands on now."""
    query = select(AcceptedWork).where(
        AcceptedWork.submission_id == submission.id, AcceptedWork.id == submission.accepted_line_id
    )
    return session().scalars(query).one()


def _floored_lines(submission: Submission) -> int:
    """Count the lines of a submission that a floor counts, less those that were taken back on the same day."""
    sign = case((AcceptedWork.kind == "correction", -1), else_=1)
    query = select(func.coalesce(func.sum(sign), 0)).where(
        AcceptedWork.submission_id == submission.id, AcceptedWork.floored
    )
    return int(session().scalars(query).one())


def _priced(submission: Submission, verdict: Verdict, open_days: OpenDays) -> dict[str, Any]:
    kind, price = submission.kind, _price(submission, verdict)
    seconds = price["seconds"]
    quantity = seconds if kind == "hourly" else 1
    carded = submission.rate_id is not None or submission.offer_id is not None
    return {
        "group_id": verdict.group.id, "pay_day": open_days.pay_day(verdict.group, verdict.at),
        "worker_id": submission.worker_id, "submission_id": submission.id, "project_id": submission.project_id,
        "kind": kind, "quantity": quantity, "rate": price["rate"], "currency": submission.currency,
        "amount": rules.earned(kind, quantity, price["rate"]),
        "seconds": seconds if kind in rules.TASK_KINDS else 0,
        "floored": rules.is_floored(kind, carded=carded, seconds=seconds),
        "corrects_id": None, "accepted_at": verdict.at,
    }  # fmt: skip


def _correction(old: AcceptedWork, verdict: Verdict, open_days: OpenDays) -> dict[str, Any]:
    line = {
        "group_id": verdict.group.id, "pay_day": open_days.pay_day(verdict.group, verdict.at),
        "worker_id": old.worker_id, "submission_id": old.submission_id, "project_id": old.project_id,
        "kind": "correction", "quantity": -old.quantity, "rate": old.rate, "currency": old.currency,
        "amount": -old.amount, "seconds": -old.seconds, "corrects_id": old.id, "accepted_at": verdict.at,
    }  # fmt: skip
    return {**line, "floored": old.floored and _same_day(old, line)}


def _same_day(old: AcceptedWork, line: dict[str, Any]) -> bool:
    return (old.group_id, old.pay_day) == (line["group_id"], line["pay_day"])
