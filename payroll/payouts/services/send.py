"""Sending orders, and finding out what became of them.

A try is written down and committed before the rail is called, and the rail is called outside every transaction. Until
its answer is written down the order is unknown; what is unknown is asked for by its key before it is sent again, and
then with the same key. So nothing is paid twice, wherever this is stopped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from sqlalchemy import func, insert, select

from payroll.closing.models import Payslip, Run
from payroll.closing.rules import moved as run_moved
from payroll.closing.rules import run_name
from payroll.ledger.rules import Line
from payroll.ledger.services import Draft, party, post
from payroll.payouts.models import Attempt, Order, PayslipRelease
from payroll.payouts.rails import Rail, RailTimeout, Transfer
from payroll.payouts.rules import TRANSITIONS, Answer, moved
from payroll.payouts.services.orders import lock_workers
from payroll.payouts.services.prepare import prepare_released
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.paydays.models import PayGroup

BATCH: Final = 100
log = structlog.get_logger()


@dataclass
class Counts:
    """What became of the orders that were sent or asked for.

    Attributes:
        sent: orders handed to the rail, whatever it said.
        paid: now paid.
        failed: now declined; the amount is back in the worker's balance.
        unknown: the rail gave no answer; ask again with `daybook payouts poll`.
        waiting: the rail has them and will tell later.

    """

    sent: int = 0
    paid: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0

    def add(self, action: str) -> None:
        """Count an answer."""
        match action:
            case "pay":
                self.paid += 1
            case "fail":
                self.failed += 1
            case "wait":
                self.waiting += 1
            case _:
                self.unknown += 1


@dataclass(frozen=True, slots=True)
class _Try:
    order_id: int
    number: int
    transfer: Transfer


def send(rail: Rail, *, now: Callable[[], datetime]) -> Counts:
    """Make the orders that are still to be made, and send every order that was never tried.

    Takes its own transactions: call it outside one. Two at once each take orders that the other has not.

    Args:
        rail: on which orders are sent.
        now: the clock.

    """
    prepare_released(rail=rail.name, now=now())
    counts = Counts()
    while tries := _begin_new(rail.name, now()):
        _send_all(rail, tries, counts, now)
    _settle_runs(now())
    return counts


def poll(rail: Rail, *, now: Callable[[], datetime]) -> Counts:
    """Ask the rail about every order whose end is not known; send again, under its key, what the rail never took.

    Takes its own transactions: call it outside one.

    Args:
        rail: that is asked.
        now: the clock.

    """
    counts, after = Counts(), 0
    while orders := _open_orders(rail.name, after):
        after = orders[-1][0]
        lost = _ask(rail, orders, counts, now)
        _send_all(rail, _begin_again(lost, now()), counts, now)
    _settle_runs(now())
    return counts


def _begin_new(rail: str, now: datetime) -> list[_Try]:
    with transaction():
        query = select(Order).where(Order.state == "created", Order.rail == rail).order_by(Order.id).limit(BATCH)
        orders = session().scalars(query.with_for_update(skip_locked=True)).all()
        return _begin(orders, now)


def _begin_again(order_ids: Sequence[int], now: datetime) -> list[_Try]:
    if not order_ids:
        return []
    with transaction():
        query = select(Order).where(Order.id.in_(order_ids), Order.state == "unknown").order_by(Order.id)
        return _begin(session().scalars(query.with_for_update(skip_locked=True)).all(), now)


def _begin(orders: Sequence[Order], now: datetime) -> list[_Try]:
    """Write down that orders are being tried, before anybody outside hears of it."""
    if not orders:
        return []
    query = select(Attempt.order_id, func.max(Attempt.number)).where(
        Attempt.order_id.in_([order.id for order in orders])
    )
    numbers: dict[int, int] = dict(session().execute(query.group_by(Attempt.order_id)).all())
    tries = []
    for order in orders:
        order.state = moved(order.state, "try")
        order.sent_at = order.sent_at or now
        transfer = Transfer(order.idempotency_key, order.currency, order.amount)
        tries.append(_Try(order.id, numbers.get(order.id, 0) + 1, transfer))
    session().execute(
        insert(Attempt), [{"order_id": one.order_id, "number": one.number, "started_at": now} for one in tries]
    )
    return tries


def _send_all(rail: Rail, tries: Sequence[_Try], counts: Counts, now: Callable[[], datetime]) -> None:
    answers = []
    for one in tries:
        try:
            answer = rail.send(one.transfer, now())
        except RailTimeout:
            answer = Answer("")
        answers.append((one.order_id, answer))
        counts.sent += 1
        counts.add(answer.action)
    _write_down(answers, now(), {one.order_id: one.number for one in tries})


def _open_orders(rail: str, after: int) -> list[tuple[int, str, str]]:
    with transaction():
        query = (
            select(Order.id, Order.idempotency_key, Order.state)
            .where(Order.state.in_(["sent", "unknown"]), Order.rail == rail, Order.id > after)
            .order_by(Order.id)
            .limit(BATCH)
        )
        return [(order_id, key, state) for order_id, key, state in session().execute(query)]


def _ask(rail: Rail, orders: Sequence[tuple[int, str, str]], counts: Counts, now: Callable[[], datetime]) -> list[int]:
    """Ask about orders and write the answers down; give those that the rail never took."""
    answers, lost = [], []
    for order_id, key, state in orders:
        try:
            answer = rail.find(key, now())
        except RailTimeout:
            answer = Answer("")
        if answer is None and state == "unknown":
            lost.append(order_id)
            continue
        if answer is None:
            log.error("the rail does not know an order that it took", order=order_id)
        answers.append((order_id, answer or Answer("")))
        counts.add(answers[-1][1].action)
    _write_down(answers, now(), {})
    return lost


def _write_down(answers: Sequence[tuple[int, Answer]], now: datetime, numbers: dict[int, int]) -> None:
    """Write answers down: the try, the order's state, and the ledger, in one transaction."""
    if not answers:
        return
    told = dict(answers)
    with transaction():
        failed = [key for key, answer in told.items() if answer.action == "fail"]
        if failed:  # what comes back changes what is payable
            lock_workers(session().scalars(select(Order.worker_id).where(Order.id.in_(failed))).all())
        query = select(Order).where(Order.id.in_(told)).order_by(Order.id).with_for_update()
        orders = session().scalars(query, execution_options={"populate_existing": True}).all()
        _close_attempts(told, numbers, now)
        ended = [order for order in orders if _apply(order, told[order.id], now) and order.settled_at]
        rails = {name: party(name) for name in sorted({order.rail for order in ended})}
        post([_draft(order, rails[order.rail]) for order in ended], now=now)


def _close_attempts(told: dict[int, Answer], numbers: dict[int, int], now: datetime) -> None:
    query = select(Attempt).where(Attempt.order_id.in_(told), Attempt.ended_at.is_(None))
    words = {"pay": "paid", "fail": "failed", "wait": "waiting"}
    for attempt in session().scalars(query):
        answer = told[attempt.order_id]
        # What another process is trying just now is its own to close, unless the rail has given an answer.
        if answer.action or numbers.get(attempt.order_id) == attempt.number:
            attempt.ended_at, attempt.outcome = now, words.get(answer.action, "timeout")


def _apply(order: Order, answer: Answer, now: datetime) -> bool:
    """Move an order by an answer; False where it says nothing new."""
    if not answer.action or (order.state, answer.action) not in TRANSITIONS:
        said_before = {("paid", "pay"), ("failed", "fail"), ("sent", "wait"), ("paid", "wait"), ("failed", "wait")}
        if answer.action and (order.state, answer.action) not in said_before:
            log.error("the rail contradicts itself", order=order.id, state=order.state, says=answer.action)
        return False
    order.state = moved(order.state, answer.action)
    order.reference, order.failure = answer.reference, answer.failure
    if order.state in {"paid", "failed"}:
        order.settled_at = now
    return True


def _draft(order: Order, rail: int) -> Draft:
    """What an end does to the books: money leaves the rail's funds, or returns to the worker's balance."""
    account, number, kind = (
        ("funds", rail, "settlement") if order.state == "paid" else ("payable", order.worker_id, "failure")
    )
    lines = [Line("clearing", rail, order.currency, order.amount), Line(account, number, order.currency, -order.amount)]
    return Draft(f"{kind}:{order.idempotency_key}", kind, order.group_id, order.pay_day, lines)


def _settle_runs(now: datetime) -> None:
    """Settle released runs of which nothing is left to be released, sent or heard of."""
    with transaction():
        slip_released = select(PayslipRelease).where(
            PayslipRelease.group_id == Payslip.group_id, PayslipRelease.pay_day == Payslip.pay_day,
            PayslipRelease.worker_id == Payslip.worker_id,
        )  # fmt: skip
        unreleased = select(Payslip).where(
            Payslip.group_id == Run.group_id, Payslip.pay_day == Run.pay_day, ~slip_released.exists()
        )
        under_way = select(Order).where(
            Order.group_id == Run.group_id,
            Order.pay_day == Run.pay_day,
            Order.state.in_(["created", "sent", "unknown"]),
        )
        query = (
            select(Run, PayGroup.code)
            .join(PayGroup, PayGroup.id == Run.group_id)
            .where(Run.state == "released", ~unreleased.exists(), ~under_way.exists())
            .with_for_update(of=Run, skip_locked=True)
        )
        for run, code in session().execute(query):
            name = run_name(code, run.pay_day)
            run.state, run.settled_at = run_moved(name, run.state, "settle"), now
            audit.record(SYSTEM, "run.settle", f"run:{name}", after={"state": run.state}, now=now)
