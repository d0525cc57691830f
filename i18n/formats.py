"""Amounts, numbers, dates and durations as the reader writes them: exact values in, text out, nothing rounded away."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Final, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal, format_percent, get_currency_symbol, parse_pattern
from flask import has_app_context
from flask_babel import get_timezone

from i18n.countries import country_name
from i18n.texts import N_, current_locale, lookup

Style = Literal["short", "medium", "long", "full"]

_MICRO: Final = Decimal("0.000001")
# Wide enough for every BIGINT of micros and for FX rates kept as given.
_WIDE: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)
_NBSP: Final = "\u00a0"

# ISO 4217 itself: Babel's table (CLDR) drops decimals where the coins are no longer used; a bank does not.
_DEFAULT_DIGITS: Final = 2
_OTHER_DIGITS: Final[dict[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_RATE_TEXTS: Final[dict[str, str]] = {
    "piece": N_("%(amount)s a piece"),
    "hourly": N_("%(amount)s an hour"),
}


@runtime_checkable
class MoneyLike(Protocol):
    """Anything with a Decimal `amount` in major units and an ISO 4217 `currency`."""

    @property
    def amount(self) -> Decimal:
        """The amount in major units."""

    @property
    def currency(self) -> str:
        """The ISO 4217 code."""


def money(amount: Decimal | int | MoneyLike, currency: str | None = None, locale: str | None = None) -> str:
    """Write an amount of money: `$12.50`, `12,50 US$`, `$0.0125`.

    `amount` is in major units, with its ISO 4217 `currency` beside it unless it is a Money. At least the minor units
    of ISO 4217 are written, and up to six decimals where the amount has them: no micro is ever hidden.
    Raises TypeError for a float or an amount without a currency.
    """
    if isinstance(amount, MoneyLike):
        return money(amount.amount, amount.currency, locale)
    if currency is None:
        message = "an amount of money needs its currency"
        raise TypeError(message)
    value = _exact(amount).quantize(_MICRO, context=_WIDE)
    minor = _OTHER_DIGITS.get(currency, _DEFAULT_DIGITS)
    code = locale or current_locale()
    pattern = _currency_pattern(code, currency, minor, max(minor, _decimals(value)))
    return str(pattern.apply(value, code, currency=currency, currency_digits=False))


# Parsing a pattern costs ten times as much as writing an amount; a page writes hundreds.
@lru_cache(maxsize=1024)
def _currency_pattern(locale: str, currency: str, least: int, most: int) -> NumberPattern:
    text = Locale.parse(locale).currency_formats["standard"].pattern
    # Unicode wants a space between a code in letters and the digits (KES 12.50), which Babel leaves out.
    if get_currency_symbol(currency, locale)[-1].isalpha():
        text = text.replace("¤#", f"¤{_NBSP}#")
    pattern = parse_pattern(text)
    pattern.frac_prec = (least, most)
    return pattern


def _exact(value: Decimal | int) -> Decimal:
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        message = f"expected a Decimal or an int, not {type(value).__name__}"
        raise TypeError(message)
    return Decimal(value)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize(_WIDE).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def number(value: Decimal | int, locale: str | None = None) -> str:
    """Write a number with all its decimals, grouped: `1,234.5` or `1.234,5`. Raises TypeError for a float."""
    return format_decimal(_exact(value), locale=locale or current_locale(), decimal_quantization=False)


def percent(value: Decimal | int, decimals: int = 1, locale: str | None = None) -> str:
    """Write a share (1 is the whole) in per cent, rounded half-even to at most so many decimals: `12.5%`."""
    step = Decimal(1).scaleb(-decimals - 2)
    rounded = _exact(value).quantize(step, context=_WIDE)
    return format_percent(rounded, locale=locale or current_locale(), decimal_quantization=False)


def fx(value: Decimal, base: str | None = None, quote: str | None = None, locale: str | None = None) -> str:
    """Write an exchange rate with every decimal it was given; with its codes `1 USD = 129.5 KES`."""
    text = number(value, locale=locale)
    return f"1{_NBSP}{base} = {text}{_NBSP}{quote}" if base and quote else text


def rate(
    amount: Decimal | MoneyLike, currency: str | None = None, kind: str = "piece", locale: str | None = None
) -> str:
    """Write a rate of pay: `$0.0125 a piece`, `$5.50 an hour`. `kind` is `piece` or `hourly`, else KeyError."""
    return lookup(_RATE_TEXTS[kind], locale) % {"amount": money(amount, currency, locale)}


def day(value: date, style: Style = "medium", locale: str | None = None) -> str:
    """Write a calendar date: `Nov 22, 2026`; style `full` adds the day of the week."""
    return format_date(value, style, locale=locale or current_locale())


def instant(value: datetime, zone: str | tzinfo | None = None, locale: str | None = None) -> str:
    """Write an aware instant in a zone (by default the reader's) and name its offset: `Nov 22, 2026, 18:00 UTC+7`.

    Raises ValueError for a naive datetime.
    """
    if value.utcoffset() is None:
        message = "an instant needs a time zone"
        raise ValueError(message)
    local = value.astimezone(_zone(zone))
    reader = Locale.parse(locale or current_locale())
    pattern = str(get_datetime_format("medium", locale=reader)).replace("'", "")
    text = pattern.replace("{1}", format_date(local, "medium", reader)).replace(
        "{0}", format_time(local, "short", tzinfo=local.tzinfo, locale=reader)
    )
    return f"{text}{_NBSP}{_offset(local.utcoffset() or timedelta(0))}"


def _zone(zone: str | tzinfo | None) -> tzinfo:
    if zone is None:
        # Only the name is taken: flask_babel's own zone objects come from pytz.
        reader = get_timezone() if has_app_context() else None
        zone = str(reader) if reader else "UTC"
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}:{rest:02d}" if rest else f"UTC{sign}{hours}"


def duration(seconds: Decimal | int, locale: str | None = None) -> str:
    """Write a duration given in seconds, exactly: `1 h 05 min`, `5 min 20 s`, `0.5 s`."""
    value = _exact(seconds)
    whole, rest = divmod(abs(value), 60)
    hours, minutes = divmod(int(whole), 60)
    parts: list[str] = []
    if hours:
        parts.append(lookup(N_("%(count)s h"), locale) % {"count": number(hours, locale=locale)})
    if minutes or (hours and rest):
        count = f"{minutes:02d}" if hours else str(minutes)
        parts.append(lookup(N_("%(count)s min"), locale) % {"count": count})
    if rest or not parts:
        parts.append(lookup(N_("%(count)s s"), locale) % {"count": number(rest, locale=locale)})
    text = " ".join(part.replace(" ", _NBSP) for part in parts)
    return f"-{text}" if value < 0 else text


def listing(items: Sequence[str], locale: str | None = None) -> str:
    """Write a list as a sentence does: `Nairobi, Manila, and Caracas`."""
    return format_list(items, locale=locale or current_locale())


FILTERS: Final[dict[str, Callable[..., str]]] = {
    "money": money,
    "number": number,
    "percent": percent,
    "fx": fx,
    "rate": rate,
    "day": day,
    "country": country_name,
    "instant": instant,
    "duration": duration,
    "listing": listing,
}
