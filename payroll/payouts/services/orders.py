"""How an order comes to be: out of a worker's balance, under the lock of the worker, whoever asked for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, update

from payroll.ledger.rules import Line
from payroll.ledger.services import Draft, party, post
from payroll.payouts.models import Order
from payroll.payouts.rules import BACK, idempotency_key, order_source
from workforce.core.db import session
from workforce.workers.models import Worker


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to be made.

    Attributes:
        run: name of the run that it belongs to.
        worker: external id.
        amount: micros, to be reserved from what is payable.
        number: 1 for what the run's release makes.
        resends_id: the failed order whose amount alone it sends again; None for a whole balance.

    """

    run: str
    group_id: int
    pay_day: date
    worker_id: int
    worker: str
    currency: str
    amount: int
    number: int = 1
    resends_id: int | None = None


def lock_workers(worker_ids: Sequence[int]) -> None:
    """Hold workers until the end of the transaction, in the order of their ids, as everybody does.

    Whoever changes what is payable to a worker holds them; nobody takes a run or a worker after an order.
    """
    query = select(Worker.id).where(Worker.id.in_(worker_ids)).order_by(Worker.id)
    session().execute(query.with_for_update(key_share=True)).all()


def make_orders(orders: Sequence[NewOrder], rail: str, now: datetime) -> list[int]:
    """Make orders and reserve their amounts; the caller holds the workers, and has read their balances since.

    Returns:
        the numbers of the orders, in the same order.

    """
    if not orders:
        return []
    clearing = party(rail)
    drafts = [
        Draft(
            order_source(one.run, one.worker, one.number), "order", one.group_id, one.pay_day,
            [Line("payable", one.worker_id, one.currency, one.amount),
             Line("clearing", clearing, one.currency, -one.amount)],
        )
        for one in orders
    ]  # fmt: skip
    values = [
        {"group_id": one.group_id, "pay_day": one.pay_day, "worker_id": one.worker_id, "number": one.number,
         "resends_id": one.resends_id, "currency": one.currency, "amount": one.amount, "rail": rail,
         "state": "created", "idempotency_key": idempotency_key(one.run, one.worker, one.number), "entry_id": entry,
         "created_at": now}
        for one, entry in zip(orders, post(drafts, now=now), strict=True)
    ]  # fmt: skip
    made = session().scalars(insert(Order).returning(Order.id, sort_by_parameter_order=True), values)
    return list(made)


def take_along(order_ids: Sequence[int], orders: Sequence[NewOrder]) -> None:
    """Write down which failed orders' money new orders of whole balances took along."""
    if not orders:
        return
    back = select(Order.id, Order.worker_id, Order.currency).where(
        Order.state.in_(BACK), Order.taken_by.is_(None), Order.worker_id.in_([one.worker_id for one in orders])
    )
    by = {(one.worker_id, one.currency): key for key, one in zip(order_ids, orders, strict=True)}
    for failed, worker_id, currency in session().execute(back).all():
        if (worker_id, currency) in by:
            session().execute(update(Order).where(Order.id == failed).values(taken_by=by[worker_id, currency]))
