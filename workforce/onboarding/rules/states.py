"""The life of an application."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

STATES: Final = ("applied", "confirmed", "ready", "granted", "accepted", "declined", "withdrawn")
# An appeal that is open leaves the application declined; one that is granted can only be followed by acceptance.
TRANSITIONS: Final[Mapping[tuple[str, str], str]] = {
    ("applied", "confirm"): "confirmed",
    ("applied", "decline"): "declined",
    ("confirmed", "complete"): "ready",
    ("confirmed", "accept"): "accepted",
    ("confirmed", "decline"): "declined",
    ("confirmed", "withdraw"): "withdrawn",
    ("ready", "accept"): "accepted",
    ("ready", "decline"): "declined",
    ("ready", "withdraw"): "withdrawn",
    ("declined", "grant"): "granted",
    ("granted", "accept"): "accepted",
    ("granted", "withdraw"): "withdrawn",
    ("withdrawn", "resume"): "confirmed",
}
# Something of hers is looked at or can still be handed in.
OPEN: Final = frozenset({"confirmed", "ready", "granted"})
# The address's owner has this long to follow the link, and a declined applicant to appeal.
CONFIRM_WITHIN: Final = timedelta(days=7)
APPEAL_WITHIN: Final = timedelta(days=14)
# No address gets more than one mail in this time, however often somebody applies with it.
MAIL_AGAIN_AFTER: Final = timedelta(minutes=10)


class WrongMove(DaybookError):
    code = "application_state"
    template = N_(
        "An application that is “%(state)s” cannot take “%(action)s”. Somebody may have been quicker: look at it again."
    )


def moved(state: str, action: str) -> str:
    """Give the state after an action.

    Raises:
        WrongMove: the dictionary has no such move.

    """
    after = TRANSITIONS.get((state, action))
    if after is None:
        raise WrongMove(state=state, action=action)
    return after
