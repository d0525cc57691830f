"""The languages we offer, the marker for strings, and the lookup of a string in a catalogue."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.support import NullTranslations, Translations
from flask import has_app_context
from flask_babel import get_locale

DEFAULT_LOCALE: Final = "en"
DOMAIN: Final = "messages"
CATALOGS: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Language:
    """A language in which every page is complete.

    `code` is the locale identifier, `name` what its own readers call it, `direction` is `ltr` or `rtl`.
    """

    code: str
    name: str
    direction: str = "ltr"


# Only complete languages stand here: `daybook i18n check` fails on one that is not.
LOCALES: Final[dict[str, Language]] = {
    language.code: language for language in (Language("en", "English"), Language("vi", "Tiếng Việt"))
}


def N_(text: str) -> str:  # noqa: N802 - the name by which gettext tools know a marked string
    """Mark a string for translation and return it unchanged; it is translated where it is shown."""
    return text


def current_locale() -> str:
    """Return the locale of the request, or of `force_locale` inside a job; plain English elsewhere."""
    locale = get_locale() if has_app_context() else None
    return str(locale) if locale else DEFAULT_LOCALE


def current_language() -> Language:
    """Return the language of the page being rendered."""
    return LOCALES.get(current_locale(), LOCALES[DEFAULT_LOCALE])


@cache
def _catalog(locale: str) -> NullTranslations:
    return Translations.load(CATALOGS, [locale], DOMAIN)


def lookup(template: str, locale: str | None = None) -> str:
    """Return the translation of a marked string, or the string itself where there is none; placeholders stay."""
    # gettext answers the empty string with the header of the catalogue.
    return str(_catalog(locale or current_locale()).ugettext(template)) if template else ""
