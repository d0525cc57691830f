"""Money: exact to the micro, in Python and in SQL alike."""

from decimal import Decimal
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from payroll.payouts.rules import sendable
from workforce.core.db import rows, transaction
from workforce.core.money import (
    MAX_MICROS,
    CurrencyMismatch,
    Money,
    from_micros,
    half_even,
    minor_step,
    minor_unit,
    plain,
    to_micros,
)
from workforce.tasks.rules import AmountTooLarge, earned

MICROS = st.integers(-MAX_MICROS, MAX_MICROS)
CURRENCIES = st.sampled_from(["VND", "JPY", "USD", "KES", "EUR", "KWD", "TND"])
BIG = 2**62


@st.composite
def divisions(draw: st.DrawFn) -> tuple[int, int]:
    """Draw a numerator and a denominator whose quotient fits a bigint; half of them ties or next to one."""
    denominator = draw(st.integers(1, 10**12) | st.sampled_from([1, 2, 3, 3600, 7200, 10**6, 10**12, 10**12 - 1]))
    quotient = draw(st.integers(-BIG, BIG) | st.integers(-5, 5))
    middle = denominator // 2
    remainder = draw(
        st.integers(0, denominator - 1) | st.integers(max(0, middle - 1), min(denominator - 1, middle + 1))
    )
    return quotient * denominator + remainder, denominator


@given(st.lists(divisions(), min_size=1, max_size=60))
def test_half_even_is_the_same_in_sql_in_python_and_in_exact_fractions(
    context: Flask, pairs: list[tuple[int, int]]
) -> None:
    with transaction():
        found = rows(
            "SELECT half_even(n, d) FROM unnest(CAST(:n AS numeric[]), CAST(:d AS numeric[]))"
            " WITH ORDINALITY AS t (n, d, i) ORDER BY i",
            n=[Decimal(n) for n, _ in pairs], d=[Decimal(d) for _, d in pairs],
        )  # fmt: skip
    assert (
        [value for (value,) in found]
        == [half_even(n, d) for n, d in pairs]
        == [round(Fraction(n, d)) for n, d in pairs]
    )


@pytest.mark.parametrize(
    ("numerator", "expected"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2), (0, 0)]
)
def test_a_tie_goes_to_the_even_neighbour_whatever_the_sign(context: Flask, numerator: int, expected: int) -> None:
    with transaction():
        ((in_sql,),) = rows("SELECT half_even(CAST(:n AS numeric), 2)", n=Decimal(numerator))
    assert half_even(numerator, 2) == in_sql == expected


@given(divisions())
def test_half_even_is_odd_and_never_off_by_more_than_a_half(pair: tuple[int, int]) -> None:
    numerator, denominator = pair
    quotient = half_even(numerator, denominator)
    assert half_even(-numerator, denominator) == -quotient
    assert abs(2 * (quotient * denominator - numerator)) <= denominator


@given(MICROS, CURRENCIES)
def test_micros_go_into_money_and_out_of_it_unchanged(micros: int, currency: str) -> None:
    assert to_micros(from_micros(micros)) == micros
    assert Money.of_micros(micros, currency).micros == micros
    assert Fraction(from_micros(micros)) == Fraction(micros, 10**6)
    assert to_micros(Decimal(plain(micros))) == micros
    assert "e" not in plain(micros).lower()
    assert len(plain(micros).partition(".")[2]) == 6


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_what_is_no_whole_number_of_micros_is_refused_and_never_rounded(amount: Decimal) -> None:
    try:
        micros = to_micros(amount)
    except ValueError:
        finite = amount.is_finite()
        assert not finite or Fraction(amount) * 10**6 % 1 or abs(Fraction(amount) * 10**6) > MAX_MICROS
    else:
        assert Fraction(micros, 10**6) == Fraction(amount)


@given(st.integers(-(2**61), 2**61), st.integers(-(2**61), 2**61), CURRENCIES)
def test_money_adds_and_subtracts_exactly(first: int, second: int, currency: str) -> None:
    one, other = Money.of_micros(first, currency), Money.of_micros(second, currency)
    assert (one + other).micros == first + second
    assert (one - other).micros == first - second
    assert (-one).micros == -first
    assert (one < other) == (first < second)


@given(CURRENCIES, CURRENCIES)
def test_two_currencies_are_never_put_together(first: str, second: str) -> None:
    one, other = Money(Decimal(1), first), Money(Decimal(1), second)
    if first == second:
        assert one + other == Money(Decimal(2), first)
        return
    for act in (one.__add__, one.__sub__, one.__lt__):
        with pytest.raises(CurrencyMismatch):
            act(other)


@given(MICROS, CURRENCIES)
def test_rounding_down_never_gives_more_and_leaves_less_than_a_minor_unit(micros: int, currency: str) -> None:
    down = Money.of_micros(micros, currency).rounded_down()
    step = minor_step(currency)
    assert step == 10 ** (6 - minor_unit(currency))
    assert down.micros % step == 0
    assert abs(down.micros) <= abs(micros) < abs(down.micros) + step
    assert down.micros * micros >= 0


@given(MICROS, CURRENCIES, st.integers(0, 10**9))
def test_what_is_sent_is_whole_minor_units_of_what_is_there_and_not_under_the_minimum(
    balance: int, currency: str, minimum: int
) -> None:
    amount, step = sendable(balance, currency, minimum), minor_step(currency)
    assert amount % step == 0
    assert amount == 0 or minimum <= amount <= balance
    if amount:
        assert balance - amount < step
    else:
        assert balance < max(step, minimum) or balance // step * step < minimum


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=60), CURRENCIES)
def test_remainders_that_are_carried_add_up_and_nothing_is_lost(earnings: list[int], currency: str) -> None:
    balance = paid = 0
    for earning in earnings:
        balance += earning
        sent = sendable(balance, currency, 0)
        balance, paid = balance - sent, paid + sent
    assert paid + balance == sum(earnings)
    assert 0 <= balance < minor_step(currency)


@given(st.sampled_from(["piece", "hourly"]), st.integers(0, 200_000), st.integers(0, 10**11))
def test_work_earns_its_exact_price_rounded_half_even_once(kind: str, quantity: int, rate: int) -> None:
    exact = Fraction(quantity * rate, 3600) if kind == "hourly" else Fraction(quantity * rate)
    if round(exact) > MAX_MICROS // 10**6:
        with pytest.raises(AmountTooLarge):
            earned(kind, quantity, rate)
    else:
        assert earned(kind, quantity, rate) == round(exact)
