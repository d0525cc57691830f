"""What a payslip explains: how a conversion was made, digit for digit, and why an amount stays where it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, Final

from payroll.fx.rules import convert
from workforce.core.money import MICROS, Money, minor_step

_PLACES: Final = 12
_DIGITS: Final = 12
_WIDE: Final = Context(prec=80)


@dataclass(frozen=True, slots=True)
class Digits:
    """A number as it can be written down.

    Attributes:
        value: the number, cut off after its last digit.
        exact: False where digits were cut off.

    """

    value: Decimal
    exact: bool


@dataclass(frozen=True, slots=True)
class Leg:
    """A published rate in a conversion.

    Attributes:
        base: one unit of it …
        quote: … cost so many of these.
        rate: as published.
        day: that it was published for.
        turned: was it divided by, and not multiplied with?

    """

    base: str
    quote: str
    rate: Decimal
    day: date
    turned: bool


@dataclass(frozen=True, slots=True)
class Converted:
    """A day's total in one rate currency, and what it became in the currency that the worker is paid in.

    Attributes:
        base: the rate currency.
        quote: the currency of the payslip.
        total: micros of the base.
        factor: exact; 1 where nothing is converted.
        source: who published the rates.
        legs: those rates, in order; none where nothing is converted.

    """

    base: str
    quote: str
    total: int
    factor: Fraction
    source: str
    legs: Sequence[Leg]

    @property
    def way(self) -> str:
        """Give how it was converted: same, direct, inverse or through."""
        if not self.legs:
            return "same"
        if len(self.legs) > 1:
            return "through"
        return "inverse" if self.legs[0].turned else "direct"

    @property
    def after(self) -> int:
        """The converted amount in micros, rounded half-even once."""
        return convert(self.total, self.factor)

    @property
    def total_money(self) -> Money:
        """The total in the rate currency."""
        return Money.of_micros(self.total, self.base)

    @property
    def after_money(self) -> Money:
        """The converted amount."""
        return Money.of_micros(self.after, self.quote)

    @property
    def factor_digits(self) -> Digits:
        """The factor as it can be written down."""
        return digits(self.factor)

    @property
    def before_digits(self) -> Digits:
        """The converted amount in major units before it was rounded."""
        return digits(self.total * self.factor / MICROS)

    @property
    def rounding_digits(self) -> Digits:
        """What rounding added or took away, in major units."""
        return digits((self.after - self.total * self.factor) / MICROS)


def legs_of(base: str, published: Sequence[Mapping[str, Any]]) -> list[Leg]:
    """Tell of each published rate of a conversion whether it was multiplied with or divided by.

    Args:
        base: the currency that is converted.
        published: base, quote, rate and day of each, in the order in which they were applied.

    """
    legs, current = [], base
    for one in published:
        turned = one["base"] != current
        legs.append(Leg(one["base"], one["quote"], Decimal(one["rate"]), date.fromisoformat(one["day"]), turned))
        current = one["base"] if turned else one["quote"]
    return legs


def digits(number: Fraction) -> Digits:
    """Write a number down with at least twelve digits that count, cut off and never rounded."""
    places = _PLACES
    while number and abs(number) * 10 ** (places - _DIGITS + 1) < 1:
        places += 1
    whole, rest = divmod(abs(number.numerator) * 10**places, number.denominator)
    value = Decimal(whole if number >= 0 else -whole).scaleb(-places, _WIDE)
    return Digits(value.normalize(_WIDE), exact=rest == 0)


def carried_reason(balance: int, currency: str, minimum: int) -> str:
    """Tell why an amount that is hers was not sent.

    Args:
        balance: what is payable and not reserved by a payout, in micros.
        currency: ISO 4217.
        minimum: the least payout in the same currency, in micros.

    Returns:
        `nothing`, `owed` (more was taken back than earned), `unit` (less than can be sent), `minimum` (less than the
        least payout), or `next` (it goes along with the next payout).

    """
    if balance <= 0:
        return "owed" if balance < 0 else "nothing"
    if balance < minor_step(currency):
        return "unit"
    return "minimum" if balance < minimum else "next"
