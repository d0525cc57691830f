"""Sending orders, and finding out what became of them.

A try is written down and committed before the rail is called, and the rail is called outside every transaction. Until
its answer is written down the order is unknown; what is unknown is asked for by its key before it is sent again, and
then with the same key. So nothing is paid twice, wherever this is stopped. Tries and answers are written down for a
batch of orders at once; where that fails, for each half of it, down to the single order that is left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from sqlalchemy import func, insert, or_, select

from payroll.ledger.rules import Line
from payroll.ledger.services import Draft, party, post
from payroll.payouts.models import Attempt, Order
from payroll.payouts.rails import Rail, RailTimeout, Transfer
from payroll.payouts.rules import TRANSITIONS, Answer, ask_pause, moved
from payroll.payouts.services.orders import lock_workers
from payroll.payouts.services.prepare import prepare_released
from payroll.payouts.services.settle import settle_runs
from workforce.core.db import session, transaction
from workforce.core.sweep import Sweep, words

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
        sweep: what went wrong with single orders and runs; the others went on.

    """

    sent: int = 0
    paid: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    sweep: Sweep = field(default_factory=Sweep, compare=False)

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

    Takes its own transactions: call it outside one. Two at once each take orders that the other has not. What goes
    wrong with one order or run is written down and counted, and the others go on.

    Args:
        rail: on which orders are sent.
        now: the clock.

    """
    counts = Counts()
    with counts.sweep.item("orders"):  # what was prepared is sent all the same
        prepare_released(rail=rail.name, now=now())
    for order_ids in counts.sweep.pages("order", partial(_created, rail.name), size=BATCH):
        _send_all(rail, order_ids, "created", counts, now)
        counts.sweep.done = counts.sent
    settle_runs(counts.sweep, now())
    return counts


def poll(rail: Rail, *, now: Callable[[], datetime], due: bool = False) -> Counts:
    """Ask the rail about every order whose end is not known; send again, under its key, what the rail never took.

    Takes its own transactions: call it outside one. What goes wrong with one order is written down and counted, and the
    others go on; the order stays as it is.

    Args:
        rail: that is asked.
        now: the clock.
        due: leave out the orders that were asked about a while ago; see `ask_pause`.

    """
    counts = Counts()
    for order_ids in counts.sweep.pages("order", partial(_open, rail.name, now() if due else None), size=BATCH):
        lost = _ask(rail, order_ids, counts, now)
        _send_all(rail, lost, "unknown", counts, now)
        counts.sweep.done = counts.paid + counts.failed
    settle_runs(counts.sweep, now())
    return counts


def _created(rail: str, after: int, limit: int) -> Sequence[int]:
    query = select(Order.id).where(Order.state == "created", Order.rail == rail, Order.id > after)
    return session().scalars(query.order_by(Order.id).limit(limit)).all()


def _open(rail: str, due: datetime | None, after: int, limit: int) -> Sequence[int]:
    query = select(Order.id).where(Order.state.in_(["sent", "unknown"]), Order.rail == rail, Order.id > after)
    if due is not None:
        query = query.where(or_(Order.ask_at.is_(None), Order.ask_at <= due))
    return session().scalars(query.order_by(Order.id).limit(limit)).all()


def _begin(state: str, now: datetime, order_ids: Sequence[int]) -> list[_Try]:
    """Write down that orders are being tried, before anybody outside hears of it.

    Args:
        state: that they are in, as the caller saw it: created, or unknown where the rail never took them.
        now: the instant.
        order_ids: of the orders; those that another process has moved or holds are passed over.

    """
    held = select(Order).where(Order.id.in_(order_ids), Order.state == state).order_by(Order.id)
    orders = session().scalars(held.with_for_update(skip_locked=True)).all()
    if not orders:
        return []
    query = select(Attempt.order_id, func.max(Attempt.number)).where(
        Attempt.order_id.in_([order.id for order in orders])
    )
    numbers: dict[int, int] = dict(session().execute(query.group_by(Attempt.order_id)).all())
    tries = []
    for order in orders:
        if state == "unknown":  # the rail was asked just now, and did not know it
            order.asked += 1
        order.state = moved(order.state, "try")
        order.sent_at, order.ask_at = order.sent_at or now, now + ask_pause(order.asked)
        transfer = Transfer(order.idempotency_key, order.currency, order.amount)
        tries.append(_Try(order.id, numbers.get(order.id, 0) + 1, transfer))
    session().execute(
        insert(Attempt), [{"order_id": one.order_id, "number": one.number, "started_at": now} for one in tries]
    )
    return tries


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a call to the rail brought: its answer, one without an action where none came; or what went wrong."""

    answer: Answer | None
    error: str = ""


def _call(order_id: int, call: Callable[[], Answer | None], counts: Counts) -> _Heard:
    """Call the rail about one order. Whatever it raises concerns this order alone, whose end is not known then."""
    with counts.sweep.item(f"order {order_id}"):
        try:
            return _Heard(call())
        except RailTimeout:
            return _Heard(Answer(""))
    return _Heard(Answer(""), words(counts.sweep.failed[f"order {order_id}"]))


def _send_all(rail: Rail, order_ids: Sequence[int], state: str, counts: Counts, now: Callable[[], datetime]) -> None:
    """Send orders that are in a state, and write the answers down."""
    tries = [one for begun in counts.sweep.chunk("order", order_ids, partial(_begin, state, now())) for one in begun]
    told: dict[int, _Heard] = {}
    for one in tries:
        told[one.order_id] = _call(one.order_id, partial(rail.send, one.transfer, now()), counts)
        counts.sent += 1
    _write_down(told, now(), {one.order_id: one.number for one in tries}, counts)


def _ask(rail: Rail, order_ids: Sequence[int], counts: Counts, now: Callable[[], datetime]) -> list[int]:
    """Ask about orders and write the answers down; return those that the rail never took."""
    with transaction():
        query = select(Order.id, Order.idempotency_key, Order.state).where(Order.id.in_(order_ids)).order_by(Order.id)
        orders = session().execute(query).all()
    told: dict[int, _Heard] = {}
    lost = []
    for order_id, key, state in orders:
        heard = _call(order_id, partial(rail.find, key, now()), counts)
        if heard.answer is None and state == "unknown":
            lost.append(order_id)
            continue
        if heard.answer is None:
            log.error("the rail does not know an order that it took", order=order_id)
        told[order_id] = heard
    _write_down(told, now(), {}, counts)
    return lost


def _write_down(told: dict[int, _Heard], now: datetime, numbers: dict[int, int], counts: Counts) -> None:
    """Write down and count what was heard of orders; of one whose answer cannot be written down, that it cannot."""

    def write(order_ids: Sequence[int]) -> Sequence[int]:
        _write({order_id: told[order_id] for order_id in order_ids}, now, numbers)
        return order_ids

    written = set[int]().union(*counts.sweep.chunk("order", sorted(told), write))
    for order_id, heard in told.items():
        counts.add(heard.answer.action if heard.answer and order_id in written else "")
    for order_id in sorted(told.keys() - written):
        name = f"order {order_id}"
        with counts.sweep.item(name), transaction():
            _write({order_id: _Heard(Answer(""), words(counts.sweep.failed[name]))}, now, numbers)


def _write(told: dict[int, _Heard], now: datetime, numbers: dict[int, int]) -> None:
    """Write answers down: the try, the order's state, and the ledger."""
    answers = {key: heard.answer or Answer("") for key, heard in told.items()}
    failed = [key for key, answer in answers.items() if answer.action == "fail"]
    if failed:  # what comes back changes what is payable
        lock_workers(session().scalars(select(Order.worker_id).where(Order.id.in_(failed))).all())
    query = select(Order).where(Order.id.in_(told)).order_by(Order.id).with_for_update()
    orders = session().scalars(query, execution_options={"populate_existing": True}).all()
    _close_attempts(told, answers, numbers, now)
    for order in orders:
        if order.id not in numbers:
            order.asked += 1
        order.error, order.ask_at = told[order.id].error, now + ask_pause(order.asked)
    ended = [order for order in orders if _apply(order, answers[order.id], now) and order.settled_at]
    rails = {name: party(name) for name in sorted({order.rail for order in ended})}
    post([_draft(order, rails[order.rail]) for order in ended], now=now)


def _close_attempts(
    told: dict[int, _Heard], answers: dict[int, Answer], numbers: dict[int, int], now: datetime
) -> None:
    query = select(Attempt).where(Attempt.order_id.in_(told), Attempt.ended_at.is_(None))
    words = {"pay": "paid", "fail": "failed", "wait": "waiting"}
    for attempt in session().scalars(query):
        answer, error = answers[attempt.order_id], told[attempt.order_id].error
        # What another process is trying just now is its own to close, unless the rail has given an answer.
        if answer.action or numbers.get(attempt.order_id) == attempt.number:
            attempt.ended_at, attempt.error = now, error
            attempt.outcome = words.get(answer.action, "error" if error else "timeout")


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
