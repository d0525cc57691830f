"""One order that a rail chokes on, or one run that cannot be prepared, keeps nobody else from being paid."""

from datetime import datetime, timedelta
from functools import partial
from importlib import import_module

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from payroll.payouts.models import Attempt, Order
from payroll.payouts.rails import SandboxRail, Transfer
from payroll.payouts.rules import Answer, ask_pause, idempotency_key
from payroll.payouts.services import Counts, poll, prepare_released, send, start_release
from tests.factories import DAY, NOW, make_worker
from tests.payroll.payouts.paying import NEXT, People, approved, balance, begin, orders, pay_day, send_now, work
from workforce.core.db import session, transaction
from workforce.core.scheduler import run_job
from workforce.core.settings import SandboxPolicy
from workforce.paydays.queries import group_by_code

BAD = idempotency_key(f"KE-{DAY}", "W2")


class OddRail(SandboxRail):
    """Chokes on one order: raises something else than a time-out, or answers what nobody can write down."""

    def __init__(self, *, delay: int = 0, send: object = None, find: object = None) -> None:
        super().__init__(SandboxPolicy(delay=delay))
        self._odd = {"send": send, "find": find}
        self.asked = 0

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        answer = super().send(transfer, now)
        return answer if transfer.idempotency_key != BAD else self._or_odd("send", answer)

    def find(self, idempotency_key: str, now: datetime) -> Answer | None:
        self.asked += 1
        answer = super().find(idempotency_key, now)
        return answer if idempotency_key != BAD or answer is None else self._or_odd("find", answer)

    def _or_odd(self, call: str, answer: Answer) -> Answer:
        odd = self._odd[call]
        if isinstance(odd, Exception):
            raise odd
        return odd if isinstance(odd, Answer) else answer


@pytest.fixture
def three(people: People) -> None:
    """Release a run of three workers."""
    begin()
    for number in (1, 2, 3):
        if number > 1:
            with transaction():
                make_worker(group_by_code("KE"), f"W{number}")
        work("5.00", worker=f"W{number}")
    pay_day(people)


def states() -> list[str]:
    return [state for _, _, state in orders()]


def errors() -> list[str]:
    with transaction():
        return list(session().scalars(select(Order.error).order_by(Order.id)))


MALFORMED = ValueError("malformed answer\0 of the bank")
TOO_LONG = Answer("pay", "x" * 101)


@pytest.mark.parametrize("odd", [MALFORMED, TOO_LONG, Answer("pay", "a\0b")], ids=["raises", "too long", "NUL"])
def test_an_order_that_cannot_be_sent_keeps_nobody_from_being_paid(three: None, odd: object) -> None:
    counts = send(OddRail(send=odd), now=lambda: NOW)
    assert states() == ["paid", "unknown", "paid"]
    assert len(counts.sweep.failed) == 1
    assert [bool(one) for one in errors()] == [False, True, False]
    with transaction():
        tries = session().scalars(select(Attempt).order_by(Attempt.order_id)).all()
        assert [(one.outcome, bool(one.error)) for one in tries] == [("paid", False), ("error", True), ("paid", False)]
    assert balance(worker="W2") == 0, "it may have left"
    assert poll(OddRail(), now=lambda: NOW).paid == 1
    assert (states(), errors()) == (["paid"] * 3, [""] * 3)


@pytest.mark.parametrize("odd", [MALFORMED, TOO_LONG, Answer("pay", "a\0b")], ids=["raises", "too long", "NUL"])
def test_an_order_that_cannot_be_asked_about_keeps_no_other_from_its_end(three: None, odd: object) -> None:
    send(OddRail(delay=60), now=lambda: NOW)
    later = NOW + timedelta(hours=1)
    counts = poll(OddRail(find=odd), now=lambda: later)
    assert states() == ["paid", "sent", "paid"]
    assert (counts.paid, counts.unknown, len(counts.sweep.failed)) == (2, 1, 1)
    assert poll(OddRail(), now=lambda: later).paid == 1
    assert states() == ["paid"] * 3


def test_the_job_does_the_rest_and_tells_what_went_wrong(
    three: None, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = import_module("payroll.payouts.jobs")
    monkeypatch.setattr(jobs, "rail_for", lambda _: OddRail(send=MALFORMED))
    entry = run_job("send-payouts")
    assert (entry.outcome, states()) == ("failed", ["paid", "unknown", "paid"])
    assert "malformed answer of the bank" in entry.error
    assert run_job("send-payouts").outcome == "done", "what is unknown is asked about, and by another job"


def test_a_run_that_cannot_be_prepared_keeps_no_other_one_back(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker who waits for the run goes on waiting, since it may take something back."""
    begin()
    with transaction():
        make_worker(group_by_code("KE"), "W2")
    work("5.00")
    for worker in ("W1", "W2"):
        work("3.00", day=NEXT, worker=worker)
    first, second = approved(people), approved(people, NEXT)
    with transaction():
        for name in (first, second):
            start_release(people[1], name, now=NOW)
    preparing = import_module("payroll.payouts.services.prepare")
    usual = preparing._prepare_chunk

    def fails(name: str, *rest: object) -> object:
        if name == first:
            raise ValueError("a poisoned run")
        return usual(name, *rest)

    with monkeypatch.context() as poisoned:
        poisoned.setattr(preparing, "_prepare_chunk", fails)
        counts = send_now()
        assert (counts.paid, len(counts.sweep.failed)) == (1, 1)
        with pytest.raises(ExceptionGroup, match=first):
            prepare_released(rail="sandbox", now=NOW)
    assert orders() == [(NEXT, "3 KES", "paid")]
    assert send_now().paid == 2
    assert sorted(orders()) == [(DAY, "5 KES", "paid"), (NEXT, "3 KES", "paid"), (NEXT, "3 KES", "paid")]


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_orders_in_flight_are_asked_about_with_growing_pauses(three: None) -> None:
    slow = OddRail(delay=10**6)
    send(slow, now=lambda: NOW)
    minutes = []
    for minute in range(4 * 60):
        before = slow.asked
        poll(slow, now=partial(after, minute), due=True)
        if slow.asked > before:
            assert slow.asked == before + 3
            minutes.append(minute)
    assert minutes == [1, 3, 7, 15, 31, 63, 123, 183]
    before = slow.asked
    poll(slow, now=lambda: NOW + timedelta(minutes=184))
    assert slow.asked == before + 3, "a person who asks is answered at once"


def test_what_failed_to_be_asked_waits_longer_each_time_as_well(three: None) -> None:
    send(OddRail(delay=60), now=lambda: NOW)
    broken = OddRail(find=MALFORMED)
    later = NOW + timedelta(minutes=2)
    assert len(poll(broken, now=lambda: later, due=True).sweep.failed) == 1
    assert poll(broken, now=lambda: later + timedelta(seconds=119), due=True) == Counts()
    assert len(poll(broken, now=lambda: later + timedelta(seconds=120), due=True).sweep.failed) == 1


def test_what_the_rail_never_takes_is_tried_again_with_growing_pauses_as_well(
    three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def refuses(minute: int) -> SandboxRail:
        rail = SandboxRail(SandboxPolicy())

        def fail(transfer: Transfer, _: datetime) -> Answer:
            if transfer.idempotency_key == BAD:
                tried.append(minute)
            raise MALFORMED

        monkeypatch.setattr(rail, "send", fail)
        return rail

    send(refuses(0), now=lambda: NOW)
    for minute in range(4 * 60):
        poll(refuses(minute), now=partial(after, minute), due=True)
    assert tried == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert states() == ["unknown"] * 3
    assert poll(OddRail(), now=lambda: NOW + timedelta(hours=5), due=True).paid == 3


@given(st.integers(0, 10**6))
def test_a_pause_grows_and_is_an_hour_at_most(asked: int) -> None:
    assert timedelta(minutes=1) <= ask_pause(asked) <= ask_pause(asked + 1) <= timedelta(hours=1)
