"""Exchange: choosing published rates for a day, and converting exactly, rounded once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from workforce.core.money import half_even

# A rate older than this does not price a day (DESIGN: at most 7 days old).
MAX_AGE: Final = timedelta(days=7)
# A rate that moved by more than this since the last one counts only when a person has confirmed it.
MAX_MOVE: Final = Fraction(20, 100)
CHANGE_TRANSITIONS: Final = {
    ("proposed", "confirm"): "confirmed",
    ("proposed", "refuse"): "refused",
    ("proposed", "withdraw"): "withdrawn",
}


@dataclass(frozen=True, slots=True)
class Published:
    """A rate as a source published it: units of the quote for one of the base.

    Attributes:
        change: number of the change that waits for a person, 0 for a rate that counts.

    """

    source: str
    base: str
    quote: str
    day: date
    rate: Decimal
    change: int = 0

    def factor(self, base: str) -> Fraction:
        """Return what one unit of either of its currencies is in the other one."""
        return Fraction(self.rate) if self.base == base else 1 / Fraction(self.rate)


@dataclass(frozen=True, slots=True)
class Conversion:
    """What one unit of a currency is in another: exactly numerator ÷ denominator.

    Attributes:
        source: who published the rates it is made of.
        legs: those rates, one for a direct or an inverse rate, two for one through a third currency.
        factor: exact.

    """

    source: str
    legs: tuple[Published, ...]
    factor: Fraction

    def direct(self, base: str) -> bool:
        """Is it a published rate as it stands?"""
        return len(self.legs) == 1 and self.legs[0].base == base

    @property
    def numerator(self) -> int:
        """Of the exact factor."""
        return self.factor.numerator

    @property
    def denominator(self) -> int:
        """Of the exact factor."""
        return self.factor.denominator


def convert(micros: int, factor: Fraction) -> int:
    """Convert micros of one currency to micros of another, half-even, rounded once.

    The function `half_even` in the database does the same over NUMERIC; a property test holds them equal.
    """
    return half_even(micros * factor.numerator, factor.denominator)


def is_far(rate: Decimal, last: Fraction) -> bool:
    """Is a rate more than MAX_MOVE away from the last one, given the same way round? An inverted one mostly is."""
    return abs(Fraction(rate) - last) > MAX_MOVE * last


@dataclass(frozen=True, slots=True)
class Rates:
    """What can convert on a day.

    Attributes:
        day: of the pay group's books.
        published: rates, of any day and source.
        order: the sources that may be used, the best first; none for all, the newest rates first.

    """

    day: date
    published: Sequence[Published]
    order: tuple[str, ...] = ()

    def choose(self, base: str, quote: str) -> Conversion | None:
        """Choose what converts a currency; None where a rate is missing or too old."""
        return choose(self.published, base, quote, self.day, self.order)


def choose(
    rates: Iterable[Published], base: str, quote: str, day: date, order: Sequence[str] = ()
) -> Conversion | None:
    """Choose what converts a currency on a day.

    Within a source the newest rate on or before the day counts, if it is not older than MAX_AGE: the direct one, else
    the inverse of the opposite one, else through a third currency that the source quotes both against. The first
    source in the order that can convert the pair does. Without an order it is the source with the newest rates, then
    the first by name.

    Args:
        rates: published ones, of any day and source.
        base: what is converted.
        quote: what it becomes.
        day: of the pay group's books.
        order: the sources that may be used, the best first; none for all.

    Returns:
        the conversion, or None where a rate is missing or too old.

    """
    latest: dict[str, dict[frozenset[str], list[Published]]] = {}
    for rate in sorted(rates, key=lambda one: one.day):
        if day - MAX_AGE <= rate.day <= day:
            pairs = latest.setdefault(rate.source, {})
            known = [one for one in pairs.get(frozenset({rate.base, rate.quote}), []) if one.base != rate.base]
            pairs[frozenset({rate.base, rate.quote})] = [*known, rate]
    able = [
        made
        for source in order or sorted(latest)
        if (known_of := latest.get(source))
        and (made := _straight(known_of, base, quote) or _through(known_of, base, quote))
    ]
    if order:
        return able[0] if able else None
    return max(able, key=lambda made: min(leg.day for leg in made.legs), default=None)


_Pairs = Mapping[frozenset[str], Sequence[Published]]


def _straight(pairs: _Pairs, base: str, quote: str) -> Conversion | None:
    """Direct where it is given, else the inverse of the opposite rate."""
    known = {rate.base: rate for rate in pairs.get(frozenset({base, quote}), ())}
    rate = known.get(base) or known.get(quote)
    if rate is None:
        return None
    return Conversion(rate.source, (rate,), rate.factor(base))


def _through(pairs: _Pairs, base: str, quote: str) -> Conversion | None:
    """Through a currency that both are quoted against: the source's base."""
    partners = sorted({code for pair in pairs for code in pair} - {base, quote})
    made = []
    for middle in partners:
        first, second = _straight(pairs, base, middle), _straight(pairs, middle, quote)
        if first and second:
            made.append(Conversion(first.source, first.legs + second.legs, first.factor * second.factor))
    # The source's own base is what most of its rates are given in.
    return max(made, key=lambda one: _rates_given_in(pairs, one), default=None)


def _rates_given_in(pairs: _Pairs, made: Conversion) -> int:
    shared = {made.legs[0].base, made.legs[0].quote} & {made.legs[1].base, made.legs[1].quote}
    return sum(1 for rates in pairs.values() for rate in rates if rate.base in shared)
