from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest

from workforce.imports.rules import (
    Action,
    FileProblem,
    Refusal,
    State,
    WorkRow,
    require_reward,
    transition,
)
from workforce.tasks.rules import TRANSITIONS, moved

STATES: tuple[State, ...] = get_args(State)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "now", "action"),
    [
        (None, "submitted", "import"),
        (None, "accepted", "import"),
        (None, "rejected", "import"),
        ("submitted", "accepted", "accept"),
        ("submitted", "rejected", "reject"),
        ("rejected", "accepted", "accept"),
        ("accepted", "rejected", "reverse"),
        ("accepted", "submitted", "already_there"),
        ("rejected", "submitted", "already_there"),
        *((state, state, "already_there") for state in STATES),
    ],
)
def test_a_row_means(before: State | None, now: State, action: Action) -> None:
    assert transition(before, now, decided_before=NOON, decided_now=LATER) == action


@pytest.mark.parametrize(("before", "now"), list(product(STATES, STATES)))
def test_every_decision_leads_to_the_state_of_the_file_or_changes_nothing(before: State, now: State) -> None:
    action = transition(before, now, decided_now=NOON)
    if action != "already_there":
        assert moved(before, action) == now
        assert (before, action) in TRANSITIONS


@pytest.mark.parametrize(("before", "now"), list(product([None, *STATES], STATES)))
def test_only_accepted_work_is_repriced(before: State | None, now: State) -> None:
    repriced = transition(before, now, repriced=True)
    if before == now == "accepted":
        assert repriced == "reprice"
    else:
        assert repriced == transition(before, now)


def test_an_old_file_does_not_take_pay_back() -> None:
    assert transition("accepted", "rejected", decided_before=LATER, decided_now=NOON) == "already_there"
    assert transition("accepted", "rejected", decided_before=NOON, decided_now=LATER) == "reverse"
    assert transition("accepted", "rejected", decided_before=NOON, decided_now=NOON) == "reverse"


@pytest.mark.parametrize("known", [None, NOON])
def test_a_verdict_that_changed_without_a_time_is_newer_than_nothing(known: datetime | None) -> None:
    assert transition("accepted", "rejected", decided_before=known) == "undated"
    assert transition("rejected", "accepted", decided_before=known) == "undated"
    assert transition("submitted", "accepted", decided_before=known) == "accept"
    assert transition("submitted", "rejected", decided_before=known) == "reject"
    assert transition("accepted", "accepted", decided_before=known) == "already_there"


def test_an_old_file_does_not_give_pay_again() -> None:
    assert transition("rejected", "accepted", decided_before=LATER, decided_now=NOON) == "already_there"
    assert transition("rejected", "accepted", decided_before=NOON, decided_now=LATER) == "accept"


def test_a_row_without_reward_is_refused_where_rewards_are_paid() -> None:
    row = WorkRow(7, "A1", "W1", "accepted", None, NOON, NOON)
    refusal = require_reward(row)
    assert refusal is not None
    assert (refusal.number, refusal.field, refusal.code) == (7, "reward", "no_reward")


def test_messages_name_what_they_speak_of() -> None:
    assert Refusal(1, "Reward", "x", "“%(value)s” is wrong", {"value": "5%"}).message() == "“5%” is wrong"
    problem = FileProblem("x", "row %(row)s", row=3)
    assert (problem.code, problem.params, problem.message(), str(problem)) == ("x", {"row": 3}, "row 3", "row 3")
