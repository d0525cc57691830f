"""From released runs to orders: what was accrued becomes payable, and each worker's whole balance one order.

Done in chunks, each of them a transaction under the lock of its workers, since both are written in sets; a chunk that
fails is halved until only the workers are left out whose payslips fail by themselves. What is left to do is read from
the data, so that it may stop anywhere and go on, and be done by two at once.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from payroll.closing.models import Payslip, Run
from payroll.closing.queries import find_run
from payroll.closing.rules import run_name
from payroll.ledger.queries import balances_of
from payroll.ledger.rules import Line
from payroll.ledger.services import Draft, entry_ids, post
from payroll.payouts.models import PayslipRelease
from payroll.payouts.queries import releasable
from payroll.payouts.rules import sendable
from payroll.payouts.services.forecast import keep_released
from payroll.payouts.services.orders import NewOrder, make_orders, take_along
from payroll.payouts.services.turns import in_turn, least_payouts
from payroll.runs.services import release
from workforce.core.auth import Actor
from workforce.core.db import session, transaction
from workforce.core.scheduler import wake
from workforce.core.sweep import Sweep
from workforce.paydays.models import PayGroup
from workforce.workers.models import Worker

WORKERS_A_CHUNK: Final = 2_000
SENDING: Final = "send-payouts"  # the job


def start_release(actor: Actor, name: str, *, now: datetime) -> None:
    """Release an approved run and have the job make and send its orders at once, within the transaction that is open.

    Raises:
        as `payroll.runs.services.release`.

    """
    release(actor, name, now=now)
    wake(SENDING)


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
    prepare_released(rail=rail, now=now)


def prepare_released(*, rail: str, now: datetime) -> int:
    """Make all orders that released runs still lack: the one way to it, for the page, the command and the job.

    Takes its own transactions: call it outside one. A worker whom an unresolved error holds is passed over. Of several
    payslips of one worker, those that take back more than they give come first, then the older ones, whatever their
    groups: so what is owed is made up for before anything is sent. A run that is released meanwhile is seen as well.
    A worker whose payslip fails keeps nobody else waiting, and her own later payslips wait for it.

    Args:
        rail: that the orders will take.
        now: the instant.

    Returns:
        the number of orders made.

    Raises:
        SomeFailed: what went wrong with single workers' payslips, after all of them were tried.

    """
    found, moved = Sweep(), True
    while moved:  # a run may have to wait for a worker's payslip in another one, and that for a person a moment ago
        moved = False
        for name in _released():
            with found.item(f"forecast of {name}"), transaction():
                keep_released(name, now=now)
            thing = f"run {name}, worker"
            for worker_ids in found.pages(thing, partial(_waiting, name), size=WORKERS_A_CHUNK):
                new = [worker_id for worker_id in worker_ids if f"{thing} {worker_id}" not in found.failed]
                for released, orders in found.chunk(thing, new, partial(_prepare_chunk, name, rail, now)):
                    moved = moved or released > 0
                    found.done += orders
    return found.end()


def _released() -> list[str]:
    with transaction():
        query = select(PayGroup.code, Run.pay_day).join(Run, Run.group_id == PayGroup.id).where(Run.state == "released")
        return [run_name(code, day) for code, day in session().execute(query.order_by(Run.pay_day, PayGroup.code))]


def _waiting(name: str, after: int, limit: int) -> Sequence[int]:
    """Give the workers of a run whose payslip is neither released nor held, those after one, ascending."""
    run, _ = find_run(name)
    query = select(Payslip.worker_id).where(
        Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day, Payslip.worker_id > after
    )
    return session().scalars(query.where(*releasable(Payslip)).order_by(Payslip.worker_id).limit(limit)).all()


def _prepare_chunk(name: str, rail: str, now: datetime, worker_ids: Sequence[int]) -> tuple[int, int]:
    """Release payslips of a run and make their orders, within the transaction that is open.

    Args:
        name: of the run.
        rail: that the orders will take.
        now: the instant.
        worker_ids: whose payslips; what is released or held by now is passed over.

    Returns:
        how many payslips were released, and how many orders made.

    """
    run, group = find_run(name)
    session().refresh(run, with_for_update=True)
    found = _locked(run, worker_ids) if run.state == "released" else []
    later = _later(run, [slip.worker_id for slip, _ in found]) if found else set()
    slips = [(slip, worker) for slip, worker in found if slip.worker_id not in later]
    return len(slips), _prepare(name, group, slips, rail, now) if slips else 0


def _locked(run: Run, worker_ids: Sequence[int]) -> Sequence[tuple[Payslip, str]]:
    """Lock workers of a run whose payslip is neither released nor held, and return these payslips."""
    query = (
        select(Payslip, Worker.external_id)
        .join(Worker, Worker.id == Payslip.worker_id)
        .where(Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day, Payslip.worker_id.in_(worker_ids))
        .where(*releasable(Payslip))
        .order_by(Payslip.worker_id)  # everybody locks workers in the order of their ids
        .with_for_update(of=Worker, key_share=True)
    )
    return [(slip, worker) for slip, worker in session().execute(query)]


def _later(run: Run, worker_ids: Sequence[int]) -> set[int]:
    """Return the workers of a run who have a payslip in another released run that must be released first."""
    other, its_run = aliased(Payslip), aliased(Run)
    query = (
        select(Payslip.worker_id)
        .join(other, other.worker_id == Payslip.worker_id)
        .join(its_run, (its_run.group_id == other.group_id) & (its_run.pay_day == other.pay_day))
        .where(Payslip.group_id == run.group_id, Payslip.pay_day == run.pay_day, Payslip.worker_id.in_(worker_ids))
        .where(its_run.state == "released", in_turn(other) < in_turn(Payslip))
        .where(*releasable(other))
    )
    return set(session().scalars(query))


def _prepare(name: str, group: PayGroup, slips: Sequence[tuple[Payslip, str]], rail: str, now: datetime) -> int:
    _release_slips(name, slips, now)
    balances = balances_of("payable", [slip.worker_id for slip, _ in slips])
    minimums = least_payouts(group, slips[0][0].pay_day, {slip.currency for slip, _ in slips})
    due = []
    for slip, worker in slips:
        balance = -balances.get((slip.worker_id, slip.currency), 0)  # what is owed stands on the credit side
        amount = sendable(balance, slip.currency, minimums[slip.currency])
        if amount:
            due.append(NewOrder(name, slip.group_id, slip.pay_day, slip.worker_id, worker, slip.currency, amount))
    made = make_orders(due, rail, now)
    take_along(made, due)
    return len(made)


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
