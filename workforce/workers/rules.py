"""What of a worker's profile can be changed, and how a change that she asks for goes."""

from typing import Final

from i18n.locale import N_
from workforce.core.errors import DaybookError

# In the order in which they are shown and made: the group first, since a currency may come with it.
FIELDS: Final = {
    "group": N_("Pay group"), "currency": N_("Pay currency"), "country": N_("Country"), "name": N_("Name"),
}  # fmt: skip
TRANSITIONS: Final = {("asked", "grant"): "made", ("asked", "refuse"): "refused", ("asked", "withdraw"): "withdrawn"}


class ChangeDecided(DaybookError):
    code = "change_decided"
    template = N_("Somebody has decided on this request already. Look at the page again.")


def moved(state: str, action: str) -> str:
    """Give the state that an action leads to.

    Raises:
        ChangeDecided: the action cannot be done in this state.

    """
    if (state, action) not in TRANSITIONS:
        raise ChangeDecided
    return TRANSITIONS[state, action]
