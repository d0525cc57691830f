"""Sending again what waits in a balance: one person of finance proposes it with a reason, another one approves it.

The balance is the truth: a failed order's money is back in it, or has left with a later order. Everything here holds
the worker, as the making of orders does, so that what is read of the balance stays true until the order is made.
"""

from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select

from i18n.locale import N_
from payroll.closing.models import Payslip
from payroll.closing.rules import run_name
from payroll.ledger.queries import balances_of
from payroll.payouts.models import Order, PayoutRequest, PayslipRelease
from payroll.payouts.queries import names_of, request_of_balance, request_of_order, waiting_balances
from payroll.payouts.rules import BACK, REQUEST_TRANSITIONS, WAITING_DAYS, resendable
from payroll.payouts.services.orders import NewOrder, lock_workers, make_orders, take_along
from payroll.payouts.services.prepare import SENDING
from workforce.core import audit
from workforce.core.auth import Actor
from workforce.core.db import session
from workforce.core.errors import DaybookError, Forbidden, Invalid, NotFound
from workforce.core.money import Money
from workforce.core.scheduler import wake
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker
from workforce.workers.queries import is_own

LONGEST_REASON: Final = 1_000


class SecondPerson(DaybookError):
    code = "second_person"
    status = 403
    template = N_("You proposed this payout, so another person in finance has to decide on it.")


class OwnMoney(DaybookError):
    code = "own_money"
    status = 403
    template = N_("This money is your own, so two other people have to send it.")


class Decided(DaybookError):
    code = "decided"
    template = N_("This request is %(state)s already.")


class AskedAlready(DaybookError):
    code = "asked_already"
    template = N_("Somebody proposed this already. It waits for a second person.")


class NotFailed(DaybookError):
    code = "not_failed"
    template = N_("Payout %(order)s is %(state)s. Only a payout that failed can be sent again.")


class TakenAlready(DaybookError):
    code = "taken_already"
    template = N_("The money of %(order)s left with %(taken)s, so there is nothing to send again.")


class TakenAndFailed(DaybookError):
    code = "taken_and_failed"
    template = N_("The money of %(order)s left with %(taken)s, which failed as well. Send %(taken)s again instead.")


class NothingToSend(DaybookError):
    code = "nothing_to_send"
    template = N_("%(worker)s has no %(currency)s in the balance that could be sent.")


class NotWaiting(DaybookError):
    code = "not_waiting"
    template = N_(
        "The %(currency)s balance of %(worker)s goes with their next pay. It can be sent by hand when it has waited for"
        " %(days)s days, or when %(currency)s is not their pay currency any more."
    )


def propose_order(actor: Actor, order_id: int, *, reason: str, now: datetime) -> PayoutRequest:
    """Propose to send the money of a failed order again.

    Args:
        actor: a person with payroll:payouts:propose.
        order_id: of the order.
        reason: why it will arrive this time; kept with the request.
        now: the instant.

    Raises:
        Forbidden, OwnMoney: this actor may not.
        NotFound: there is no such order.
        Invalid: no reason is given.
        AskedAlready, NotFailed, TakenAlready, TakenAndFailed, NothingToSend: it cannot be sent again.

    """
    words = _allowed(actor, "payroll:payouts:propose", reason)
    order = session().get(Order, order_id)
    if order is None:
        raise NotFound(thing="order", name=order_id)
    worker = _held_worker(actor, order.worker_id)
    if request_of_order(order.id) is not None:
        raise AskedAlready
    _of_order(order.id, worker)
    return _propose(actor, PayoutRequest(worker_id=worker.id, currency=order.currency, order_id=order.id), words, now)


def propose_balance(actor: Actor, worker_id: int, currency: str, *, reason: str, now: datetime) -> PayoutRequest:
    """Propose to send a whole balance that no pay day takes along, whatever the minimum payout is.

    Args:
        actor: a person with payroll:payouts:propose.
        worker_id: whose balance.
        currency: of it.
        reason: why; kept with the request.
        now: the instant.

    Raises:
        Forbidden, OwnMoney: this actor may not.
        NotFound: there is no such worker.
        Invalid: no reason is given.
        AskedAlready, NotWaiting, NothingToSend: it cannot be sent by hand.

    """
    words = _allowed(actor, "payroll:payouts:propose", reason)
    worker = _held_worker(actor, worker_id)
    if request_of_balance(worker.id, currency) is not None:
        raise AskedAlready
    _of_balance(worker, currency, now)
    return _propose(actor, PayoutRequest(worker_id=worker.id, currency=currency), words, now)


def approve_request(actor: Actor, request_id: int, *, rail: str, now: datetime) -> PayoutRequest:
    """Approve a request as the second person: its order is made, and the job sends it at once.

    Args:
        actor: a person with payroll:payouts:approve, another one than who proposed it.
        request_id: of the request.
        rail: that the order will take.
        now: the instant.

    Raises:
        Forbidden, SecondPerson, OwnMoney: this actor may not.
        NotFound: there is no such request.
        Decided: somebody was faster.
        NotFailed, TakenAlready, TakenAndFailed, NotWaiting, NothingToSend: it cannot be sent any more.

    """
    _allowed(actor, "payroll:payouts:approve")
    request = _held_request(request_id)
    worker = _held_worker(actor, request.worker_id)
    if actor.id == request.proposed_by:
        raise SecondPerson
    state = _moved(request, "approve")
    if request.order_id is None:
        new = _of_balance(worker, request.currency, now)
        (made,) = make_orders([new], rail, now)
        take_along([made], [new])
    else:
        new = _of_order(request.order_id, worker)
        (made,) = make_orders([new], rail, now)
        session().get_one(Order, request.order_id).taken_by = made
    request.state, request.decided_by, request.decided_at, request.made_id = state, actor.id, now, made
    session().flush()
    after = {"state": state, "order": names_of([made])[made], "amount": new.amount, "currency": new.currency}
    audit.record(actor, "payout.approve", f"payout-request:{request.id}", after=after, reason=request.reason, now=now)
    wake(SENDING)
    return request


def refuse_request(actor: Actor, request_id: int, *, reason: str, now: datetime) -> PayoutRequest:
    """Refuse a request as the second person, or take one's own back. The money stays in the balance.

    Args:
        actor: a person with payroll:payouts:approve, or who proposed it.
        request_id: of the request.
        reason: why; whoever takes their own request back needs none.
        now: the instant.

    Raises:
        Forbidden, OwnMoney: this actor may not.
        NotFound: there is no such request.
        Decided: somebody was faster.
        Invalid: it is refused without a reason.

    """
    request = _held_request(request_id)
    own = actor.id is not None and actor.id == request.proposed_by
    words = reason.strip()
    if not own:
        words = _allowed(actor, "payroll:payouts:approve", reason)
        _held_worker(actor, request.worker_id)
        request.decided_by, request.decided_at, request.decision = actor.id, now, words
    action = "withdraw" if own else "refuse"
    request.state = _moved(request, action)
    session().flush()
    target = f"payout-request:{request.id}"
    audit.record(actor, f"payout.{action}", target, after={"state": request.state}, reason=words, now=now)
    return request


def _propose(actor: Actor, request: PayoutRequest, reason: str, now: datetime) -> PayoutRequest:
    request.reason, request.proposed_by, request.proposed_at = reason, actor.id or 0, now
    session().add(request)
    session().flush()
    after = {"worker_id": request.worker_id, "currency": request.currency, "order_id": request.order_id}
    audit.record(actor, "payout.propose", f"payout-request:{request.id}", after=after, reason=reason, now=now)
    return request


def _allowed(actor: Actor, permission: str, reason: str | None = None) -> str:
    """Refuse who may not do this, and who gives no reason where one is needed; return the reason."""
    if actor.id is None:
        raise Forbidden(permission=permission)
    actor.must(permission)
    if reason is None:
        return ""
    if not reason.strip():
        raise Invalid(field="reason", problem="say why; it is kept with the payout")
    if len(reason) > LONGEST_REASON:
        raise Invalid(field="reason", problem=f"must have at most {LONGEST_REASON} characters")
    return reason.strip()


def _held_request(request_id: int) -> PayoutRequest:
    found = session().get(PayoutRequest, request_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(thing="request", name=request_id)
    return found


def _held_worker(actor: Actor, worker_id: int) -> Worker:
    lock_workers([worker_id])
    worker = session().get(Worker, worker_id, populate_existing=True)
    if worker is None:
        raise NotFound(thing="worker", name=worker_id)
    if is_own(actor, worker):
        raise OwnMoney
    return worker


def _moved(request: PayoutRequest, action: str) -> str:
    if (request.state, action) not in REQUEST_TRANSITIONS:
        raise Decided(state=request.state)
    return REQUEST_TRANSITIONS[request.state, action]


def _of_order(order_id: int, worker: Worker) -> NewOrder:
    """Return the order that sends a failed one again, as far as its money is still there."""
    order = session().get_one(Order, order_id, with_for_update=True, populate_existing=True)
    names = names_of([key for key in (order.id, order.taken_by) if key])
    if order.state not in BACK:
        raise NotFailed(order=names[order.id], state=order.state)
    if order.taken_by is not None:
        taker = session().get_one(Order, order.taken_by, populate_existing=True)
        refusal = TakenAndFailed if taker.state in BACK else TakenAlready
        raise refusal(order=names[order.id], taken=names[taker.id])
    amount = resendable(_balance(worker, order.currency), order.currency, order.amount)
    if not amount:
        raise NothingToSend(worker=worker.external_id, currency=order.currency)
    return _new(order.group_id, order.pay_day, worker, Money.of_micros(amount, order.currency), resends_id=order.id)


def _of_balance(worker: Worker, currency: str, now: datetime) -> NewOrder:
    """Return the order that sends a whole balance, in the name of the last payslip that went into it."""
    amount = resendable(_balance(worker, currency), currency, None)
    if not amount:
        raise NothingToSend(worker=worker.external_id, currency=currency)
    if not waiting_balances(now, worker_id=worker.id, currency=currency):
        raise NotWaiting(worker=worker.external_id, currency=currency, days=WAITING_DAYS)
    query = (
        select(PayslipRelease)
        .join(
            Payslip,
            (Payslip.group_id == PayslipRelease.group_id)
            & (Payslip.pay_day == PayslipRelease.pay_day)
            & (Payslip.worker_id == PayslipRelease.worker_id),
        )
        .where(PayslipRelease.worker_id == worker.id, Payslip.currency == currency)
        .order_by(PayslipRelease.entry_id.desc())
        .limit(1)
    )
    last = session().scalars(query).one()
    return _new(last.group_id, last.pay_day, worker, Money.of_micros(amount, currency))


def _new(group_id: int, pay_day: date, worker: Worker, money: Money, *, resends_id: int | None = None) -> NewOrder:
    group = session().get_one(PayGroup, group_id)
    query = select(func.max(Order.number)).where(
        Order.group_id == group_id, Order.pay_day == pay_day, Order.worker_id == worker.id
    )
    # 1 stays the number of what the run's release made, also where it made none.
    number = (session().scalar(query) or 1) + 1
    return NewOrder(
        run_name(group.code, pay_day), group_id, pay_day, worker.id, worker.external_id, money.currency, money.micros,
        number, resends_id,
    )  # fmt: skip


def _balance(worker: Worker, currency: str) -> int:
    return -balances_of("payable", [worker.id]).get((worker.id, currency), 0)
