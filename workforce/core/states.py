"""The words for states: a template looks up the one that it shows, and translates no other."""

from typing import Final

from i18n.locale import N_, translate

# States of the contract, and those of applications, offers and what else has a badge.
WORDS: Final = {
    "submitted": N_("Under review"), "accepted": N_("Accepted"), "rejected": N_("Rejected"),
    "accrued": N_("In the day’s pay"), "payable": N_("Ready to send"), "carried": N_("Carried forward"),
    "held": N_("On hold"),
    "sent": N_("Sent"), "paid": N_("Paid"), "failed": N_("Failed"), "returned": N_("Returned"),
    "computing": N_("Being computed"), "computed": N_("To approve"), "approved": N_("Approved"),
    "released": N_("Released"),
    "settled": N_("Settled"), "cancelled": N_("Cancelled"), "created": N_("Prepared"), "unknown": N_("Being checked"),
    "draft": N_("Draft"), "open": N_("Open"), "paused": N_("Paused"), "closed": N_("Closed"),
    "joined": N_("Taking part"), "declined": N_("Declined"), "left": N_("Left"), "removed": N_("Taken off"),
    "granted": N_("Granted"), "refused": N_("Refused"),
    "applied": N_("Applied"), "confirmed": N_("Confirmed"), "ready": N_("To decide"), "withdrawn": N_("Withdrawn"),
    "proposed": N_("Waits for a second person"), "lapsed": N_("Lapsed"), "earned": N_("Earned"),
}  # fmt: skip


def state_word(name: str) -> str:
    """Give the reader's word for a state; an unknown name shows as it is."""
    return translate(WORDS[name]) if name in WORDS else name
