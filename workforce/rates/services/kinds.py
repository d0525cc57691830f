"""What people are told about rates and offers."""

from typing import Any, Final

from i18n.locale import N_
from workforce.notifications.rules import term_param
from workforce.notifications.services import Kind, add_kind

UNITS: Final = {"piece": N_("a task"), "hourly": N_("an hour")}

KINDS: Final = (
    Kind(
        "rate.lowered",
        N_("%(project)s will pay less from %(day)s"),
        N_("From %(day)s, %(project)s pays you %(new)s %(unit)s instead of %(old)s %(old_unit)s.\n\nWhy: %(reason)s\n\n"
           "Work that you begin before that day keeps the price that it has now. Please confirm that you have read"
           " this."),
        "/me/rates",
        crowd=True,
    ),
    Kind(
        "rate.raised",
        N_("%(project)s will pay more from %(day)s"),
        N_("From %(day)s, %(project)s pays you %(new)s %(unit)s instead of %(old)s %(old_unit)s.\n\nWhy: %(reason)s"),
        "/me/rates",
        crowd=True,
    ),
    Kind(
        "rate.set",
        N_("%(project)s has a rate from %(day)s"),
        N_("From %(day)s, %(project)s pays you %(new)s %(unit)s.\n\nWhy: %(reason)s"),
        "/me/rates",
        crowd=True,
    ),
    Kind(
        "offer.rate",
        N_("An offer to you: a rate of your own on %(project)s"),
        N_("From %(first)s to %(last)s you are offered %(amount)s %(unit)s on %(project)s.\n\nWhy: %(reason)s\n\n"
           "It binds whoever made it. You can accept or decline it until %(last)s."),
        "/me/offers",
    ),
    Kind(
        "offer.bonus",
        N_("An offer to you: a bonus on %(project)s"),
        N_("You are offered a bonus of %(amount)s if %(pieces)s of your tasks on %(project)s are accepted from"
           " %(first)s to %(last)s.\n\nWhy: %(reason)s\n\nIt binds whoever made it. You can accept or decline it"
           " until %(last)s."),
        "/me/offers",
    ),
    Kind(
        "offer.lapsed",
        N_("An offer to you on %(project)s has lapsed"),
        N_("You did not answer it by %(last)s, so it no longer holds. Ask the manager of %(project)s if you would still"
           " like it."),
        "/me/offers",
    ),
    Kind(
        "offer.decided",
        N_("Your proposal for %(worker)s on %(project)s: %(outcome)s"),
        N_("%(by)s decided on the offer to %(worker)s on %(project)s: %(outcome)s.\n\nWhy: %(reason)s"),
        "/manage/projects",
    ),
    Kind(
        "offer.answered",
        N_("%(worker)s answered the offer on %(project)s: %(outcome)s"),
        N_("The offer to %(worker)s on %(project)s: %(outcome)s."),
        "/manage/projects",
    ),
    Kind(
        "bonus.earned",
        N_("You earned a bonus of %(amount)s on %(project)s"),
        N_("%(pieces)s of your tasks on %(project)s were accepted from %(first)s to %(last)s, as was agreed. The"
           " bonus of %(amount)s is in the pay of %(day)s."),
        "/me/offers",
    ),
)  # fmt: skip
OUTCOMES: Final = {
    "approved": N_("approved"), "refused": N_("refused"), "accepted": N_("accepted"), "declined": N_("declined"),
}  # fmt: skip

for _kind in KINDS:
    add_kind(_kind)


def unit_param(kind: str) -> dict[str, Any]:
    """Give the words for what a rate is paid for, for a message."""
    return term_param(UNITS[kind])
