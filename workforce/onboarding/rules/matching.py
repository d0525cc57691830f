"""Spellings in which two applications of one person are the same text."""

import re
import unicodedata
from typing import Final

# What two applications can have in common, from the strongest sign to the weakest.
SAME: Final = ("document", "tax_id", "email", "device", "name")
# Providers that drop dots, and those that drop what follows a plus; the latter is common, so it is done for all.
_DOTLESS: Final = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def email_key(email: str) -> str:
    """Give one spelling of an address: small letters, nothing after a plus, and no dots where they do not count."""
    local, _, domain = email.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), _DOTLESS[domain]
    return f"{local}@{domain}"


def name_key(name: str) -> str:
    """Give one spelling of a name: no accents, small letters, single spaces, its parts in their own order."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    letters = "".join(one if one.isalnum() else " " for one in decomposed if not unicodedata.combining(one))
    return " ".join(letters.split())


def number_key(country: str, kind: str, number: str) -> str:
    """Give one spelling of a document's or a tax number: letters and digits alone, of its country and kind."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", number)).upper()
    return f"{country.upper()}:{kind}:{plain}" if plain else ""
