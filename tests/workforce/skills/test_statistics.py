"""Item statistics: exact sums, the same in SQL and Python, and the flags of broken questions."""

from decimal import Decimal
from fractions import Fraction
from math import isclose
from statistics import correlation as reference
from statistics import pstdev

from flask import Flask
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.factories import make_user
from tests.factories.skills import asked, make_result, make_version, many, one, short
from workforce.core.db import transaction
from workforce.skills.queries.statistics import statistics_of
from workforce.skills.rules.statistics import Choice, Sums, correlation, difficulty, item, reading, sums_of

PAIRS = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2000)), min_size=2, max_size=40)


@given(PAIRS)
def test_the_correlation_is_pearsons(pairs: list[tuple[int, int]]) -> None:
    found = correlation(sums_of(pairs))
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    if pstdev(xs) == 0 or pstdev(ys) == 0:
        assert found is None
        return
    assert found is not None
    assert -1 <= found <= 1
    assert isclose(found, reference(xs, ys), abs_tol=0.0001)


@given(PAIRS, st.integers(1, 50), st.integers(1, 1000))
def test_it_knows_neither_unit_nor_order_and_turns_with_its_sign(
    pairs: list[tuple[int, int]], unit: int, shift: int
) -> None:
    found = correlation(sums_of(pairs))
    assume(found is not None)
    assert correlation(sums_of([(x * unit + shift, y) for x, y in reversed(pairs)])) == found
    assert correlation(sums_of([(x, 2000 - y) for x, y in pairs])) == -found  # type: ignore[operator]
    assert correlation(sums_of([(x, x) for x, _ in pairs])) == 1


@given(PAIRS)
def test_difficulty_is_a_share(pairs: list[tuple[int, int]]) -> None:
    share = difficulty(sums_of(pairs), 400)
    assert share == Fraction(sum(x for x, _ in pairs), 400 * len(pairs))
    assert share is not None
    assert 0 <= share <= 1


def test_nothing_is_known_of_nothing() -> None:
    nothing = item(Sums(0, 0, 0, 0, 0, 0), 100)
    assert (nothing.difficulty, nothing.discrimination, nothing.flags) == (None, None, ("few",))


def test_flags() -> None:
    def flags(pairs: list[tuple[int, int]], choices: list[Choice] | None = None) -> tuple[str, ...]:
        return item(sums_of(pairs), 100, choices or []).flags

    rising = [(100 if place > 5 else 0, place * 10) for place in range(12)]
    assert flags(rising) == ()
    assert flags(rising[:9]) == ("few",)
    assert flags([(100 - x, y) for x, y in rising]) == ("negative",)
    assert flags([(0, y) for _, y in rising]) == ("nobody",)
    assert flags([(100, y) for _, y in rising]) == ("easy",)
    right, wrong = Choice("a", True, 6, 60), Choice("b", False, 6, 600)
    assert flags(rising, [right, wrong]) == ("strong_choose_wrong",)
    assert flags(rising, [right, Choice("b", False, 6, 30)]) == ()
    assert flags(rising, [Choice("a", True, 0, 0), wrong]) == ("strong_choose_wrong",)
    assert flags(rising, [right, Choice("b", False, 2, 600)]) == ()  # two people are nobody


def test_readings_are_ebels() -> None:
    table = {"0.40": "very_good", "0.39": "good", "0.30": "good", "0.20": "fair", "0.19": "poor", "0": "poor",
             "-0.01": "negative"}  # fmt: skip
    assert {value: reading(Decimal(value)) for value in table} == table
    assert reading(None) == "unknown"


def test_the_database_adds_as_python_does(context: Flask) -> None:
    with transaction():
        version = make_version(asked=[one(points=2), many(points=3), short(points=1)], pass_percent=50)
        first, second, third = asked(version)
        for place in range(15):
            make_result(version, make_user("worker").id, {
                first.id: {"chosen": ["b" if place % 3 else "c"]},
                second.id: {"chosen": ["a", "c"][: place % 4]},
                third.id: {"text": "blue" if place % 2 else "red"},
            })  # fmt: skip
        points = [
            (200 if place % 3 else 0, [0, 150, 300, 300][place % 4], 100 if place % 2 else 0) for place in range(15)
        ]
        found = statistics_of(version)
        for number, known in enumerate(found):
            pairs = [(row[number], sum(row) - row[number]) for row in points]
            assert known.item.count == 15
            assert known.item.discrimination == correlation(sums_of(pairs))
            assert known.item.difficulty == difficulty(sums_of(pairs), known.question.points * 100)
        wrong = next(choice for choice in found[0].item.choices if choice.option == "c")
        assert (wrong.right, wrong.count) == (False, 5)
        assert wrong.rest == sum(row[1] + row[2] for place, row in enumerate(points) if place % 3 == 0)
