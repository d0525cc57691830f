"""Our own CSV of work, for tools that have no reader of their own.

Columns, in any order: source, worker, status (submitted, accepted or approved, rejected) and submitted_at are needed;
claimed_at, decided_at, reason, seconds, reward, currency and level may be left out or empty. Times are ISO 8601 with
an offset. A reward is a plain amount and needs its currency. The time worked is what the file says and never a guess.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import BinaryIO, Final

from i18n.locale import N_
from workforce.imports.readers.tabular import Format, Row, Table, results
from workforce.imports.readers.times import in_order, iso_time
from workforce.imports.readers.values import (
    MAX_TEXT,
    BadValueError,
    currency,
    identifier,
    plain_amount,
    seconds,
    shown,
)
from workforce.imports.rules import Result, State, WorkRow

_REQUIRED: Final = ("source", "worker", "status", "submitted_at")
_OPTIONAL: Final = ("claimed_at", "decided_at", "reason", "seconds", "reward", "currency", "level")
_FORMAT: Final = Format(
    "csv", {name: (name,) for name in _REQUIRED + _OPTIONAL}, _REQUIRED,
    {"accepted_at": "decided_at", "rejected_at": "decided_at"},
)  # fmt: skip
_STATES: Final[dict[str, State]] = {
    "submitted": "submitted",
    "accepted": "accepted",
    "approved": "accepted",
    "rejected": "rejected",
}


def read(stream: BinaryIO, now: datetime) -> Iterator[Result]:
    """Read a file; see Reader.read."""
    table = Table(stream)
    table.resolve(_FORMAT)
    return results(table, partial(_work, now=now))


def _work(row: Row, now: datetime) -> WorkRow:
    time = iso_time(now)
    source, worker = row.identifier("source"), row.identifier("worker")
    state = row.required("status", _state)
    submitted = row.required("submitted_at", time)
    claimed = row.value("claimed_at", time)
    if claimed and not in_order(claimed, submitted):
        template = N_("The work was taken after it was submitted; the two times cannot both be right.")
        raise row.bad("claimed_at", "claimed_late", template)
    decided = None if state == "submitted" else row.value("decided_at", time)
    worked = row.value("seconds", seconds)
    reward, code = _reward(row)
    return WorkRow(
        number=row.number,
        source=source,
        worker=worker,
        state=state,
        claimed_at=claimed,
        submitted_at=submitted,
        decided_at=decided,
        reason=row.checked("reason", MAX_TEXT) if state == "rejected" else "",
        seconds=worked,
        reward=reward,
        reward_currency=code,
        level=row.value("level", identifier) or "",
        columns=row.spelled,
    )


def _state(text: str) -> State:
    state = _STATES.get(text.lower())
    if state is None:
        template = N_("The status “%(value)s” is not known; expected is submitted, accepted or rejected.")
        raise BadValueError("unknown_status", template, value=shown(text))
    return state


def _reward(row: Row) -> tuple[Decimal | None, str | None]:
    reward = row.value("reward", plain_amount)
    code = row.value("currency", currency)
    if reward is None:
        return None, None
    if code is None:
        template = N_("The row has a reward and no currency; expected is a code of ISO 4217, such as USD.")
        raise row.bad("currency", "missing", template)
    return reward, code
