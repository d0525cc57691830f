"""The kinds of messages that there are: each feature adds its own."""

from typing import Final

from i18n.locale import N_
from workforce.notifications.rules import Kind, UnknownKindError

_kinds: Final[dict[str, Kind]] = {}


def add_kind(kind: Kind) -> None:
    """Add a kind of message, once however often an application is made.

    Raises:
        ValueError: there is another one of that name.

    """
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"there is another kind {kind.name!r}")


def kind_named(name: str) -> Kind:
    """Give a kind by its name.

    Raises:
        UnknownKindError: no feature has added it.

    """
    if name not in _kinds:
        raise UnknownKindError(f"no feature has added the kind {name!r}; see add_kind")
    return _kinds[name]


def kinds() -> list[Kind]:
    """Give all kinds in the order in which they were added."""
    return list(_kinds.values())


# What identity tells of, which stands below the notifications and reaches them through core.news.
OF_ACCOUNTS: Final = (
    Kind(
        "security.role_granted",
        N_("You have another role: %(role)s"),
        N_("%(by)s gave you the role %(role)s.\n\nThe reason given: %(reason)s"),
        "/",
    ),
    Kind(
        "security.role_needs_second_factor",
        N_("You have another role: %(role)s"),
        N_(
            "%(by)s gave you the role %(role)s. Before you can open any page you must set up a second factor:"
            " sign in, and Daybook takes you there.\n\nThe reason given: %(reason)s"
        ),
        "/",
    ),
    Kind(
        "security.role_revoked",
        N_("A role of yours was taken away: %(role)s"),
        N_(
            "%(by)s took the role %(role)s away from you. You were signed out everywhere.\n\nThe reason given:"
            " %(reason)s"
        ),
    ),
    Kind(
        "security.account_shut",
        N_("Your account was shut"),
        N_(
            "%(by)s shut your account, so you cannot sign in. What you earned is not lost.\n\nThe reason given:"
            " %(reason)s"
        ),
    ),
    Kind(
        "security.account_reopened",
        N_("Your account is open again"),
        N_("%(by)s opened your account again. You can sign in.\n\nThe reason given: %(reason)s"),
        "/",
    ),
)
