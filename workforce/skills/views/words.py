"""Words that several pages of tests need."""

from babel import Locale, UnknownLocaleError

from i18n.locale import current_locale


def language_name(tag: str) -> str:
    """Give the name of a language in the reader's, or its tag where nobody has named it."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(current_locale()) or tag
    except (UnknownLocaleError, ValueError):
        return tag
