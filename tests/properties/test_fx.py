"""Exchange: which published rates price a day, and exact conversion."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from payroll.fx.rules import MAX_AGE, Published, choose, convert, is_far
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
    # No newer rate of the same source and pair, the same way round, was passed over.
    for leg in made.legs:
        same = [one for one in usable(rates) if (one.source, one.base, one.quote) == (leg.source, leg.base, leg.quote)]
        assert leg.day == max(one.day for one in same)


def reference(rates: list[Published], source: str) -> Fraction | None:
    """Return what one source's rates make of a dollar in shillings, in the plainest way; of several crossings, any."""

    def newest(base: str, quote: str) -> Fraction | None:
        own = [one for one in usable(rates) if (one.source, one.base, one.quote) == (source, base, quote)]
        return Fraction(max(own, key=lambda one: one.day).rate) if own else None

    def straight(base: str, quote: str) -> Fraction | None:
        direct, inverse = newest(base, quote), newest(quote, base)
        return direct or (1 / inverse if inverse else None)

    found = straight("USD", "KES")
    if found:
        return found
    ways = [(straight("USD", middle), straight(middle, "KES")) for middle in ("EUR", "VND")]
    return next((first * second for first, second in ways if first and second), None)


def crossings(rates: list[Published], source: str) -> int:
    pairs = {frozenset({one.base, one.quote}) for one in usable(rates) if one.source == source}
    return sum({frozenset({"USD", middle}), frozenset({middle, "KES"})} <= pairs for middle in ("EUR", "VND"))


ORDERS = st.lists(SOURCES, unique=True, max_size=3)


@given(published(), ORDERS)
def test_the_first_source_in_the_order_that_can_convert_does_and_without_one_the_newest_rates(
    rates: list[Published], order: list[str]
) -> None:
    made = choose(rates, "USD", "KES", DAY, order)
    able = [source for source in order or ["bank", "ecb", "xe"] if reference(rates, source)]
    assert (made is None) == (not able)
    if made is None:
        return
    assert made.source in able
    if order:
        assert made.source == able[0]
    else:
        alone = {source: choose(rates, "USD", "KES", DAY, [source]) for source in able}
        ages = {source: min(leg.day for leg in one.legs) for source, one in alone.items() if one}
        assert made.source == min(able, key=lambda source: (DAY - ages[source], source))
    if len(made.legs) == 1 or crossings(rates, made.source) == 1:
        assert made.factor == reference(rates, made.source)
    else:
        assert len(made.legs) == 2


@given(published(), ORDERS)
def test_within_a_source_direct_beats_inverse_and_inverse_a_third_currency(
    rates: list[Published], order: list[str]
) -> None:
    made = choose(rates, "USD", "KES", DAY, order)
    if made is None:
        return
    pairs = {(one.base, one.quote) for one in usable(rates) if one.source == made.source}
    if ("USD", "KES") in pairs:
        assert made.direct("USD")
    elif ("KES", "USD") in pairs:
        assert (len(made.legs), made.direct("KES")) == (1, True)
    else:
        assert len(made.legs) == 2


@given(RATES, st.fractions(Fraction(1, 2), Fraction(2)))
def test_a_rate_is_far_from_the_last_beyond_a_fifth_of_it_either_way(last: Decimal, times: Fraction) -> None:
    moved = Fraction(last) * times
    assert is_far(last, Fraction(last)) is False
    assert is_far(Decimal(120), Fraction(100)) is is_far(Decimal(80), Fraction(100)) is False
    assert is_far(Decimal("120.01"), Fraction(100)) is is_far(Decimal("79.99"), Fraction(100)) is True
    assert is_far(last, moved) == (abs(1 - 1 / times) > Fraction(1, 5))


@given(RATES)
def test_an_inverted_rate_is_far_unless_the_two_currencies_are_worth_nearly_the_same(rate: Decimal) -> None:
    assert is_far(rate, 1 / Fraction(rate)) == (abs(Fraction(rate) ** 2 - 1) > Fraction(1, 5))


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
