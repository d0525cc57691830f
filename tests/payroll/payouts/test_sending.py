"""From a released run to money that has arrived, or has come back: what the senders do with whatever a rail says."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import select

from payroll.payouts.models import Attempt, SandboxTransfer
from payroll.payouts.rails import RailTimeout, SandboxRail
from payroll.payouts.rails.sandbox import _share
from payroll.payouts.rules import Answer, idempotency_key
from payroll.payouts.services import Counts, poll
from tests.factories import DAY, NOW, make_fx, make_worker
from tests.payroll.payouts.paying import (
    NEXT,
    THIRD,
    People,
    ask_later,
    balance,
    begin,
    let_go,
    orders,
    pay_day,
    rail,
    send_now,
    state_of,
    take_back,
    work,
)
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy
from workforce.paydays.queries import group_by_code


class SilentRail(SandboxRail):
    """Pays, but never answers a question."""

    def find(self, idempotency_key: str, now: datetime) -> Answer | None:  # noqa: ARG002 -- as in Rail
        raise RailTimeout


def tries() -> list[tuple[int, str]]:
    with transaction():
        return [(one.number, one.outcome) for one in session().scalars(select(Attempt).order_by(Attempt.number))]


def worker_whose_call_is_lost(*, before: bool) -> str:
    """Find a worker the first call for whose order is lost on its way in, or on its way back."""
    names = (f"W{number}" for number in count())
    return next(one for one in names if (_share("lost", idempotency_key(f"KE-{DAY}", one)) < Decimal("0.5")) == before)


@pytest.mark.parametrize("before", [True, False], ids=["lost on the way in", "lost on the way back"])
def test_no_answer_is_no_failure_and_the_order_is_paid_once(people: People, *, before: bool) -> None:
    worker, silent = worker_whose_call_is_lost(before=before), rail(timeout="1")
    begin(worker)
    work("12.34", worker=worker)
    name = pay_day(people)
    assert send_now(silent) == Counts(sent=1, unknown=1)
    assert orders() == [(DAY, "12.34 KES", "unknown")]
    assert tries() == [(1, "timeout")]
    assert balance(worker=worker) == 0, "it may have been sent, so it is not hers to be paid again"
    assert send_now(silent) == Counts(), "what is unknown is asked for, not sent anew"
    assert ask_later(silent) == (Counts(sent=1, paid=1) if before else Counts(paid=1))
    assert orders() == [(DAY, "12.34 KES", "paid")]
    assert tries() == ([(1, "timeout"), (2, "paid")] if before else [(1, "timeout")])
    with transaction():
        (transfer,) = session().scalars(select(SandboxTransfer))
        assert (transfer.amount, transfer.calls) == (12_340_000, 2 if before else 1)
    assert state_of(name) == "settled"


def test_a_rail_that_answers_no_question_leaves_everything_as_it_is(people: People) -> None:
    begin()
    work("12.34")
    pay_day(people)
    send_now(rail(delay=60))
    assert ask_later(SilentRail(SandboxPolicy())) == Counts(unknown=1)
    assert orders() == [(DAY, "12.34 KES", "sent")]
    assert ask_later() == Counts(paid=1)


def test_an_order_that_waits_is_paid_when_the_rail_says_so(people: People) -> None:
    begin()
    work("12.34")
    name, slow = pay_day(people), rail(delay=60)
    assert send_now(slow) == Counts(sent=1, waiting=1)
    assert poll(slow, now=lambda: NOW + timedelta(seconds=59)) == Counts(waiting=1)
    assert (orders(), state_of(name)) == ([(DAY, "12.34 KES", "sent")], "released")
    assert poll(slow, now=lambda: NOW + timedelta(seconds=60)) == Counts(paid=1)
    assert (orders(), state_of(name)) == ([(DAY, "12.34 KES", "paid")], "settled")
    assert ask_later(slow) == Counts(), "an end is an end"


def test_what_was_declined_is_paid_with_the_next_order(people: People) -> None:
    begin()
    work("12.34")
    work("1.00", day=NEXT)
    pay_day(people)
    assert send_now(rail(declined="1")) == Counts(sent=1, failed=1)
    assert orders() == [(DAY, "12.34 KES", "failed")]
    assert balance() == Decimal("12.34")
    assert send_now() == Counts(), "a declined order is not sent again by itself"
    pay_day(people, NEXT)
    assert send_now() == Counts(sent=1, paid=1)
    assert orders() == [(DAY, "12.34 KES", "failed"), (NEXT, "13.34 KES", "paid")]
    assert balance() == 0


def test_less_than_the_minimum_is_carried_until_it_is_enough(people: People) -> None:
    begin(minimum="100")
    for day, amount in ((DAY, "60"), (NEXT, "39.99"), (THIRD, "0.01")):
        work(amount, day=day)
    name = pay_day(people)
    assert send_now() == Counts()
    assert (orders(), balance(), state_of(name)) == ([], Decimal(60), "settled")
    pay_day(people, NEXT)
    assert (orders(), balance()) == ([], Decimal("99.99"))
    pay_day(people, THIRD)
    assert send_now() == Counts(sent=1, paid=1)
    assert (orders(), balance()) == ([(THIRD, "100 KES", "paid")], Decimal(0))


def test_the_minimum_counts_in_the_currency_that_she_is_paid_in(people: People) -> None:
    begin(minimum="129.25", paid_in="USD")
    with transaction():
        make_fx("USD", "KES", "129.25")
    work("0.99", currency="USD")
    work("0.01", currency="USD", day=NEXT)
    pay_day(people)
    assert (orders(), balance("USD")) == ([], Decimal("0.99"))
    pay_day(people, NEXT)
    send_now()
    assert (orders(), balance("USD")) == ([(NEXT, "1 USD", "paid")], Decimal(0))


def test_nobody_waits_for_a_rate_that_only_the_minimum_would_need(people: People) -> None:
    begin(minimum="129.25", paid_in="USD")
    work("0.50", currency="USD")
    pay_day(people)
    send_now()
    assert orders() == [(DAY, "0.5 USD", "paid")]


@pytest.mark.parametrize(
    ("currency", "first", "second", "sent", "left"),
    [
        ("VND", "1000.7", "0.5", ["1000 VND", "1 VND"], "0.2"),
        ("KES", "0.009", "0.0015", ["0.01 KES"], "0.0005"),
        ("KWD", "1.2345", "0.0006", ["1.234 KWD", "0.001 KWD"], "0.0001"),
    ],
)
def test_what_cannot_be_sent_stays_hers(
    people: People, currency: str, first: str, second: str, sent: list[str], left: str
) -> None:
    begin(currency=currency)
    work(first, currency=currency)
    work(second, currency=currency, day=NEXT)
    for day in (DAY, NEXT):
        pay_day(people, day)
        send_now()
    assert [(amount, state) for _, amount, state in orders()] == [(amount, "paid") for amount in sent]
    assert balance(currency) == Decimal(left)


@pytest.fixture
def held(people: People) -> Callable[[], None]:
    """Let a worker owe 11.50 on the second day, whose run is released; give what resolves it."""
    begin()
    with transaction():
        make_worker(group_by_code("KE"), "W2")
    source = work("12.50")
    pay_day(people)
    send_now()
    take_back(source, NEXT)
    work("1.00", day=NEXT)
    work("2.00", day=NEXT, worker="W2")
    pay_day(people, NEXT)

    return lambda: let_go(people, f"KE-{NEXT}")


def test_a_held_worker_holds_nobody_else_and_is_released_when_she_is_let_go(held: Callable[[], None]) -> None:
    assert send_now() == Counts(sent=1, paid=1)
    assert orders() == [(DAY, "12.5 KES", "paid"), (NEXT, "2 KES", "paid")]
    assert (balance(), state_of(f"KE-{NEXT}")) == (Decimal(0), "released")
    held()
    assert send_now() == Counts()
    assert (balance(), state_of(f"KE-{NEXT}")) == (Decimal("-11.5"), "settled")


@pytest.mark.parametrize("sends_between", [True, False])
def test_later_pay_makes_up_for_what_is_owed(held: Callable[[], None], people: People, *, sends_between: bool) -> None:
    """Also where the next run is released before any sender has looked again."""
    held()
    if sends_between:
        send_now()
    work("20.00", day=THIRD)
    pay_day(people, THIRD)
    send_now()
    assert orders()[-1] == (THIRD, "8.5 KES", "paid")
    assert balance() == 0


def test_what_is_owed_may_take_several_days(held: Callable[[], None], people: People) -> None:
    held()
    work("11.00", day=THIRD)
    pay_day(people, THIRD)
    assert send_now() == Counts(sent=1, paid=1), "the other worker's"
    assert balance() == Decimal("-0.5")
