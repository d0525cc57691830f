"""Which language and time zone a reader gets, and the translation of strings that were marked below the views."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from flask import Flask, has_request_context, request, session
from flask_babel import Babel

from i18n import formats
from i18n.texts import (
    CATALOGS,
    DEFAULT_LOCALE,
    DOMAIN,
    LOCALES,
    N_,
    Language,
    current_language,
    current_locale,
    lookup,
)

__all__ = [
    "LOCALES",
    "N_",
    "SESSION_KEY",
    "Language",
    "current_language",
    "current_locale",
    "init_app",
    "select_locale",
    "translate",
]

SESSION_KEY: Final = "locale"
_UTC: Final = "UTC"


def translate(template: str, locale: str | None = None, **params: object) -> str:
    """Translate a string that was marked with `N_` and fill its %(name)s placeholders.

    Decimals, dates, aware instants and money among `params` are written as the reader writes them; anything else as
    `str`. `locale` is the reader's, by default the current one (plain English in the command line). Needs no
    application. A placeholder without a parameter raises KeyError.
    """
    locale = locale or current_locale()
    text = lookup(template, locale)
    if not params:
        return text
    return text % {name: _localised(value, locale) for name, value in params.items()}


def _localised(value: object, locale: str) -> object:
    if isinstance(value, formats.MoneyLike):
        return formats.money(value, locale=locale)
    if isinstance(value, datetime):
        return formats.instant(value, locale=locale)
    if isinstance(value, date):
        return formats.day(value, locale=locale)
    return formats.number(value, locale=locale) if isinstance(value, Decimal) else value


def select_locale(user_locale: str | None, accept_languages: Iterable[str], session_choice: str | None) -> str:
    """Choose among the languages we offer.

    What the reader chose with the language switch on this device (`session_choice`) comes first, then the language of
    her account, then those of her browser, best first (`vi-VN` finds `vi`), and English when nothing fits.
    """
    for wanted in (session_choice, user_locale, *accept_languages):
        offered = _offered(wanted)
        if offered:
            return offered
    return DEFAULT_LOCALE


def _offered(wanted: str | None) -> str | None:
    by_tag = {code.lower(): code for code in LOCALES}
    tag = (wanted or "").replace("-", "_").lower()
    return by_tag.get(tag) or by_tag.get(tag.partition("_")[0])


def init_app(app: Flask, user_locale: Callable[[], str | None], user_timezone: Callable[[], str | None]) -> None:
    """Give the application its languages, its formats as Jinja filters, and the reader's time zone.

    `user_locale` and `user_timezone` are asked once a request for the signed-in reader's choice; None means that there
    is no reader or no choice. Templates also get `current_language()` and `languages`.
    """

    def locale_selector() -> str:
        # Jobs and commands have an application but no reader: they say the language themselves, or speak English.
        if not has_request_context():
            return DEFAULT_LOCALE
        return select_locale(user_locale(), request.accept_languages.values(), session.get(SESSION_KEY))

    def timezone_selector() -> str:
        return (user_timezone() if has_request_context() else None) or _UTC

    Babel(
        app,
        default_locale=DEFAULT_LOCALE,
        default_domain=DOMAIN,
        default_translation_directories=str(CATALOGS),
        default_timezone=_UTC,
        locale_selector=locale_selector,
        timezone_selector=timezone_selector,
    )
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(current_language=current_language, languages=tuple(LOCALES.values()))
