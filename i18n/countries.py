"""The countries that there are, in the reader's language."""

import unicodedata
from functools import cache
from typing import Final

from babel import Locale

from i18n.texts import current_locale

# What CLDR names besides countries, and lands where nobody lives.
_NO_COUNTRIES: Final = frozenset("AC AQ BV CP CQ DG EA EU EZ HM IC QO TA TF UM UN XA XB ZZ".split())


@cache
def country_codes() -> frozenset[str]:
    """Return the ISO 3166 alpha-2 codes of the countries where people live, and XK, which is in use for Kosovo."""
    names = Locale.parse("en").territories
    return frozenset(code for code in map(str, names) if len(code) == 2 and code.isalpha()) - _NO_COUNTRIES


def is_country(code: str) -> bool:
    """Say whether two capitals are the code of a country."""
    return code in country_codes()


def countries() -> list[tuple[str, str]]:
    """Return code and name of each country, by name in the reader's language."""
    return sorted(((code, country_name(code)) for code in country_codes()), key=lambda pair: _letters(pair[1]))


def country_name(code: str) -> str:
    """Return a country's name in the reader's language; an unknown code shows as it is."""
    return str(Locale.parse(current_locale()).territories.get(code, code))


def _letters(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    return "".join(one for one in decomposed if not unicodedata.combining(one))
