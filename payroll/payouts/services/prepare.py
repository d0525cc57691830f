"""From released runs to orders: what was accrued becomes payable, and each worker's whole balance one order.

Done in chunks, each of them a transaction under the lock of its workers. What is left to do is read from the data, so
that it may stop anywhere and go on, and be done by two at once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import aliased

from payroll.closing.models import Payslip, Run, RunException
from payroll.closing.queries import find_run
from payroll.closing.rules import run_name
from payroll.fx.queries import rates_for
from payroll.fx.rules import choose, convert
from payroll.ledger.queries import balances_of
from payroll.ledger.rules import Line
from payroll.ledger.services import Draft, entry_ids, party, post
from payroll.payouts.models import Order, PayslipRelease
from payroll.payouts.rules import idempotency_key, sendable
from payroll.runs.services import release
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker

WORKERS_A_CHUNK: Final = 2_000


def release_run(actor: Actor, name: str, *, rail: str, now: datetime) -> None:
    """Release an approved run and make its orders. Takes its own transactions: call it outside one.

    Args:
        actor: the second of two people; see `payroll.runs.services.release`.
        name: of the run.
        rail: that the orders will take.
        now: the instant.

    Raises:
        as `payroll.runs.services.release`.

    """
    with transaction():
        release(actor, name, now=now)
    # Earlier runs first: a held worker of theirs who has been let go since may owe what this one is to make up for.
    prepare_released(rail=rail, now=now)


def prepare_released(*, rail: str, now: datetime) -> int:
    """Make what orders are still to be made for released runs: one stopped half-way, or a held worker let go.

    Returns:
        the number of orders made.

    """
    with transaction():
        query = select(PayGroup.code, Run.pay_day).join(Run, Run.group_id == PayGroup.id).where(Run.state == "released")
        names = [run_name(code, day) for code, day in session().execute(query.order_by(Run.pay_day, PayGroup.code))]
    return sum(prepare_run(name, rail=rail, now=now) for name in names)


def prepare_run(name: str, *, rail: str, now: datetime) -> int:
    """Make the orders of a released run, chunk by chunk. Takes its own transactions: call it outside one.

    A worker whom an unresolved error holds is passed over.

    Args:
        name: of the run.
        rail: that the orders will take.
        now: the instant.

    Returns:
        the number of orders made.

    Raises:
        NotFound: there is no such run.

    """
    made = 0
    while True:
        with transaction():
            run, group = find_run(name)
            session().refresh(run, with_for_update=True)
            slips = _waiting(run) if run.state == "released" else []
            if not slips:
                return made
            made += _prepare(name, group, slips, rail, now)


def _waiting(run: Run) -> Sequence[tuple[Payslip, str]]:
    """Lock the next workers of a run who are neither released nor held, and give their payslips."""
    released, error = aliased(PayslipRelease), aliased(RunException)
    query = (
        select(Payslip, Worker.external_id)
        .join(Worker, Worker.id == Payslip.worker_id)
        .where(Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day)
        .where(~select(released).where(_same(released)).exists())
        .where(~select(error).where(_same(error), error.severity == "error", error.resolved_at.is_(None)).exists())
        .order_by(Payslip.worker_id)  # everybody locks workers in the order of their ids
        .limit(WORKERS_A_CHUNK)
        .with_for_update(of=Worker, key_share=True)
    )
    return [(slip, worker) for slip, worker in session().execute(query)]


def _same(table: type[PayslipRelease] | type[RunException]) -> ColumnElement[bool]:
    return (
        (table.group_id == Payslip.group_id)
        & (table.pay_day == Payslip.pay_day)
        & (table.worker_id == Payslip.worker_id)
    )


def _prepare(name: str, group: PayGroup, slips: Sequence[tuple[Payslip, str]], rail: str, now: datetime) -> int:
    _release_slips(name, slips, now)
    balances = balances_of("payable", [slip.worker_id for slip, _ in slips])
    minimums = _minimums(group, slips[0][0].pay_day, {slip.currency for slip, _ in slips})
    due = []
    for slip, worker in slips:
        balance = -balances.get((slip.worker_id, slip.currency), 0)  # what is owed stands on the credit side
        amount = sendable(balance, slip.currency, minimums[slip.currency])
        if amount:
            due.append((slip, worker, amount))
    clearing = party(rail) if due else 0
    entries = post(
        [
            Draft(
                f"order:{name}:{worker}", "order", slip.group_id, slip.pay_day,
                [Line("payable", slip.worker_id, slip.currency, amount),
                 Line("clearing", clearing, slip.currency, -amount)],
            )
            for slip, worker, amount in due
        ],
        now=now,
    )  # fmt: skip
    values = [
        {"group_id": slip.group_id, "pay_day": slip.pay_day, "worker_id": slip.worker_id, "currency": slip.currency,
         "amount": amount, "rail": rail, "state": "created", "idempotency_key": idempotency_key(name, worker),
         "entry_id": entry, "created_at": now}
        for (slip, worker, amount), entry in zip(due, entries, strict=True)
    ]  # fmt: skip
    if values:
        session().execute(insert(Order), values)
    return len(values)


def _release_slips(name: str, slips: Sequence[tuple[Payslip, str]], now: datetime) -> None:
    """Move each payslip's net from accrued to payable."""
    moving = [(slip, worker) for slip, worker in slips if slip.net]
    drafts = [
        Draft(
            f"release:{name}:{worker}", "release", slip.group_id, slip.pay_day,
            [Line("accrued", slip.worker_id, slip.currency, slip.net),
             Line("payable", slip.worker_id, slip.currency, -slip.net)],
        )
        for slip, worker in moving
    ]  # fmt: skip
    numbers = dict(zip((slip.worker_id for slip, _ in moving), post(drafts, now=now), strict=True))
    empty = [slip.worker_id for slip, _ in slips if not slip.net]
    numbers.update(zip(empty, entry_ids(len(empty)), strict=True))
    session().execute(
        insert(PayslipRelease),
        [{"group_id": slip.group_id, "pay_day": slip.pay_day, "worker_id": slip.worker_id,
          "entry_id": numbers[slip.worker_id]}
         for slip, _ in slips],
    )  # fmt: skip


def _minimums(group: PayGroup, day: date, currencies: set[str]) -> dict[str, int]:
    """Give the group's least payout in each currency, in micros.

    Where no exchange rate is at hand it is 0: nobody waits for a rate that nothing else needs.
    """
    others = currencies - {group.currency}
    rates = rates_for(day, None) if others and group.minimum else []
    minimums = dict.fromkeys(currencies, 0) | {group.currency: group.minimum}
    for currency in others if group.minimum else ():
        chosen = choose(rates, group.currency, currency, day)
        minimums[currency] = convert(group.minimum, chosen.factor) if chosen else 0
    return minimums
