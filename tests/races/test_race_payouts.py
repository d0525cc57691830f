"""Several senders at once: every order goes out once, and every answer is written down once."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from flask import Flask

from payroll.payouts.rails import SandboxRail, Transfer
from payroll.payouts.rules import Answer
from payroll.payouts.services import Counts, poll, send
from tests.factories import NOW
from tests.races.racing import PATIENCE, assert_paid_once, at_once, one, released
from workforce.core.settings import SandboxPolicy

WELL = SandboxPolicy()
TROUBLE = SandboxPolicy(declined=Decimal("0.3"), timeout=Decimal("0.5"))


class WatchedRail(SandboxRail):
    """The sandbox, with something to be done before and after a transfer reaches it."""

    def __init__(
        self, policy: SandboxPolicy, *, before: Callable[[], object] = int, after: Callable[[], object] = int
    ) -> None:
        super().__init__(policy)
        self.sent: list[str] = []
        self._before, self._after = before, after

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        self.sent.append(transfer.idempotency_key)
        self._before()
        try:
            return super().send(transfer, now)
        finally:
            self._after()


def once(call: Callable[[], object]) -> Callable[[], None]:
    """Let a call be made the first time only."""
    left = [call]

    def perhaps() -> None:
        if left:
            left.pop()()

    return perhaps


def clock() -> datetime:
    return NOW


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("payroll.payouts.services.send"), "BATCH", 3)


def test_two_senders_at_once_share_the_orders(fresh_app: Flask) -> None:
    released(fresh_app)
    barrier = threading.Barrier(2)
    rails = [WatchedRail(WELL, before=once(lambda: barrier.wait(PATIENCE))) for _ in range(2)]
    outcomes = at_once(fresh_app, *(lambda rail=rail: send(rail, now=clock) for rail in rails))
    assert [sum(getattr(counts, word) for counts in outcomes) for word in ("sent", "paid", "failed")] == [9, 9, 0]
    assert all(rail.sent for rail in rails)
    assert not set(rails[0].sent) & set(rails[1].sent)
    assert one(fresh_app, "SELECT max(calls) FROM sandbox_transfer") == 1
    assert_paid_once(fresh_app, 9)
    assert one(fresh_app, "SELECT state FROM payroll_run") == "settled"


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("policy", [WELL, TROUBLE], ids=["well", "trouble"])
def test_a_poll_in_the_middle_of_a_send_does_no_harm(fresh_app: Flask, moment: str, policy: SandboxPolicy) -> None:
    released(fresh_app)
    polled: list[Counts] = []

    def poll_meanwhile() -> None:
        polled.extend(at_once(fresh_app, lambda: poll(SandboxRail(policy), now=clock)))

    rail = WatchedRail(policy, **{moment: once(poll_meanwhile)})
    (counts,) = at_once(fresh_app, lambda: send(rail, now=clock))
    assert counts.sent == 9
    # What the sender had written down and not yet sent, the poll found unknown and sent under the same keys.
    assert polled[0].sent >= (3 if moment == "before" else 2)
    at_once(fresh_app, *[lambda: poll(SandboxRail(policy), now=clock)] * 2)
    total = one(fresh_app, "SELECT count(*)::int FROM payout_order WHERE state = 'paid'")
    failed = {"failed": 9 - total} if total < 9 else {}
    assert_paid_once(fresh_app, 9, states={"paid": total} | failed)
    assert bool(failed) == (policy is TROUBLE)


def test_two_polls_at_once_write_every_end_down_once(fresh_app: Flask) -> None:
    released(fresh_app)
    slow = SandboxPolicy(declined=Decimal("0.3"), timeout=Decimal("0.3"), delay=60)
    with fresh_app.app_context():
        counts = send(SandboxRail(slow), now=clock)
    assert counts.waiting + counts.unknown == 9
    later = NOW + timedelta(minutes=5)
    rows = "SELECT FROM payout_order FOR UPDATE"
    at_once(fresh_app, *[lambda: poll(SandboxRail(slow), now=lambda: later)] * 2, behind=rows)
    with fresh_app.app_context():
        poll(SandboxRail(slow), now=lambda: later + timedelta(minutes=5))
    total = one(fresh_app, "SELECT count(*)::int FROM payout_order WHERE state = 'paid'")
    assert_paid_once(fresh_app, 9, states={"paid": total, "failed": 9 - total})
    assert one(fresh_app, "SELECT state FROM payroll_run") == "settled"


def test_a_sender_that_was_overtaken_leaves_the_end_as_it_is(fresh_app: Flask) -> None:
    """Its own answer was lost; the poll that came in between knows better, and its word stands."""
    released(fresh_app, 1)
    lost = SandboxPolicy(timeout=Decimal(1))

    def poll_meanwhile() -> None:
        for _ in range(2):
            at_once(fresh_app, lambda: poll(SandboxRail(lost), now=clock))

    rail = WatchedRail(lost, after=once(poll_meanwhile))
    (counts,) = at_once(fresh_app, lambda: send(rail, now=clock))
    assert (counts.sent, counts.unknown) == (1, 1)
    assert_paid_once(fresh_app, 1)


def test_sends_and_polls_of_two_leaders_at_once(fresh_app: Flask) -> None:
    released(fresh_app, 12)
    calls = [lambda: send(SandboxRail(TROUBLE), now=clock), lambda: poll(SandboxRail(TROUBLE), now=clock)] * 2
    for _ in range(3):
        outcomes = at_once(fresh_app, *calls)
        assert all(isinstance(counts, Counts) for counts in outcomes), outcomes
    total = one(fresh_app, "SELECT count(*)::int FROM payout_order WHERE state = 'paid'")
    assert_paid_once(fresh_app, 12, states={"paid": total, "failed": 12 - total})
