"""The whole way of money, in any order of events, against a model of plain sums.

The model knows what each worker earned and where it must be: accrued, payable, under way or paid. The services and the
database must agree with it after every step, however the rail misbehaves and wherever a process dies.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from payroll.closing.models import RunException
from payroll.closing.services import close_day
from payroll.fx.rules import MAX_AGE
from payroll.ledger.queries import balances_of, problems
from payroll.payouts.models import Order, SandboxTransfer
from payroll.payouts.queries import find_order
from payroll.payouts.rails import RailTimeout, SandboxRail, Transfer
from payroll.payouts.rules import Answer, order_name
from payroll.payouts.services import approve_request, poll, propose_order, release_run, send
from payroll.payouts.services.requests import NothingToSend
from payroll.runs.services import approve, resolve
from tests.factories import DAY, finance, make_fx, make_group, make_project, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import db, rows, session, transaction
from workforce.core.settings import SandboxPolicy
from workforce.paydays.models import PayGroup
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reprice, reverse

RATE = "129.2537"
LAST_RATE = DAY + timedelta(days=2)
FACTOR = {"USD": Fraction(1), "KES": Fraction(RATE)}
MINIMUM = 20_000
STEP = {"USD": 10_000, "KES": 10_000}
WORKERS = {"ANN": "USD", "BEN": "KES"}
# Under a cent, about the minimum, and well above it.
AMOUNTS = st.integers(0, 9_999) | st.integers(10_000, 40_000) | st.integers(50_000, 5_000_000)


class Died(BaseException):
    """The process that was sending is no more."""


class Mortal(SandboxRail):
    """A sandbox whose caller dies after some calls, each of which the rail has taken."""

    def __init__(self, policy: SandboxPolicy, calls: int) -> None:
        super().__init__(policy)
        self.calls = calls

    def send(self, transfer: Transfer, now: datetime) -> Answer:
        try:
            answer = super().send(transfer, now)
        except RailTimeout:
            answer = None
        self.calls -= 1
        if self.calls <= 0:
            raise Died
        if answer is None:
            raise RailTimeout
        return answer


Key = tuple[str, str, int]  # run, worker and number of an order


@dataclass
class Books:
    """What the model knows of one worker, in micros of her currency."""

    currency: str
    earned: int = 0
    accrued: int = 0
    payable: int = 0
    under_way: int = 0
    paid: int = 0


@dataclass
class DayRun:
    """What the model knows of a run."""

    name: str
    state: str
    slips: dict[str, int]
    released: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


class Money(RuleBasedStateMachine):
    """Events in any order."""

    pieces = Bundle("pieces")
    app: Flask

    def __init__(self) -> None:
        super().__init__()
        self.context = self.app.app_context()
        self.context.push()
        self.nested = db.engines[None].begin_nested()  # type: ignore[attr-defined]  # a connection, in tests
        self.day = DAY
        self.books = {worker: Books(currency) for worker, currency in WORKERS.items()}
        self.today: dict[str, int] = defaultdict(int)
        self.worked: set[str] = set()
        self.prices: dict[str, tuple[str, int]] = {}
        self.runs: list[DayRun] = []
        self.orders: dict[Key, tuple[int, str]] = {}
        self.taken: set[Key] = set()
        self.clock = datetime.combine(DAY, time(12), UTC)
        with transaction():
            group = make_group("M", currency="USD", timezone="UTC", minimum="0.02")
            self.group_id, self.project = group.id, make_project()
            self.workers = {name: make_worker(group, name, currency=currency) for name, currency in WORKERS.items()}
            for day in (DAY, LAST_RATE):
                make_fx("USD", "KES", RATE, day=day)

    def teardown(self) -> None:
        try:
            self._let_everything_end()
            with transaction():
                assert problems() == []
        finally:
            session().remove()
            self.nested.rollback()
            self.context.pop()

    # Events

    @rule(target=pieces, worker=st.sampled_from(sorted(WORKERS)), rate=AMOUNTS)
    def work(self, worker: str, rate: int) -> str:
        with transaction():
            source = make_work(self.project, self.workers[worker], rate=str(Decimal(rate) / 10**6), at=self._noon())
        self._count(worker, rate)
        self.prices[source] = (worker, rate)
        return source

    @rule(piece=consumes(pieces))
    def take_back(self, piece: str) -> None:
        worker, rate = self.prices.pop(piece)
        with transaction():
            made, group = self._piece(piece)
            reverse(SYSTEM, made, group, OpenDays(), decided_at=self._noon(), reason="copied", now=self.clock)
        self._count(worker, -rate)

    @rule(piece=pieces, rate=AMOUNTS)
    def agree_on_another_price(self, piece: str, rate: int) -> None:
        worker, before = self.prices[piece]
        with transaction():
            made, group = self._piece(piece)
            reprice(SYSTEM, made, group, OpenDays(), rate=rate, seconds=60, at=self._noon(), now=self.clock)
        self._count(worker, rate - before)
        self.prices[piece] = (worker, rate)

    @precondition(lambda self: self.day <= LAST_RATE + MAX_AGE)
    @rule(
        target=pieces,
        done=st.lists(st.tuples(st.sampled_from(sorted(WORKERS)), AMOUNTS), min_size=1, max_size=4),
        release=st.sampled_from([True, True, True, False]),
    )
    def a_day_goes_by(self, done: list[tuple[str, int]], *, release: bool) -> MultipleResults[str]:
        made: list[Any] = [self.work(worker, rate) for worker, rate in done]
        self.close()
        if release:
            self.approve_and_release(which=-1)
        return multiple(*made)

    @precondition(lambda self: self.worked and self.day <= LAST_RATE + MAX_AGE)
    @rule()
    def close(self) -> None:
        self.clock += timedelta(days=1)
        assert close_day(SYSTEM, "M", self.day, now=self.clock) == [self.day]
        slips = {worker: round(self.today[worker] * FACTOR[WORKERS[worker]]) for worker in self.worked}
        held = {worker for worker, net in slips.items() if net < 0}
        self.runs.append(DayRun(f"M-{self.day}", "computed", slips, held=held))
        for worker, net in slips.items():
            self.books[worker].earned += net
            self.books[worker].accrued += net
        self.today.clear()
        self.worked.clear()
        self.day += timedelta(days=1)

    @rule(which=st.integers(0, 9))
    def approve_and_release(self, which: int) -> None:
        waiting = [run for run in self.runs if run.state == "computed"]
        if not waiting:
            return
        run = waiting[which % len(waiting)]
        with transaction():
            approve(finance(1), run.name, now=self.clock)
        release_run(finance(2), run.name, rail="sandbox", now=self.clock)
        run.state = "released"
        self._prepare_all()

    @rule(which=st.integers(0, 9))
    def let_go(self, which: int) -> None:
        """Somebody looks at a worker who owes more than she earned, and lets her payslip go on."""
        waiting = [(run, worker) for run in self.runs for worker in sorted(run.held)]
        if not waiting:
            return
        run, worker = waiting[which % len(waiting)]
        with transaction():
            query = session().query(RunException).filter_by(worker_id=self.workers[worker].id, resolved_at=None)
            found = next(one for one in query if f"M-{one.pay_day}" == run.name)
            resolve(finance(1), run.name, found.id, reason="seen", now=self.clock)
        run.held.discard(worker)

    @rule(which=st.integers(0, 9))
    def send_again(self, which: int) -> None:
        """Two people send again what came back, as far as it is still there."""
        failed = [key for worker in WORKERS for key in self._failed(worker)]
        if not failed:
            return
        run, worker, number = key = failed[which % len(failed)]
        book = self.books[worker]
        left = min(book.payable, self.orders[key][0]) // STEP[book.currency] * STEP[book.currency]
        with transaction():
            order = find_order(order_name(run, worker, number)).id
        try:
            with transaction():
                request = propose_order(finance(1), order, reason="The wallet was corrected.", now=self.clock).id
        except NothingToSend:
            assert left <= 0
            return
        with transaction():
            approve_request(finance(2), request, rail="sandbox", now=self.clock)
        again = max(one[2] for one in self.orders if one[:2] == key[:2]) + 1
        self.taken.add(key)
        self._reserve((run, worker, again), left)

    @rule(
        declined=st.sampled_from(["0", "0.4"]), timeout=st.sampled_from(["0", "0.6"]), delay=st.sampled_from([0, 3600])
    )
    def send(self, declined: str, timeout: str, delay: int) -> None:
        self._prepare_all()
        send(SandboxRail(SandboxPolicy(Decimal(declined), Decimal(timeout), delay)), now=lambda: self.clock)
        self._hear()

    @rule(calls=st.integers(1, 3), timeout=st.sampled_from(["0", "0.6"]))
    def die_while_sending(self, calls: int, timeout: str) -> None:
        self._prepare_all()
        try:
            send(Mortal(SandboxPolicy(Decimal("0.3"), Decimal(timeout), 0), calls), now=lambda: self.clock)
        except Died:
            session().remove()
        self._hear()

    @rule(hours=st.integers(0, 2), timeout=st.sampled_from(["0", "0.6"]))
    def poll(self, hours: int, timeout: str) -> None:
        self.clock += timedelta(hours=hours)
        poll(SandboxRail(SandboxPolicy(Decimal("0.3"), Decimal(timeout), 0)), now=lambda: self.clock)
        self._hear()

    # What must hold after each of them

    @invariant()
    def every_micro_is_where_the_model_says(self) -> None:
        with transaction():
            ids = [worker.id for worker in self.workers.values()]
            accrued, payable = balances_of("accrued", ids), balances_of("payable", ids)
            totals = rows("SELECT currency, sum(amount) FROM posting GROUP BY currency HAVING sum(amount) <> 0")
            orders = self._orders()
        assert totals == []
        for name, book in self.books.items():
            key = (self.workers[name].id, book.currency)
            assert (-accrued.get(key, 0), -payable.get(key, 0)) == (book.accrued, book.payable), name
            mine = [order for order in orders if order.worker_id == key[0]]
            assert (
                sum(order.amount for order in mine if order.state in {"created", "sent", "unknown"}) == book.under_way
            )
            assert sum(order.amount for order in mine if order.state == "paid") == book.paid
            assert book.accrued + book.payable + book.under_way + book.paid == book.earned

    @invariant()
    def the_rail_never_pays_more_than_was_released_and_no_order_twice(self) -> None:
        with transaction():
            states = {order.idempotency_key: order for order in self._orders()}
            transfers = session().query(SandboxTransfer).all()
        assert {one.idempotency_key for one in transfers} <= set(states)
        moved: dict[int, int] = defaultdict(int)
        for one in transfers:
            order = states[one.idempotency_key]
            assert (one.amount, one.currency) == (order.amount, order.currency)
            moved[order.worker_id] += one.amount if order.state != "failed" else 0
        for name in self.books:
            released = sum(run.slips[name] for run in self.runs if name in run.released)
            # A worker may owe: what was paid before a correction was earned then.
            owed = sum(min(0, run.slips[name]) for run in self.runs if name in run.released)
            assert moved[self.workers[name].id] <= released - owed

    # The model

    def _count(self, worker: str, amount: int) -> None:
        self.today[worker] += amount
        self.worked.add(worker)

    def _prepare_all(self) -> None:
        """What takes back more than it gives comes first, then the older days."""
        for worker in WORKERS:
            waiting = [
                run for run in self.runs
                if run.state == "released" and worker in set(run.slips) - run.released - run.held
            ]  # fmt: skip
            for run in sorted(waiting, key=lambda one: (one.slips[worker] >= 0, one.name)):
                self._prepare(run, worker)

    def _prepare(self, run: DayRun, worker: str) -> None:
        book, net = self.books[worker], run.slips[worker]
        run.released.add(worker)
        book.accrued -= net
        book.payable += net
        sent = max(0, book.payable) // STEP[book.currency] * STEP[book.currency]
        if sent and sent >= round(MINIMUM * FACTOR[book.currency]):
            self._reserve((run.name, worker, 1), sent)
            self.taken.update(self._failed(worker))

    def _reserve(self, key: Key, amount: int) -> None:
        book = self.books[key[1]]
        book.payable -= amount
        book.under_way += amount
        self.orders[key] = (amount, "created")

    def _failed(self, worker: str) -> list[Key]:
        """Return the orders of a worker whose money came back and has left with no other one."""
        return sorted(
            key for key, (_, state) in self.orders.items()
            if key[1] == worker and state == "failed" and key not in self.taken
        )  # fmt: skip

    def _hear(self) -> None:
        """Take over what became of the orders; an end is an end, and the amount is the model's."""
        with transaction():
            names = {worker.id: name for name, worker in self.workers.items()}
            told = {(f"M-{one.pay_day}", names[one.worker_id], one.number): one for one in self._orders()}
        assert set(told) == set(self.orders)
        for key, order in told.items():
            amount, before = self.orders[key]
            assert order.amount == amount
            assert before not in {"paid", "failed"} or order.state == before
            if before not in {"paid", "failed"} and order.state in {"paid", "failed"}:
                book = self.books[key[1]]
                book.under_way -= amount
                book.paid += amount if order.state == "paid" else 0
                book.payable += amount if order.state == "failed" else 0
            self.orders[key] = (amount, order.state)

    def _let_everything_end(self) -> None:
        """In the end everything is heard of, and the rail and the orders say the same."""
        self._prepare_all()
        rail = SandboxRail(SandboxPolicy(declined=Decimal("0.3")))
        send(rail, now=lambda: self.clock)
        self.clock += timedelta(days=1)
        poll(rail, now=lambda: self.clock)
        self._hear()
        self.every_micro_is_where_the_model_says()
        assert {state for _, state in self.orders.values()} <= {"paid", "failed"}
        with transaction():
            assert {order.idempotency_key for order in self._orders()} == {
                one.idempotency_key for one in session().query(SandboxTransfer)
            }

    # Reads

    def _noon(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)

    def _piece(self, source: str) -> tuple[Submission, PayGroup]:
        return session().query(Submission).filter_by(source=source).one(), session().get_one(PayGroup, self.group_id)

    def _orders(self) -> list[Any]:
        return session().query(Order).populate_existing().all()


def test_money_is_where_it_must_be_whatever_happens(context: Flask) -> None:
    machine = type("MoneyOfThisTest", (Money,), {"app": context})
    run_state_machine_as_test(machine, settings=settings(max_examples=28, stateful_step_count=14))


def test_a_third_of_a_cent_a_day_is_paid_as_a_cent_on_the_third_day(context: Flask) -> None:
    with transaction():
        group, project = make_group("M", currency="USD", timezone="UTC"), make_project()
        worker = make_worker(group, "ANN")
    sent = []
    for offset in range(6):
        day = DAY + timedelta(days=offset)
        with transaction():
            make_work(project, worker, rate="0.004", at=datetime.combine(day, time(12), UTC))
        now = datetime.combine(day + timedelta(days=1), time(12), UTC)
        close_day(SYSTEM, "M", day, now=now)
        with transaction():
            approve(finance(1), f"M-{day}", now=now)
        release_run(finance(2), f"M-{day}", rail="sandbox", now=now)
        sent.append(send(SandboxRail(SandboxPolicy()), now=lambda now=now: now).paid)  # type: ignore[misc]
    with transaction():
        amounts = [amount for (amount,) in rows("SELECT amount FROM payout_order ORDER BY id")]
        left = -balances_of("payable", [worker.id])[worker.id, "USD"]
        assert problems() == []
    assert sent == [0, 0, 1, 0, 1, 0]
    assert amounts == [10_000, 10_000]
    assert left == 6 * 4_000 - 20_000
