"""Amazon Mechanical Turk and what writes files like it: one family, told apart by headers and by nothing else.

- The web site's download of a batch: CSV, `Reward` as `$0.04`, rows two fields shorter than the header.
- The command-line tools: tab-separated, headers in small letters, tasks without an assignment among the rows.
- Dumps of the SDK's list_assignments_for_hit: ISO times with an offset, `TimeSpent` of a data frame, mostly no reward.
- Turkle, the same for a team of one's own: no reward, no status. It has no verdicts at all and writes out only what
  was finished, so its work counts as accepted at the instant when it was submitted: there is nobody to wait for.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final

from i18n.locale import N_
from workforce.imports.readers.tabular import Format, Row, Table, results
from workforce.imports.readers.times import in_order, mturk_time
from workforce.imports.readers.values import (
    MAX_TEXT,
    BadValueError,
    dollars,
    duration,
    limited,
    seconds,
    shown,
)
from workforce.imports.rules import Result, Skipped, State, Warned, WorkRow

_COLUMNS: Final = {
    "source": ("AssignmentId",),
    "worker": ("WorkerId",),
    "status": ("AssignmentStatus",),
    "claimed": ("AcceptTime", "assignmentaccepttime"),
    "submitted": ("SubmitTime", "assignmentsubmittime"),
    "approved": ("ApprovalTime", "assignmentapprovaltime"),
    "rejected": ("RejectionTime", "assignmentrejecttime"),
    "feedback": ("RequesterFeedback", "feedback"),
    "seconds": ("WorkTimeInSeconds",),
    "spent": ("TimeSpent",),
    "reward": ("Reward",),
    "approve": ("Approve",),
    "reject": ("Reject",),
}
# What the importer calls them.
_WORDS: Final = {"submitted_at": "submitted", "accepted_at": "approved", "rejected_at": "rejected"}
_MTURK: Final = Format("mturk", _COLUMNS, ("source", "worker", "status", "submitted"), _WORDS)
_TURKLE: Final = Format("mturk", _COLUMNS, ("source", "worker", "submitted"), _WORDS)
# All columns of Turkle before version 2.1 but for Input.* and Answer.*; since then there is Turkle.Username too.
_OLD_TURKLE: Final = frozenset(
    {
        *("hitid", "hittypeid", "title", "creationtime", "maxassignments", "assignmentdurationinseconds"),
        *("assignmentid", "workerid", "accepttime", "submittime", "worktimeinseconds"),
    }
)
_STATES: Final[dict[str, State]] = {"submitted": "submitted", "approved": "accepted", "rejected": "rejected"}


def read(stream: BinaryIO, now: datetime) -> Iterator[Result]:
    """Read an export; see Reader.read."""
    table = Table(stream)
    turkle = is_turkle({name.lower() for name in table.header})
    table.resolve(_TURKLE if turkle else _MTURK)
    return results(table, partial(_work, now=now, turkle=turkle))


def is_turkle(header: Collection[str]) -> bool:
    """Is this the header (in small letters) of a Turkle file?

    That the status is missing is not enough: somebody may have cut it out of a file of MTurk, and all the work in it,
    rejected or not looked at yet, would be paid.
    """
    if "assignmentstatus" in header:
        return False
    own = {name for name in header if not name.startswith(("input.", "answer."))}
    return own == _OLD_TURKLE or any(name.startswith("turkle.") for name in own)


def _work(row: Row, now: datetime, *, turkle: bool) -> WorkRow | Skipped:
    if _no_assignment(row):
        return Skipped(row.number, "no_assignment")
    time = mturk_time(now)
    source, worker = row.identifier("source"), row.identifier("worker")
    state = "accepted" if turkle else row.required("status", _state)
    submitted = row.required("submitted", time)
    claimed = row.value("claimed", time)
    decided = _decided(row, state, now)
    reward = row.value("reward", dollars)
    return WorkRow(
        number=row.number,
        source=source,
        worker=worker,
        state=state,
        claimed_at=claimed,
        submitted_at=submitted,
        decided_at=decided,
        reason=row.checked("feedback", MAX_TEXT) if state == "rejected" else "",
        seconds=_seconds(row, claimed, submitted),
        reward=reward,
        reward_currency=None if reward is None else "USD",
        columns=row.spelled,
        warnings=_verdict_elsewhere(row, state),
    )


def _no_assignment(row: Row) -> bool:
    """Is this a task that nobody took? A row that was cut off before these columns says no such thing."""
    words = ("source", "worker", "status")
    return all(row.reaches(word) and not row.text(word) for word in words)


def _state(text: str) -> State:
    state = _STATES.get(text.lower())
    if state is None:
        template = N_("The status “%(value)s” is not known; expected is Submitted, Approved or Rejected.")
        raise BadValueError("unknown_status", template, value=shown(text))
    return state


def _decided(row: Row, state: State, now: datetime) -> datetime | None:
    """Return when the verdict fell, None where the file does not say.

    The status decides which column counts: approved work may have a rejection time too, from a rejection that was
    reversed. The auto-approval time is when MTurk will approve if nobody does, so it is no verdict and is not read.
    """
    if state == "submitted":
        return None
    return row.value("approved" if state == "accepted" else "rejected", mturk_time(now))


def _verdict_elsewhere(row: Row, state: State) -> tuple[Warned, ...]:
    """Warn of a verdict that a requester wrote into the columns for it and has not sent to MTurk yet."""
    marked = next((word for word in ("approve", "reject") if row.text(word)), None)
    if state != "submitted" or marked is None:
        return ()
    template = N_(
        "There are verdicts in the columns Approve and Reject, but the status of these rows is Submitted. The status"
        " counts: send the verdicts to MTurk, download the results again and import that file."
    )
    return (Warned(row.number, row.spelled[marked], "verdict_not_sent", template),)


def _seconds(row: Row, claimed: datetime | None, submitted: datetime) -> int | None:
    """Give the time worked; where no column has it, from taking to handing in, which is how MTurk defines it."""
    if claimed and not in_order(claimed, submitted):
        raise row.bad(
            "claimed",
            "claimed_late",
            N_("The work was taken after it was submitted; the two times cannot both be right."),
        )
    given = row.value("seconds", seconds)
    if given is None:
        given = row.value("spent", duration)
    if given is not None or claimed is None:
        return given
    return row.value("claimed", lambda _: limited(max(0, int((submitted - claimed).total_seconds()))))
