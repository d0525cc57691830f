"""Cohen's kappa: against a table worked out by hand, and what holds of any table."""

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from workforce.skills.rules.agreement import Judgement, agreement, judged, kappa, reading, weighted_kappa

TABLES = st.dictionaries(st.tuples(st.integers(0, 5), st.integers(0, 5)), st.integers(1, 20), min_size=1, max_size=12)


def test_the_example_of_two_graders_and_fifty_answers() -> None:
    # Both pass 20, both fail 15, the first alone passes 5, the second alone 10: they agree on 35 of 50. The first
    # passes 25 of 50 and the second 30, so that chance agrees on 25·30 + 25·20 of 2500: a half. (0.7 - 0.5) / 0.5.
    table = {(1, 1): 20, (1, 0): 5, (0, 1): 10, (0, 0): 15}
    assert kappa(table) == Fraction(2, 5)
    assert weighted_kappa(table) == Fraction(2, 5)  # with two values both are the same


def test_the_example_with_three_steps() -> None:
    # Rows (first grader) 0, 1, 2 of 10, 10, 10; columns 12, 9, 9.
    table = {(0, 0): 8, (0, 1): 1, (0, 2): 1, (1, 0): 3, (1, 1): 6, (1, 2): 1, (2, 0): 1, (2, 1): 2, (2, 2): 7}
    # Agreed 21 of 30; by chance (10·12 + 10·9 + 10·9) / 900 = 1/3. (7/10 - 1/3) / (2/3) = 11/20.
    assert kappa(table) == Fraction(11, 20)
    # Squares observed: 1·1 + 1·4 + 3·1 + 1·1 + 1·4 + 2·1 = 15, times 30 answers.
    # By chance: 10·(9·1 + 9·4) + 10·(12·1 + 9·1) + 10·(12·4 + 9·1) = 450 + 210 + 570 = 1230.
    assert weighted_kappa(table) == 1 - Fraction(15 * 30, 1230)


@given(TABLES)
def test_it_lies_between_minus_one_and_one_and_knows_no_first_grader(table: dict[tuple[int, int], int]) -> None:
    turned = {(other, one): times for (one, other), times in table.items()}
    for measure in (kappa, weighted_kappa):
        found = measure(table)
        assert found == measure(turned)
        assert found is None or -1 <= found <= 1


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 20), min_size=1))
def test_perfect_agreement_is_one_and_without_variance_there_is_none(given_points: dict[int, int]) -> None:
    table = {(one, one): times for one, times in given_points.items()}
    expected = 1 if len(given_points) > 1 else None
    assert (kappa(table), weighted_kappa(table)) == (expected, expected)
    assert kappa({}) is None


@given(TABLES, st.integers(1, 9))
def test_answers_counted_more_often_alike_change_nothing(table: dict[tuple[int, int], int], times: int) -> None:
    more = {pair: count * times for pair, count in table.items()}
    assert (kappa(more), weighted_kappa(more)) == (kappa(table), weighted_kappa(table))


@given(TABLES, st.integers(1, 9), st.integers(-5, 5))
def test_the_scale_of_points_does_not_matter_to_the_weighted_one(
    table: dict[tuple[int, int], int], factor: int, shift: int
) -> None:
    scaled = {(one * factor + shift, other * factor + shift): times for (one, other), times in table.items()}
    assert weighted_kappa(scaled) == weighted_kappa(table)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 3)), min_size=1, max_size=20))
def test_judgements_come_to_the_same_as_their_tables(found: list[tuple[int, int, int]]) -> None:
    judgements = [
        judged(({"a": one}, {"a": other}), {"a": 4}, pass_percent=50, times=times) for one, other, times in found
    ]
    lines: Counter[tuple[Fraction | int, Fraction | int]] = Counter()
    points: Counter[tuple[Fraction | int, Fraction | int]] = Counter()
    for one, other, times in found:
        lines[one >= 2, other >= 2] += times
        points[one, other] += times
    whole = agreement(judgements)
    assert (whole.answers, whole.lines, whole.points) == (
        sum(times for *_, times in found), kappa(lines), weighted_kappa(points),
    )  # fmt: skip


def test_a_line_passes_at_its_share_of_the_points() -> None:
    assert judged(({"a": 3}, {"a": 2}), {"a": 4}, pass_percent=60, times=1) == Judgement(
        ((True, False),), (Fraction(3, 4), Fraction(1, 2)), 1
    )


def test_the_words_are_those_of_landis_and_koch() -> None:
    values = {"-0.01": "poor", "0": "slight", "0.2": "slight", "0.21": "fair", "0.4": "fair", "0.6": "moderate",
              "0.61": "substantial", "0.8": "substantial", "0.81": "almost perfect", "1": "almost perfect"}  # fmt: skip
    assert {value: reading(Fraction(value)) for value in values} == values
