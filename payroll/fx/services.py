"""What is done with exchange rates: they are loaded, and chosen for a day."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import insert, select
from sqlalchemy.orm import SessionTransaction

from i18n.locale import N_
from payroll.fx.models import FxRate
from payroll.fx.queries import rates_for
from payroll.fx.rules import Conversion, Published, choose, convert
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Invalid
from workforce.core.money import Money, is_currency

# A rate of more digits than this is a mistake; the weakest currency costs about 10^-6 of the strongest.
_MAX_DIGITS: Final = 30
_SEEN: Final[WeakKeyDictionary[SessionTransaction, dict[date, list[Published]]]] = WeakKeyDictionary()


class RateMissing(DaybookError):
    code = "fx_missing"
    template = N_(
        "%(group)s cannot be closed for %(day)s: no exchange rate for %(pairs)s from the last 7 days."
        " Load one with `daybook fx import FILE` and close again."
    )


class RateDiffers(DaybookError):
    code = "fx_differs"
    template = N_(
        "%(source)s gave %(known)s for %(base)s/%(quote)s on %(day)s before, not %(given)s. A rate is never changed."
    )


def add_rate(actor: Actor, *, day: date, base: str, quote: str, rate: Decimal, source: str, now: datetime) -> bool:
    """Load a rate as its source gave it.

    Args:
        actor: who does it.
        day: that the source published it for; not after today in UTC.
        base: ISO 4217.
        quote: ISO 4217.
        rate: units of the quote for one of the base.
        source: who published it, such as ecb.
        now: the instant.

    Returns:
        True if it is new, False if the very same is there.

    Raises:
        Invalid: naming the field.
        RateDiffers: the source gave another rate for that day.

    """
    _check(day, base, quote, rate, source, now)
    known = session().scalar(select(FxRate.rate).filter_by(source=source, base=base, quote=quote, day=day))
    if known is not None:
        if known == rate:
            return False
        raise RateDiffers(source=source, base=base, quote=quote, day=day, known=f"{known:f}", given=f"{rate:f}")
    session().execute(insert(FxRate).values(source=source, base=base, quote=quote, day=day, rate=rate, created_at=now))
    after = {"rate": f"{rate:f}", "day": str(day), "source": source}
    audit.record(actor, "fx.add", f"fx:{base}/{quote}", after=after, now=now)
    return True


def conversions(
    pairs: Iterable[tuple[str, str]], day: date, *, group: str, source: str | None
) -> list[tuple[str, str, Conversion]]:
    """Choose a conversion for every pair that a day needs, or refuse.

    Args:
        pairs: of currencies: what the work was priced in, what the worker is paid in.
        day: of the group's books.
        group: its code, for the refusal.
        source: the one source to use, or None for any.

    Raises:
        RateMissing: naming every pair for which there is none, and the command that mends it.

    """
    rates = rates_for(day, source)
    found = [(base, quote, choose(rates, base, quote, day)) for base, quote in sorted(pairs)]
    missing = [f"{base}/{quote}" for base, quote, conversion in found if conversion is None]
    if missing:
        raise RateMissing(group=group, day=day, pairs=", ".join(missing))
    return [(base, quote, conversion) for base, quote, conversion in found if conversion is not None]


def estimated(money: Money, currency: str, day: date) -> Money | None:
    """Give about what an amount is in another currency, by the rates that would price a day; None where there is none.

    Pages below payroll reach it through `workforce.core.money.estimate`.

    Args:
        money: the amount.
        currency: ISO 4217, that it is wanted in.
        day: whose rates count.

    """
    # A page asks for many amounts: the rates are read once a transaction.
    current = session()().get_transaction() or session().begin()
    seen = _SEEN.setdefault(current, {})
    if day not in seen:
        seen[day] = rates_for(day, None)
    chosen = choose(seen[day], money.currency, currency, day)
    return None if chosen is None else Money.of_micros(convert(money.micros, chosen.factor), currency)


def _check(day: date, base: str, quote: str, rate: Decimal, source: str, now: datetime) -> None:
    for field, code in (("base", base), ("quote", quote)):
        if not is_currency(code):
            raise Invalid(field=field, problem=f"{code!r} is no currency of ISO 4217")
    if base == quote:
        raise Invalid(field="quote", problem="is the same as the base")
    if (
        not rate.is_finite()
        or rate <= 0
        or len(rate.as_tuple().digits) > _MAX_DIGITS
        or abs(rate.adjusted()) > _MAX_DIGITS
    ):
        raise Invalid(field="rate", problem=f"{rate} must be a number above 0 of at most {_MAX_DIGITS} digits")
    if not source or len(source) > 40:
        raise Invalid(field="source", problem="must have 1 to 40 characters")
    if day > now.date():
        raise Invalid(field="date", problem=f"{day} is in the future")
