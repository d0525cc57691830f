"""Which rate holds, against a slow and plain reading of the rule."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workforce.rates.rules import RateLine, rate_in_force

DAY = date(2026, 11, 18)
KEYS = st.tuples(
    st.sampled_from([None, 1, 2]), st.sampled_from(["", "expert", "novice"]), st.sampled_from(["", "KE", "VN"]),
    st.integers(-5, 5).map(lambda offset: DAY + timedelta(days=offset)),
)  # fmt: skip
CARDS = st.lists(KEYS, unique=True, max_size=25).map(
    lambda keys: [
        RateLine(number, project, level, country, "piece", "USD", number, day)
        for number, (project, level, country, day) in enumerate(keys)
    ]
)


def slowly(card: list[RateLine], level: str, country: str) -> RateLine | None:
    """Go through the ways of matching from the most exact to the least; the latest line of the first that has one."""
    for project_id in (1, None):
        for wanted_level in dict.fromkeys((level, "")):
            for wanted_country in dict.fromkeys((country, "")):
                fitting = [
                    line for line in card
                    if (line.project_id, line.level, line.country) == (project_id, wanted_level, wanted_country)
                    and line.valid_from <= DAY
                ]  # fmt: skip
                if fitting:
                    return max(fitting, key=lambda line: line.valid_from)
    return None


@given(CARDS, st.sampled_from(["", "expert"]), st.sampled_from(["", "KE"]))
def test_the_latest_line_of_the_most_exact_kind_holds(card: list[RateLine], level: str, country: str) -> None:
    assert rate_in_force(card, project_id=1, level=level, country=country, day=DAY) == slowly(card, level, country)


@given(CARDS, st.permutations(range(25)))
def test_the_order_of_the_card_does_not_matter(card: list[RateLine], order: list[int]) -> None:
    shuffled = [card[place] for place in order if place < len(card)]
    found = [rate_in_force(lines, project_id=1, level="expert", country="KE", day=DAY) for lines in (card, shuffled)]
    assert found[0] == found[1]
