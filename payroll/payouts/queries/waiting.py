"""Reads on what a person may have to see to: orders without an answer or failed, and balances that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, or_, select

from payroll.closing.models import RunTotal
from payroll.closing.queries import find_run
from payroll.closing.rules import run_name
from payroll.ledger.queries import balances_of
from payroll.payouts.models import Order, PayoutRequest
from payroll.payouts.queries.slips import OrderRow
from payroll.payouts.rules import BACK, WAITING_DAYS, order_name, parse_order_name
from workforce.core.db import rows, session
from workforce.core.errors import NotFound
from workforce.core.money import minor_step
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker
from workforce.workers.queries import worker_by_external_id

TROUBLE_SHOWN: Final = 200
WAITING_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Trouble(OrderRow):
    """An order that a person may have to look at.

    Attributes:
        taken: the order that took its money along after it failed, empty where it waits in the balance.
        asked: does a request to send it again wait for a second person?

    """

    taken: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A balance that waits; the amount in micros.

    Attributes:
        worker_id: number of the worker.
        worker: external id.
        group: code of the worker's pay group.
        reason: currency (it is not the worker's pay currency) or days (it has waited for WAITING_DAYS).
        since: when the oldest part of it became payable.
        asked: does a request to send it wait for a second person?

    """

    worker_id: int
    worker: str
    group: str
    currency: str
    amount: int
    reason: str
    since: datetime
    asked: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with its worker's external id, and the names of the orders that it is about and that it made."""

    request: PayoutRequest
    worker: str
    order: str
    made: str


def troubled(since: date) -> list[Trouble]:
    """Return the orders that a person may have to look at, those without an answer first, TROUBLE_SHOWN at most.

    Args:
        since: failed orders of the days before it are left out, unless their money waits in the balance.

    """
    waits = Order.state.in_(BACK) & Order.taken_by.is_(None)
    wanted = or_(Order.state == "unknown", waits, Order.state.in_(BACK) & (Order.pay_day >= since))
    order = (Order.state != "unknown", Order.taken_by.is_not(None), Order.id)
    return _troubles(_orders().where(wanted).order_by(*order).limit(TROUBLE_SHOWN))


def failed_orders() -> list[Trouble]:
    """Return the failed orders whose money waits in a balance, the oldest first, WAITING_SHOWN at most."""
    query = _orders().where(Order.state.in_(BACK), Order.taken_by.is_(None))
    return _troubles(query.order_by(Order.id).limit(WAITING_SHOWN))


def _orders() -> Select[Order, str, str]:
    return (
        select(Order, PayGroup.code, Worker.external_id)
        .join(PayGroup, PayGroup.id == Order.group_id)
        .join(Worker, Worker.id == Order.worker_id)
    )


def _troubles(query: Select[Order, str, str]) -> list[Trouble]:
    found = session().execute(query).all()
    names = names_of([order.taken_by for order, *_ in found if order.taken_by])
    asked = select(PayoutRequest.order_id).where(
        PayoutRequest.state == "proposed", PayoutRequest.order_id.in_([order.id for order, *_ in found])
    )
    open_ones = set(session().scalars(asked))
    return [
        Trouble(
            order, run_name(code, order.pay_day), worker, (), names.get(order.taken_by or 0, ""), order.id in open_ones
        )
        for order, code, worker in found
    ]  # fmt: skip


def names_of(order_ids: Sequence[int]) -> dict[int, str]:
    """Return the names of orders by their number."""
    query = _orders().where(Order.id.in_(order_ids))
    return {
        order.id: order_name(run_name(code, order.pay_day), worker, order.number)
        for order, code, worker in session().execute(query)
    }


def find_order(text: str) -> Order:
    """Return an order by its name, its number in the database, or the rail's reference.

    Raises:
        NotFound: there is none, or several have this reference.

    """
    named = parse_order_name(text)
    if named is not None:
        run, group = find_run(named[0])
        worker = worker_by_external_id(named[1])
        where = (Order.group_id == group.id, Order.pay_day == run.pay_day, Order.worker_id == worker.id)
        query = select(Order).where(*where, Order.number == named[2])
    elif text.isascii() and text.isdecimal() and len(text) <= 18:
        query = select(Order).where(Order.id == int(text))
    else:
        query = select(Order).where(Order.reference == text, Order.reference != "")
    found = session().scalars(query.limit(2)).all()
    if len(found) != 1:
        raise NotFound(thing="order", name=text)
    return found[0]


_BALANCES: Final = """
    SELECT worker.id, worker.external_id, pay_group.code, stands.currency, stands.amount,
           CASE WHEN worker.currency = stands.currency THEN 'days' ELSE 'currency' END AS reason, oldest.since,
           EXISTS (SELECT FROM payout_request asked
                    WHERE asked.worker_id = worker.id AND asked.currency = stands.currency
                      AND asked.order_id IS NULL AND asked.state = 'proposed')
      FROM (SELECT party_id, currency, -sum(amount)::bigint AS amount FROM posting
             WHERE account = 'payable' AND (CAST(:worker AS bigint) IS NULL OR party_id = :worker)
               AND (CAST(:currency AS text) IS NULL OR currency = :currency)
             GROUP BY party_id, currency HAVING -sum(amount) > 0) stands
      JOIN unnest(CAST(:currencies AS text[]), CAST(:steps AS bigint[])) AS least (currency, step)
        ON least.currency = stands.currency AND stands.amount >= least.step
      JOIN worker ON worker.id = stands.party_id
      JOIN pay_group ON pay_group.id = worker.group_id
     CROSS JOIN LATERAL (
            SELECT min(entry.posted_at) AS since
              FROM posting
              JOIN ledger_entry entry ON entry.id = posting.entry_id
             WHERE posting.party_id = worker.id AND posting.account = 'payable'
               AND posting.currency = stands.currency AND posting.amount < 0
               AND posting.entry_id > (
                     SELECT COALESCE(max(entry_id), 0) FROM payout_order whole
                      WHERE whole.worker_id = worker.id AND whole.currency = stands.currency
                        AND whole.resends_id IS NULL AND whole.state NOT IN ('failed', 'returned'))) oldest
     WHERE oldest.since IS NOT NULL
       AND (worker.currency <> stands.currency OR oldest.since <= :before)
       AND (worker.currency <> stands.currency OR NOT EXISTS (
             SELECT FROM payout_order back
              WHERE back.worker_id = worker.id AND back.currency = stands.currency
                AND back.state IN ('failed', 'returned') AND back.taken_by IS NULL))
     ORDER BY worker.currency = stands.currency, oldest.since, worker.id
     LIMIT :limit
"""


def waiting_balances(now: datetime, *, worker_id: int | None = None, currency: str | None = None) -> list[Waiting]:
    """Return the balances that no pay day takes along by itself, those in another currency first, the oldest first.

    They are in a currency that is not the worker's any more, or have waited for WAITING_DAYS, as a balance below the
    minimum payout does when its worker earns nothing more. What came back from a failed order is among `failed_orders`.
    WAITING_SHOWN at most.

    Args:
        now: the instant.
        worker_id: of one worker only.
        currency: in one currency only.

    """
    known = list(session().scalars(select(RunTotal.currency).distinct()))
    found = rows(
        _BALANCES, worker=worker_id, currency=currency, currencies=known, steps=[minor_step(one) for one in known],
        before=now - timedelta(days=WAITING_DAYS), limit=WAITING_SHOWN,
    )  # fmt: skip
    return [Waiting(*row) for row in found]


def open_requests() -> list[RequestRow]:
    """Return the requests that wait for a second person, the oldest first, WAITING_SHOWN at most."""
    query = select(PayoutRequest).where(PayoutRequest.state == "proposed")
    return request_rows(session().scalars(query.order_by(PayoutRequest.id).limit(WAITING_SHOWN)).all())


def payable(balances: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return what is payable in some workers' currencies now, in micros."""
    found = balances_of("payable", [worker for worker, _ in balances])
    return {key: -found.get(key, 0) for key in balances}


def count_requests(actor_id: int | None) -> int:
    """Return how many requests wait for a decision of somebody: those that they did not propose."""
    query = select(func.count()).where(PayoutRequest.state == "proposed", PayoutRequest.proposed_by != actor_id)
    return session().scalars(query).one()


def request_rows(requests: Sequence[PayoutRequest]) -> list[RequestRow]:
    """Return requests with what people call their workers and orders."""
    names = names_of([key for one in requests for key in (one.order_id, one.made_id) if key])
    query = select(Worker.id, Worker.external_id).where(Worker.id.in_([one.worker_id for one in requests]))
    workers: dict[int, str] = dict(session().execute(query).all())
    return [
        RequestRow(one, workers[one.worker_id], names.get(one.order_id or 0, ""), names.get(one.made_id or 0, ""))
        for one in requests
    ]


def request_of_order(order_id: int) -> PayoutRequest | None:
    """Return the open request to send an order again, if there is one."""
    query = select(PayoutRequest).where(PayoutRequest.order_id == order_id, PayoutRequest.state == "proposed")
    return session().scalar(query)


def request_of_balance(worker_id: int, currency: str) -> PayoutRequest | None:
    """Return the open request to send a whole balance, if there is one."""
    query = select(PayoutRequest).where(
        PayoutRequest.worker_id == worker_id, PayoutRequest.currency == currency,
        PayoutRequest.order_id.is_(None), PayoutRequest.state == "proposed",
    )  # fmt: skip
    return session().scalar(query)


def currencies_back(worker_id: int) -> set[str]:
    """Return the currencies in which a failed payout of a worker waits in the balance."""
    query = select(Order.currency).where(Order.worker_id == worker_id, Order.state.in_(BACK), Order.taken_by.is_(None))
    return set(session().scalars(query))
