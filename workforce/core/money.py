"""Amounts: Decimal and ISO 4217 code in Python, integer micros in the database."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Context, Decimal
from functools import cache
from typing import Final, Self

import pycountry

from workforce.core.errors import Invalid

MICROS: Final = 1_000_000
MAX_MICROS: Final = 2**63 - 1
_WIDE: Final = Context(prec=60)  # holds any bigint times any rate exactly

# Minor units that are not two, by ISO 4217 (list one, the maintenance agency's table of active codes).
_MINOR_UNITS: Final = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
# Of the codes that belong to no country, which begin with X, those of money that circulates (ISO 4217, list one). The
# others are metals, units of account, codes for testing, and none.
_SHARED: Final = frozenset("XAF XCD XCG XOF XPF".split())
# What the same list calls funds: units of account beside a country's money.
_FUNDS: Final = frozenset("BOV CHE CHW CLF COU MXV USN UYI UYW".split())
_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)


class CurrencyMismatch(ArithmeticError):
    """Two amounts in different currencies were added or compared."""


@cache
def is_currency(code: str) -> bool:
    """Return whether somebody can be paid in a currency from now on.

    For what a person or a file says. What is stored is never asked: a currency that ISO withdraws keeps its history.

    Args:
        code: an active code of ISO 4217, in capitals, of money that circulates; no metal, fund or unit of account.

    """
    if not _CODE.fullmatch(code) or code in _FUNDS or (code.startswith("X") and code not in _SHARED):
        return False
    return pycountry.currencies.get(alpha_3=code) is not None


def check_currency(code: str, field: str = "currency") -> None:
    """Refuse what nobody can be paid in from now on; see `is_currency`.

    Raises:
        Invalid: naming the field.

    """
    if not is_currency(code):
        problem = f"{code[:20]!r} is no money that people are paid in; write a code of ISO 4217 such as KES"
        raise Invalid(field=field, problem=problem)


def minor_unit(currency: str) -> int:
    """Give the number of decimals of a currency's minor unit (ISO 4217): 2 for USD, 0 for VND, 3 for KWD."""
    return _MINOR_UNITS.get(currency, 2)


def minor_step(currency: str) -> int:
    """Give the smallest amount that the currency has, in micros: 10,000 for USD, 1,000,000 for VND."""
    return int(MICROS // 10 ** minor_unit(currency))


def half_even(numerator: int, denominator: int) -> int:
    """Divide integers, a tie going to the even neighbour (IEEE 754 roundTiesToEven).

    The function `half_even` in the database does the same; a property test holds them equal.

    Args:
        numerator: of either sign.
        denominator: greater than 0.

    """
    quotient, remainder = divmod(abs(numerator), denominator)
    quotient += 2 * remainder + (quotient & 1) > denominator
    return quotient if numerator >= 0 else -quotient


def to_micros(amount: Decimal) -> int:
    """Give an amount of major units in micros.

    Raises:
        ValueError: the amount is finer than a micro, not a number, or past what the database holds.

    """
    scaled = amount.scaleb(6, _WIDE) if amount.is_finite() else amount
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or abs(scaled) > MAX_MICROS:
        raise ValueError(f"{amount} is not an amount of whole micros")
    return int(scaled)


def from_micros(micros: int) -> Decimal:
    """Give micros as a Decimal of major units with six decimals."""
    return Decimal(micros).scaleb(-6, _WIDE)


def plain(micros: int) -> str:
    """Write micros as a plain decimal of major units with six decimals, for files: -1250000 is `-1.250000`."""
    return f"{from_micros(micros):f}"


@dataclass(frozen=True, order=False)
class Money:
    """An amount and its currency, which travel together.

    Attributes:
        amount: major units, at most six decimals.
        currency: ISO 4217, as it was when the amount was written down; `is_currency` tells what may be given today.

    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        to_micros(self.amount)
        if not _CODE.fullmatch(self.currency):
            raise ValueError(f"{self.currency!r} is not a code of ISO 4217")

    @classmethod
    def of_micros(cls, micros: int, currency: str) -> Self:
        """Make an amount from micros."""
        return cls(from_micros(micros), currency)

    @property
    def micros(self) -> int:
        """The amount in micros."""
        return to_micros(self.amount)

    def rounded_down(self) -> "Money":
        """Give the part that can be sent: whole minor units, towards zero."""
        return Money(
            self.amount.quantize(Decimal(1).scaleb(-minor_unit(self.currency)), ROUND_DOWN, _WIDE), self.currency
        )

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money.of_micros(self.micros + other.micros, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money.of_micros(self.micros - other.micros, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.amount < other.amount

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be put together")


Estimator = Callable[[Money, str, date], Money | None]
_estimators: Final[list[Estimator]] = []


def set_estimator(estimator: Estimator) -> None:
    """Say who knows what an amount is in another currency: a feature that stands higher, with exchange rates.

    Args:
        estimator: gives an amount in a currency on a day, or None where no rate is known.

    """
    _estimators[:] = [estimator]


def estimate(money: Money, currency: str, day: date) -> Money | None:
    """Give about what an amount is in another currency, to show beside it; nobody is paid by it.

    Args:
        money: the amount.
        currency: ISO 4217, that it is wanted in.
        day: whose exchange rates count.

    Returns:
        the amount itself in its own currency, and None where nobody knows a rate.

    """
    if money.currency == currency:
        return money
    return _estimators[0](money, currency, day) if _estimators else None
