"""State machines: what is not in the dictionary is refused, and an end is an end."""

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payroll.closing import rules as runs
from payroll.payouts import rules as payouts
from workforce.core.errors import DaybookError
from workforce.tasks import rules as tasks

Moves = Mapping[tuple[str, str], str]
MACHINES: dict[str, tuple[Moves, Callable[[str, str], str], set[str], str]] = {
    "run": (
        runs.TRANSITIONS,
        lambda state, action: runs.moved("KE-2026-11-18", state, action),
        {"settled"},
        "computing",
    ),
    "order": (payouts.TRANSITIONS, payouts.moved, set(payouts.FINAL), "created"),
    "work": (tasks.TRANSITIONS, tasks.moved, set(), "submitted"),
}
WORDS = sorted({word for moves, *_ in MACHINES.values() for pair, after in moves.items() for word in (*pair, after)})


@pytest.mark.parametrize("name", MACHINES)
def test_every_pair_leads_where_the_dictionary_says_or_is_refused(name: str) -> None:
    moves, moved, _, _ = MACHINES[name]
    for state in WORDS:
        for action in WORDS:
            if (state, action) in moves:
                assert moved(state, action) == moves[state, action]
            else:
                with pytest.raises(DaybookError) as refusal:
                    moved(state, action)
                assert state in str(refusal.value)
                assert action in str(refusal.value)


@pytest.mark.parametrize("name", MACHINES)
def test_no_action_leads_out_of_an_end_and_every_other_state_can_reach_one(name: str) -> None:
    moves, _, ends, start = MACHINES[name]
    states = {state for state, _ in moves} | set(moves.values())
    assert not {state for state, _ in moves} & ends
    assert start in states
    assert start not in moves.values(), "nothing goes back to where it began"
    if ends:
        reaching = ends & states
        while more := {state for (state, _), after in moves.items() if after in reaching} - reaching:
            reaching |= more
        assert reaching == states


@pytest.mark.parametrize("name", MACHINES)
@given(actions=st.lists(st.sampled_from(WORDS), max_size=20))
def test_whatever_is_tried_an_end_stays(name: str, actions: list[str]) -> None:
    moves, moved, ends, state = MACHINES[name]
    for action in actions:
        try:
            after = moved(state, action)
        except DaybookError:
            after = state
        if state in ends:
            assert after == state
        state = after
    assert state in {start for start, _ in moves} | set(moves.values())


def test_an_order_is_never_tried_again_once_the_rail_has_it() -> None:
    """Only what nobody knows the fate of may be sent again, under the same key."""
    assert {state for state, action in payouts.TRANSITIONS if action == "try"} == {"created", "unknown"}
    assert {after for (_, action), after in payouts.TRANSITIONS.items() if action == "try"} == {"unknown"}


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_key_of_an_order_is_its_runs_and_its_workers_alone(run: str, worker: str) -> None:
    key = payouts.idempotency_key(run, worker)
    assert key == payouts.idempotency_key(run, worker)
    assert len(key) == 40
    assert key != payouts.idempotency_key(run, worker + "x")
    assert key != payouts.idempotency_key(run + "x", worker)
