"""What a payslip explains must be what was paid: the digits, the way of converting, the reason for a balance."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payroll.fx.rules import convert
from payroll.payouts.rules import sendable
from payroll.payslips.rules import Converted, carried_reason, digits, legs_of
from workforce.core.money import MICROS

AMOUNTS = st.integers(-(10**15), 10**15)
RATES = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(10**6), places=6)
CURRENCIES = st.sampled_from(["USD", "VND", "KWD"])


def leg(base: str, quote: str, rate: str) -> dict[str, str]:
    return {"base": base, "quote": quote, "rate": rate, "day": "2026-11-18"}


@pytest.mark.parametrize(
    ("published", "way", "turned"),
    [
        ([], "same", []),
        ([leg("USD", "KES", "129.25")], "direct", [False]),
        ([leg("KES", "USD", "0.0077")], "inverse", [True]),
        ([leg("EUR", "USD", "1.1"), leg("EUR", "KES", "140")], "through", [True, False]),
        ([leg("USD", "EUR", "0.9"), leg("KES", "EUR", "0.007")], "through", [False, True]),
    ],
)
def test_each_published_rate_is_multiplied_with_or_divided_by(
    published: list[dict[str, str]], way: str, turned: list[bool]
) -> None:
    made = Converted("USD", "KES", 1, Fraction(1), "test", legs_of("USD", published))
    assert made.way == way
    assert [one.turned for one in made.legs] == turned


@given(AMOUNTS, RATES, st.booleans())
def test_before_and_rounding_add_up_to_what_was_paid(total: int, rate: Decimal, turned: bool) -> None:
    factor = 1 / Fraction(rate) if turned else Fraction(rate)
    made = Converted("USD", "KES", total, factor, "test", [])
    assert made.after == convert(total, factor)
    before, rounding = made.before_digits, made.rounding_digits
    # What is written may be cut off, by less than a unit of its last place.
    assert abs(Fraction(before.value) + Fraction(rounding.value) - Fraction(made.after, MICROS)) < Fraction(2, 10**12)
    assert abs(Fraction(rounding.value)) <= Fraction(1, 2 * MICROS)
    if before.exact:
        assert Fraction(before.value) == total * factor / MICROS


@given(st.fractions())
def test_digits_are_cut_off_towards_zero_and_say_so(number: Fraction) -> None:
    written = digits(number)
    assert abs(Fraction(written.value)) <= abs(number)
    assert written.exact == (Fraction(written.value) == number)
    assert number == 0 or abs(Fraction(written.value) / number - 1) < Fraction(1, 10**11)


@pytest.mark.parametrize(
    ("number", "text", "exact"),
    [
        (Fraction(0), "0", True),
        (Fraction(1, 4), "0.25", True),
        (Fraction(-1, 3), "-0.333333333333", False),
        (Fraction(1, 25_400), "0.0000393700787401", False),
        (Fraction(1000), "1000", True),
    ],
)
def test_digits_read_as_people_write_them(number: Fraction, text: str, *, exact: bool) -> None:
    assert (f"{digits(number).value:f}", digits(number).exact) == (text, exact)


@pytest.mark.parametrize(
    ("balance", "currency", "minimum", "reason"),
    [
        (0, "KES", 0, "nothing"),
        (-1, "KES", 0, "owed"),
        (9_999, "KES", 10_000_000, "unit"),
        (999_999, "VND", 0, "unit"),
        (10_000, "KES", 10_000_000, "minimum"),
        (9_999_999, "KES", 10_000_000, "minimum"),
        (10_000_000, "KES", 10_000_000, "next"),
        (10_000, "KES", 0, "next"),
    ],
)
def test_why_an_amount_stays(balance: int, currency: str, minimum: int, reason: str) -> None:
    assert carried_reason(balance, currency, minimum) == reason


@given(AMOUNTS, CURRENCIES, st.integers(0, 10**9))
def test_what_could_be_sent_is_never_said_to_be_too_little(balance: int, currency: str, minimum: int) -> None:
    if sendable(balance, currency, minimum):
        assert carried_reason(balance, currency, minimum) == "next"
