"""What people are told about their profile and the account that it goes with."""

from typing import Final

from i18n.locale import N_
from workforce.notifications.services import Kind, add_kind

KINDS: Final = (
    Kind(
        "profile.changed",
        N_("Your profile was changed: %(field)s"),
        N_("%(field)s is now %(after)s; it was %(before)s. It holds for every day that is still open.\n\n"
           "Why: %(reason)s"),
        "/me/profile",
    ),
    Kind(
        "profile.refused",
        N_("Your profile stays as it is: %(field)s"),
        N_("You asked for %(asked)s. It was not changed.\n\nWhy: %(reason)s"),
        "/me/profile",
    ),
    Kind(
        "account.linked",
        N_("Your account belongs to worker %(worker)s now"),
        N_("%(by)s linked the worker %(worker)s to your account: you see their work and pay.\n\nWhy: %(reason)s"),
        "/me/profile",
    ),
    Kind(
        "account.unlinked",
        N_("Your account does not belong to worker %(worker)s any more"),
        N_("%(by)s linked the worker %(worker)s to another account. If it was not you who asked for it, tell your"
           " administrator at once.\n\nWhy: %(reason)s"),
    ),
)  # fmt: skip

for _kind in KINDS:
    add_kind(_kind)
