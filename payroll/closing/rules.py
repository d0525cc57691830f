"""Decisions of the daily close."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError
from workforce.core.money import MAX_MICROS, half_even
from workforce.paydays.rules import cutoff_instant

WORKERS_A_CHUNK: Final = 10_000

# The life of a run. The close makes it and computes it; the rest is done by people, and by the rails.
TRANSITIONS: Final = {
    ("computing", "compute"): "computed",
    ("computed", "approve"): "approved",
    ("approved", "release"): "released",
    ("released", "settle"): "settled",
}

# What an exception says to people, by its code.
EXCEPTIONS: Final = {
    "negative_net": N_(
        "%(worker)s would be paid %(net)s: more was taken back than earned. Nothing is paid;"
        " resolve it to let later pay make up for it."
    ),
}


class ForbiddenMove(DaybookError):
    code = "run_state"
    template = N_("Run %(run)s is %(state)s; it cannot be moved by “%(action)s” now.")


def moved(run: str, state: str, action: str) -> str:
    """Give the state of a run that an action leads to.

    Raises:
        ForbiddenMove: the action cannot be done in this state.

    """
    if (state, action) not in TRANSITIONS:
        raise ForbiddenMove(run=run, state=state, action=action)
    return TRANSITIONS[state, action]


def run_name(group: str, day: date) -> str:
    """Name the run of a group's day: KE-2026-11-20."""
    return f"{group}-{day.isoformat()}"


def parse_run_name(name: str) -> tuple[str, date] | None:
    """Take a run's name apart, or give None if it is none."""
    group, separator, text = name[:-11], name[-11:-10], name[-10:]
    try:
        return (group, date.fromisoformat(text)) if group and separator == "-" else None
    except ValueError:
        return None


def ranges(bounds: Sequence[int]) -> list[tuple[int, int]]:
    """Give the first and last worker id, inclusive, of each chunk."""
    ends = [first - 1 for first in bounds[1:]] + [MAX_MICROS]
    return list(zip(bounds, ends, strict=True))


def is_due(open_day: date, cutoff: time, timezone: str, now: datetime) -> bool:
    """Has the cut-off of a group's open day passed?"""
    return now >= cutoff_instant(open_day, cutoff, timezone)


def an_hour(micros: int, seconds: int) -> int | None:
    """Give what an hour came to, in micros; None where no time was measured.

    Args:
        micros: what was earned, in the currency that the worker is paid in.
        seconds: in which it was earned.

    """
    return half_even(micros * 3600, seconds) if seconds > 0 else None
