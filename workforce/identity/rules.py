"""What makes a good password, how long a session lasts, and what a browser calls itself."""

import unicodedata
from collections.abc import Collection
from datetime import timedelta
from typing import Final

from email_validator import EmailNotValidError, validate_email
from zxcvbn import zxcvbn
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from i18n.locale import N_

# NIST SP 800-63B-4, section 3.1.1.2, wants 15 where a password is all there is, and 8 beside a second factor; nothing
# is asked of its letters, and nothing is ever cut off it.
LEAST_PASSWORD: Final = 12
MOST_PASSWORD: Final = 256
# Of zxcvbn's 0 to 4: more than 10^8 guesses.
LEAST_SCORE: Final = 3
_LOOKED_AT: Final = 72  # zxcvbn takes no more, and needs no more
_COMMONEST: Final = frozenset(FREQUENCY_LISTS["passwords"])

TOO_SHORT: Final = N_(
    "A password must have at least 12 characters. Several words that have nothing to do with each other are good."
)
TOO_LONG: Final = N_("A password may have at most 256 characters.")
COMMON: Final = N_("This is one of the commonest passwords, and the first that is tried. Please choose another one.")
PERSONAL: Final = N_("The password may not contain your name or your email address. Please choose another one.")
WEAK: Final = N_("This password is easy to guess. Several words that have nothing to do with each other are better.")


def canonical_address(email: str) -> str | None:
    """Return an email address as accounts keep it, whatever the spelling: small letters, one form of each character.

    Args:
        email: as somebody typed it.

    Returns:
        the address, or None where it is not one.

    """
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        return None


def normalized(password: str) -> str:
    """Give a password as it is hashed, so that it is the same on every keyboard."""
    return unicodedata.normalize("NFKD", password)


def password_problem(password: str, *, about: Collection[str] = ()) -> str | None:
    """Say why a password is not good enough, in a sentence that is marked for translation, or None.

    Args:
        password: normalized.
        about: address and name of whose it will be, which she may not use.

    """
    if len(password) < LEAST_PASSWORD:
        return TOO_SHORT
    if len(password) > MOST_PASSWORD:
        return TOO_LONG
    small = password.casefold()
    if small in _COMMONEST or small.strip("0123456789!?.-_*") in _COMMONEST:
        return COMMON
    words = {word for text in about for word in (text, *text.replace("@", " ").split()) if len(word) >= 4}
    if any(normalized(word).casefold() in small for word in words):
        return PERSONAL
    score = zxcvbn(password[:_LOOKED_AT], user_inputs=list(words))["score"]
    return WEAK if score < LEAST_SCORE else None


def session_length(*, remembered: bool, strong: bool) -> tuple[timedelta, timedelta]:
    """Say how long somebody stays signed in: in all, and with nothing heard of her.

    Args:
        remembered: did she ask to be kept signed in on this device?
        strong: does one of her roles ask for a second factor? She is never kept signed in.

    """
    if strong:
        return timedelta(hours=12), timedelta(hours=2)
    if remembered:
        return timedelta(days=14), timedelta(days=14)
    return timedelta(days=1), timedelta(hours=12)


_BROWSERS: Final = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
                    ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS: Final = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
                   ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def device_of(user_agent: str) -> str:
    """Give a short name of the device that a browser's own name tells of, or the beginning of that name."""
    found = [next((name for word, name in known if word in user_agent), "") for known in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found)) or user_agent[:40]
