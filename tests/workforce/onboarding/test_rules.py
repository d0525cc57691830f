"""Spellings, pay groups, steps and the life of an application, without a database."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce.onboarding.rules.groups import Group, many_zones, suggested_group, zone_of
from workforce.onboarding.rules.matching import email_key, name_key, number_key
from workforce.onboarding.rules.states import STATES, TRANSITIONS, WrongMove, moved
from workforce.onboarding.rules.steps import Exam, Facts, add_steps, next_step, steps_of, undone, wait_words

ACTIONS = sorted({action for _, action in TRANSITIONS})


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_whatever_is_tried_acceptance_is_the_end_and_nothing_goes_back_to_unconfirmed(actions: list[str]) -> None:
    state, seen = "applied", ["applied"]
    for action in actions:
        try:
            after = moved(state, action)
        except WrongMove:
            assert (state, action) not in TRANSITIONS
            continue
        assert state != "accepted"
        assert after != "applied"
        if state == "granted":  # what an appeal overturned cannot be declined again
            assert after in {"accepted", "withdrawn"}
        state = after
        seen.append(state)
    assert set(seen) <= set(STATES)
    if "accepted" in seen:
        assert seen.index("accepted") == len(seen) - 1
        assert {"confirmed", "granted"} & set(seen)


def test_every_state_can_still_lead_to_acceptance() -> None:
    reaching = {"accepted"}
    while more := {state for (state, _), after in TRANSITIONS.items() if after in reaching} - reaching:
        reaching |= more
    assert reaching == set(STATES)


@pytest.mark.parametrize(("one", "other"), [
    ("Ada.Otieno+jobs@Gmail.com", "adaotieno@googlemail.com"), ("a+b@example.com", "A@example.com"),
])  # fmt: skip
def test_one_mailbox_has_one_key(one: str, other: str) -> None:
    assert email_key(one) == email_key(other)


def test_dots_count_where_they_count() -> None:
    assert email_key("a.b@example.com") != email_key("ab@example.com")
    assert email_key("+x@example.com") == "+x@example.com"


@given(st.text(max_size=60))
def test_keys_of_keys_are_themselves(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)
    assert number_key("KE", "tax", text) in {"", f"KE:tax:{number_key('KE', 'tax', text)[7:]}"}


def test_names_and_numbers_in_other_spellings_are_the_same() -> None:
    assert name_key("Đặng  Thị Hương") == name_key("dang thi huong") == "dang thi huong"
    assert name_key("O'Neil") == name_key("o neil")
    assert number_key("ke", "passport", " ab-12 3") == number_key("KE", "passport", "AB123")
    assert number_key("KE", "passport", "1") != number_key("UG", "passport", "1")


GROUPS = [
    Group("VN", "VND", "Asia/Ho_Chi_Minh"), Group("US", "USD", "America/New_York"),
    Group("EC", "USD", "America/Guayaquil"), Group("EU", "EUR", "Europe/Berlin"),
]  # fmt: skip


@pytest.mark.parametrize(("country", "code"), [
    ("VN", "VN"), ("US", "US"), ("EC", "EC"), ("SV", "EC"), ("FR", "EU"), ("KE", None), ("", None), ("XX", None),
])  # fmt: skip
def test_the_group_fits_by_currency_and_then_by_zone(country: str, code: str | None) -> None:
    assert suggested_group(country, GROUPS) == code
    assert suggested_group(country, reversed(GROUPS)) == code


def test_zones_are_guessed() -> None:
    assert (zone_of("VN"), zone_of("KE"), zone_of("US"), zone_of("ZZ")) == (
        "Asia/Ho_Chi_Minh", "Africa/Nairobi", "America/New_York", "UTC",
    )  # fmt: skip
    assert "America/Chicago" in many_zones()
    assert "Africa/Nairobi" not in many_zones()


def test_steps_follow_from_what_is_known() -> None:
    facts = Facts(1, "confirmed", confirmed=True, required=[Exam("a", "A", "done"), Exam("b", "B", "waiting")],
                  identity="refused", identity_reason="Blurred.")  # fmt: skip
    steps = {one.code: one.state for one in steps_of(facts)}
    assert steps == {"email": "done", "test:a": "done", "test:b": "waiting", "identity": "failed", "tax": "todo"}
    coming = next_step(steps_of(facts))
    assert coming is not None
    assert (coming.code, coming.reason) == ("identity", "Blurred.")
    done = Facts(1, "confirmed", confirmed=True, taken=[Exam("a", "A", "failed"), Exam("b", "B", "done")],
                 identity="approved", taxed=True)  # fmt: skip
    assert undone(steps_of(done)) == []
    assert next_step(steps_of(done)) is None
    left = undone(steps_of(Facts(1, "confirmed", confirmed=True, identity="waiting", taxed=True)))
    assert [(one.code, one.state) for one in left] == [("test", "todo"), ("identity", "waiting")]


def test_another_feature_adds_a_step() -> None:
    add_steps("nothing", lambda _facts: [])
    assert len(steps_of(Facts(1, "confirmed", confirmed=True))) == 4


@pytest.mark.parametrize(("waited", "words"), [
    (None, ("about two working days", 0)), (timedelta(0), ("usually %(count)s min", 1)),
    (timedelta(minutes=89, seconds=1), ("usually %(count)s min", 90)),
    (timedelta(minutes=91), ("usually %(count)s h", 2)),
    (timedelta(hours=49), ("usually %(count)s days", 3)),
])  # fmt: skip
def test_how_long_it_takes_is_said_in_words(waited: timedelta | None, words: tuple[str, int]) -> None:
    assert wait_words("decision", waited) == words
