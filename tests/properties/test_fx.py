"""Exchange: which published rates price a day, and exact conversion."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from payroll.fx.rules import MAX_AGE, Published, choose, convert
from workforce.core.db import rows, transaction

DAY = date(2026, 11, 18)
CODES = ["EUR", "USD", "KES", "VND"]
AGES = st.integers(-3, 10)
RATES = st.decimals("0.000001", "1000000", places=6, allow_nan=False).filter(lambda rate: rate > 0)
SOURCES = st.sampled_from(["ecb", "bank", "xe"])


@st.composite
def published(draw: st.DrawFn) -> list[Published]:
    """Draw rates as sources publish them: one a pair, a day and a source at most."""
    pairs = st.permutations(CODES).map(lambda codes: (codes[0], codes[1]))
    keys = draw(st.lists(st.tuples(SOURCES, pairs, AGES), max_size=12, unique=True))
    return [Published(source, *pair, DAY - timedelta(days=age), draw(RATES)) for source, pair, age in keys]


def usable(rates: list[Published]) -> list[Published]:
    """Give the rates that are neither of the future nor too old."""
    return [rate for rate in rates if DAY - MAX_AGE <= rate.day <= DAY]


@given(published())
def test_what_is_chosen_is_published_of_one_source_not_of_the_future_and_not_too_old(rates: list[Published]) -> None:
    made = choose(rates, "USD", "KES", DAY)
    if made is None:
        return
    assert set(made.legs) <= set(usable(rates))
    assert {leg.source for leg in made.legs} == {made.source}
    # No younger rate of the same source and pair, the same way round, was passed over.
    for leg in made.legs:
        same = [one for one in usable(rates) if (one.source, one.base, one.quote) == (leg.source, leg.base, leg.quote)]
        assert leg.day == max(one.day for one in same)


@given(published())
def test_direct_beats_inverse_and_inverse_beats_a_third_currency(rates: list[Published]) -> None:
    made = choose(rates, "USD", "KES", DAY)
    direct = [rate for rate in usable(rates) if (rate.base, rate.quote) == ("USD", "KES")]
    inverse = [rate for rate in usable(rates) if (rate.base, rate.quote) == ("KES", "USD")]
    if direct:
        assert made is not None
        assert made.direct("USD")
        assert made.factor == Fraction(made.legs[0].rate)
        assert made.legs[0].day == max(rate.day for rate in direct)
    elif inverse:
        assert made is not None
        assert made.legs[0] in inverse
        assert made.factor == 1 / Fraction(made.legs[0].rate)
        assert made.legs[0].day == max(rate.day for rate in inverse)
    elif made is not None:
        assert len(made.legs) == 2


@given(published())
def test_a_way_through_a_third_currency_is_found_where_there_is_one_and_is_the_exact_product(
    rates: list[Published],
) -> None:
    made = choose(rates, "USD", "KES", DAY)
    known = {(rate.source, frozenset({rate.base, rate.quote})) for rate in usable(rates)}
    ways = [
        (source, middle)
        for source in ("ecb", "bank", "xe")
        for middle in ("EUR", "VND")
        if {(source, frozenset({"USD", middle})), (source, frozenset({middle, "KES"}))} <= known
    ]
    straight = any(pair == {"USD", "KES"} for _, pair in known)
    assert (made is None) == (not ways and not straight)
    if made is not None and len(made.legs) == 2:
        first, second = made.legs
        (middle,) = {first.base, first.quote} & {second.base, second.quote}
        assert (made.source, middle) in ways
        in_middle = Fraction(first.rate) if first.base == "USD" else 1 / Fraction(first.rate)
        in_quote = Fraction(second.rate) if second.base == middle else 1 / Fraction(second.rate)
        assert made.factor == in_middle * in_quote


@given(published(), st.randoms(use_true_random=False))
def test_the_choice_does_not_depend_on_the_order_in_which_rates_were_read(
    rates: list[Published], random: Random
) -> None:
    shuffled = random.sample(rates, len(rates))
    assert choose(shuffled, "USD", "KES", DAY) == choose(rates, "USD", "KES", DAY)


def test_a_rate_of_seven_days_prices_a_day_and_one_of_eight_does_not() -> None:
    def of(age: int) -> list[Published]:
        return [Published("ecb", "USD", "KES", DAY - timedelta(days=age), Decimal(129))]

    assert choose(of(0), "USD", "KES", DAY) is not None
    assert choose(of(7), "USD", "KES", DAY) is not None
    assert choose(of(8), "USD", "KES", DAY) is None
    assert choose(of(-1), "USD", "KES", DAY) is None


@given(st.lists(st.tuples(st.integers(-(2**52), 2**52), RATES, RATES), min_size=1, max_size=40))
def test_conversion_is_exact_and_rounded_once_in_python_and_in_sql(
    context: Flask, cases: list[tuple[int, Decimal, Decimal]]
) -> None:
    """Not limited by what a bigint holds: those that come to more are passed over here, and refused by the database."""
    factors = [Fraction(over) / Fraction(under) for _, over, under in cases]
    kept = [
        (micros, factor) for (micros, *_), factor in zip(cases, factors, strict=True) if abs(micros * factor) < 2**62
    ]
    in_python = [convert(micros, factor) for micros, factor in kept]
    assert in_python == [round(micros * factor) for micros, factor in kept]
    with transaction():
        in_sql = rows(
            "SELECT half_even(amount * n, d)"
            " FROM unnest(CAST(:amount AS bigint[]), CAST(:n AS numeric[]), CAST(:d AS numeric[]))"
            " WITH ORDINALITY AS t (amount, n, d, i) ORDER BY i",
            amount=[micros for micros, _ in kept], n=[Decimal(factor.numerator) for _, factor in kept],
            d=[Decimal(factor.denominator) for _, factor in kept],
        )  # fmt: skip
    assert [value for (value,) in in_sql] == in_python
