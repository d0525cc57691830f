"""Decisions of an appeal: its life, its deadline, and who may decide."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

# The life of an appeal.
TRANSITIONS: Final = {
    ("open", "grant"): "granted",
    ("open", "refuse"): "refused",
}
# What the appellant is promised.
ANSWER_WITHIN: Final = timedelta(days=7)
SHORTEST: Final = 10
LONGEST: Final = 4_000


class AppealLate(DaybookError):
    code = "appeal_late"
    template = N_("The time to appeal ended on %(deadline)s.")


class AppealOpen(DaybookError):
    code = "appeal_open"
    template = N_("This was appealed already. There is one appeal against a decision.")


class AppealDecided(DaybookError):
    code = "appeal_decided"
    template = N_("Somebody has decided on this appeal already.")


class SomebodyElse(DaybookError):
    code = "somebody_else"
    status = 403
    template = N_("An appeal is decided by somebody who neither opened it nor made the decision that it is against.")


class WrongLength(DaybookError):
    code = "wrong_length"
    status = 400
    template = N_("Write %(least)s to %(most)s characters.")


def moved(state: str, action: str) -> str:
    """Give the state that an action leads to.

    Args:
        state: open, granted or refused.
        action: grant or refuse.

    Raises:
        AppealDecided: it is open no more.

    """
    if (state, action) not in TRANSITIONS:
        raise AppealDecided
    return TRANSITIONS[state, action]


def clean_text(text: str) -> str:
    """Give what somebody wrote, without blanks around it.

    Raises:
        WrongLength: it is too short to say anything, or too long.

    """
    clean = text.strip()
    if not SHORTEST <= len(clean) <= LONGEST:
        raise WrongLength(least=SHORTEST, most=LONGEST)
    return clean


def in_time(deadline: datetime, now: datetime) -> bool:
    """Can it still be appealed? The last instant counts."""
    return now <= deadline


def answer_due(opened_at: datetime) -> datetime:
    """Give the instant until when an answer is promised."""
    return opened_at + ANSWER_WITHIN


def may_decide(user_id: int | None, appellant: int, excluded: Collection[int]) -> bool:
    """May this user decide? Not the appellant, not who decided before, and not the system."""
    return user_id is not None and user_id != appellant and user_id not in excluded
