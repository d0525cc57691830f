"""Checks of what people write that more than one feature makes."""

from typing import Final

from workforce.core.errors import Invalid

LONGEST_REASON: Final = 1_000


def checked_reason(reason: str, *, needed: bool = True) -> str:
    """Return a reason without blanks around it.

    Args:
        reason: in somebody's words.
        needed: may it not be left out?

    Raises:
        Invalid: it is too long, or it is needed and empty.

    """
    why = reason.strip()
    if len(why) > LONGEST_REASON or (needed and not why):
        raise Invalid(field="reason", problem=f"must have 1 to {LONGEST_REASON} characters")
    return why
