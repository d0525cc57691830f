"""Which rate holds, against a slow and plain reading of the rule."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from workforce.rates.rules import (
    NOTICE,
    TRANSITIONS,
    PersonalRate,
    RateLine,
    both_ways,
    change,
    lowers,
    personal_rate,
    rate_in_force,
    refused_by_notice,
    rewrites,
    today,
)

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


def line(rate: int, day: date = DAY, **given: Any) -> RateLine:
    values = {"id": 0, "project_id": 1, "level": "", "country": "", "kind": "piece", "currency": "USD", **given}
    return RateLine(rate=rate, valid_from=day, **values)


PRICES = st.tuples(st.integers(0, 5), st.sampled_from(["piece", "piece", "hourly"]), st.sampled_from(["USD", "EUR"]))
PRICED_CARDS = st.lists(st.tuples(KEYS, PRICES), unique_by=lambda pair: pair[0], max_size=15).map(
    lambda pairs: [
        RateLine(number, key[0], key[1], key[2], kind, currency, rate, key[3])
        for number, (key, (rate, kind, currency)) in enumerate(pairs, 1)
    ]
)


@given(PRICED_CARDS, KEYS, PRICES, st.sampled_from(["", "expert"]), st.sampled_from(["", "KE"]))
def test_a_line_that_is_said_to_lower_nobody_pays_nobody_less_on_any_day(
    card: list[RateLine], key: tuple[Any, ...], price: tuple[int, str, str], level: str, country: str
) -> None:
    if key in {(one.project_id, one.level, one.country, one.valid_from) for one in card}:
        return
    new = RateLine(0, key[0], key[1], key[2], price[1], price[2], price[0], key[3])
    found = change(card, new, project_id=1, level=level, country=country)
    lowered = []
    for offset in range(-7, 8):
        day = DAY + timedelta(days=offset)
        without, then = (
            rate_in_force(lines, project_id=1, level=level, country=country, day=day) for lines in (card, [*card, new])
        )
        if without != then:
            assert then is new
            assert day >= new.valid_from
        if without and then and without is not then and lowers(without, then):
            lowered.append(day)
    assert bool(lowered) == bool(found and found.lowered)
    if found and found.lowered:
        assert found.day == min(lowered)


@given(PRICED_CARDS, KEYS, PRICES, st.integers(-5, 12))
def test_notice_is_asked_for_exactly_where_somebody_is_paid_less_too_soon(
    card: list[RateLine], key: tuple[Any, ...], price: tuple[int, str, str], offset: int
) -> None:
    new = RateLine(0, key[0], key[1], key[2], price[1], price[2], price[0], key[3])
    found = change(card, new, project_id=1, level="expert", country="KE")
    on = DAY + timedelta(days=offset)
    allowed = refused_by_notice([found] if found else [], on)
    assert (allowed is not None) == bool(found and found.lowered and found.day < on + NOTICE)
    assert allowed in {None, on + timedelta(days=7)}


@given(PRICED_CARDS, KEYS, st.sampled_from(["", "expert", "novice"]), st.sampled_from(["", "KE", "VN"]))
def test_a_line_that_rewrites_nothing_would_have_priced_nothing_otherwise(
    card: list[RateLine], key: tuple[Any, ...], level: str, country: str
) -> None:
    if key in {(one.project_id, one.level, one.country, one.valid_from) for one in card}:
        return
    new = RateLine(0, key[0], key[1], key[2], "piece", "USD", 1, key[3])
    day = DAY + timedelta(days=6)
    priced = rate_in_force(card, project_id=1, level=level, country=country, day=day)
    again = rate_in_force([*card, new], project_id=1, level=level, country=country, day=day)
    if priced is not None and again is new:
        assert rewrites(new, priced, country)


def test_today_is_the_latest_date_of_any_group() -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert today(noon, []) == date(2026, 11, 20)
    assert today(noon, ["Africa/Nairobi", "Pacific/Kiritimati"]) == date(2026, 11, 21)
    assert today(noon, ["Pacific/Niue"]) == date(2026, 11, 20)


PERSONAL = st.builds(
    PersonalRate, st.integers(1, 9), st.sampled_from(["piece", "hourly"]), st.integers(0, 9),
    st.sampled_from(["USD", "EUR"]), st.sampled_from([DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)]),
    st.sampled_from([DAY + timedelta(days=1), DAY + timedelta(days=2)]),
)  # fmt: skip


@given(st.lists(PERSONAL, max_size=5, unique_by=lambda one: one.id), st.integers(0, 9))
def test_an_offer_never_lowers_what_the_card_pays(offers: list[PersonalRate], rate: int) -> None:
    card = line(rate)
    chosen = personal_rate(card, offers, DAY)
    valid = [one for one in offers if one.valid_from <= DAY <= one.valid_to]
    alike = [one for one in valid if (one.unit, one.currency) == ("piece", "USD")]
    if chosen is not None:
        assert chosen in valid
        assert chosen not in alike or chosen.rate >= max(rate, *(one.rate for one in alike), 0)
    else:
        assert all(one.rate < rate for one in alike)
    if valid:
        assert personal_rate(None, offers, DAY) in valid


def test_what_was_approved_has_no_way_back() -> None:
    reached, new = set[str](), {"approved"}
    while new:
        reached |= new
        new = {after for (state, _), after in TRANSITIONS.items() if state in reached} - reached
    assert reached == {"approved", "accepted", "declined", "lapsed"}


@given(st.integers(0, 10**9), st.integers(1, 10**5))
def test_a_rate_by_the_task_and_by_the_hour_says_the_same(rate: int, seconds: int) -> None:
    assert both_ways("piece", rate, 0) == {"piece": rate}
    assert both_ways("piece", rate, 3600) == {"piece": rate, "hourly": rate}
    hour = both_ways("piece", rate, seconds)["hourly"]
    assert abs(hour * seconds - rate * 3600) <= seconds / 2
