"""`daybook payouts`, and the release of runs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import click
from flask import current_app
from rich.table import Table

from payroll.closing.queries import find_run
from payroll.payouts import queries, services
from payroll.payouts.models import PayoutRequest
from payroll.payouts.rails import Rail, rail_for
from payroll.payouts.services import Counts, poll, release_run, send
from payroll.runs.cli import each_run, runs
from workforce.core import clock
from workforce.core.commands import Result, command, table
from workforce.core.db import transaction
from workforce.core.errors import DaybookError
from workforce.core.money import plain
from workforce.core.sweep import failures
from workforce.identity.cli import AS, acting
from workforce.workers.queries import worker_by_external_id

payouts = click.Group("payouts", help="Orders to pay, and what became of them.")


@command(runs, "release")
@click.argument("names", metavar="RUN…", nargs=-1, required=True)
@AS
def release(names: tuple[str, ...], email: str) -> Result:
    """Release approved runs: what they hold becomes payable, and their orders and those of earlier runs are made."""
    rail = current_app.config["DAYBOOK"].rail
    return each_run(
        names, lambda name: release_run(acting(email), name, rail=rail, now=clock.now()), transactional=False
    )


@command(runs, "foresee")
@click.argument("name", metavar="RUN")
def foresee(name: str) -> Result:
    """Say what the release of RUN will send: from what was earned to what leaves, by currency."""
    with transaction():
        services.foresee(name, now=clock.now())
        found = queries.foreseen(find_run(name)[0])
    amounts = ("earned", "carried", "held", "below", "remainders", "total")
    document = [
        {"currency": one.currency, "payouts": one.payouts} | {word: plain(getattr(one, word)) for word in amounts}
        for one in (found.sums if found else ())
    ]
    lines = [tuple(str(one[word]) for word in ("currency", *amounts, "payouts")) for one in document]
    return Result(
        {"run": name, "at": found.at.isoformat() if found else None, "foreseen": document},
        [table(f"{len(lines)} currencies", ["currency", *amounts, "payouts"], lines)],
    )


@command(payouts, "send")
def send_() -> Result:
    """Send the orders of released runs on their rail."""
    return _counted(send)


@command(payouts, "poll")
def poll_() -> Result:
    """Ask the rail at once what became of every order whose end is not known.

    The job asks with growing pauses instead: 1, 2, 4 … minutes after the last time, and every hour at most.
    """
    return _counted(poll)


REASON = click.option("--reason", default="", help="Why; kept with the request.")


@command(payouts, "resend")
@click.argument("orders", metavar="ORDER…", nargs=-1, required=True)
@REASON
@AS
def resend(orders: tuple[str, ...], reason: str, email: str) -> Result:
    """Send failed payouts again: the first person proposes, and the same command of a second person approves.

    ORDER is GROUP-YYYY-MM-DD/WORKER, with /2 and so on for one that was sent again, as `payouts balances` lists them;
    its number or the rail's reference will do. Without --reason the proposal names the rail's reason for the failure.
    """

    def one(name: str) -> PayoutRequest:
        order = queries.find_order(name)
        known = queries.request_of_order(order.id)
        if known is not None:
            return _approved(email, known)
        why = reason or f"The payout failed: {order.failure or order.state}."
        return services.propose_order(acting(email), order.id, reason=why, now=clock.now())

    return _each(orders, one)


@command(payouts, "send-balance")
@click.argument("balances", metavar="WORKER/CURRENCY…", nargs=-1, required=True)
@REASON
@AS
def send_balance(balances: tuple[str, ...], reason: str, email: str) -> Result:
    """Send balances that no pay day takes along: the first person proposes, the same command of a second one approves.

    WORKER/CURRENCY is as `payouts balances` lists it, such as W17/KES.
    """

    def one(name: str) -> PayoutRequest:
        external_id, _, currency = name.rpartition("/")
        worker = worker_by_external_id(external_id)
        known = queries.request_of_balance(worker.id, currency)
        if known is not None:
            return _approved(email, known)
        why = reason or "It waits, and no pay day takes it along."
        return services.propose_balance(acting(email), worker.id, currency, reason=why, now=clock.now())

    return _each(balances, one)


@command(payouts, "refuse")
@click.argument("requests", metavar="REQUEST…", nargs=-1, required=True, type=click.IntRange(1, 10**18))
@REASON
@AS
def refuse(requests: tuple[int, ...], reason: str, email: str) -> Result:
    """Refuse requests by their number, as the second person with a reason, or withdraw one's own."""
    return _each(
        [str(one) for one in requests],
        lambda name: services.refuse_request(acting(email), int(name), reason=reason, now=clock.now()),
    )


@command(payouts, "balances")
def balances() -> Result:
    """List failed payouts whose money waits, other balances that no pay day takes along, and open requests."""
    with transaction():
        failed: list[dict[str, Any]] = [
            {"order": one.name, "worker": one.worker, "currency": one.order.currency, "amount": plain(one.order.amount),
             "state": one.order.state, "failure": one.order.failure, "asked": one.asked}
            for one in queries.failed_orders()
        ]  # fmt: skip
        others: list[dict[str, Any]] = [
            {"balance": f"{one.worker}/{one.currency}", "worker": one.worker, "currency": one.currency,
             "amount": plain(one.amount), "reason": one.reason, "since": one.since.astimezone(UTC).isoformat(),
             "asked": one.asked}
            for one in queries.waiting_balances(clock.now())
        ]  # fmt: skip
        asked = [_request_document(one) for one in queries.open_requests()]
    lines = [
        table("Failed payouts", ["order", "#amount", "currency", "failure", "asked"],
              [[one["order"], one["amount"], one["currency"], one["failure"], _yes(one["asked"])] for one in failed]),
        table("Other balances", ["balance", "#amount", "reason", "since", "asked"],
              [[one["balance"], one["amount"], one["reason"], one["since"], _yes(one["asked"])] for one in others]),
        _requests_table(asked),
    ]  # fmt: skip
    return Result({"failed": failed, "balances": others, "requests": asked}, lines)


def _yes(asked: object) -> str:
    return "yes" if asked else ""


def _approved(email: str, request: PayoutRequest) -> PayoutRequest:
    rail = current_app.config["DAYBOOK"].rail
    return services.approve_request(acting(email), request.id, rail=rail, now=clock.now())


def _each(names: Sequence[str], act: Callable[[str], PayoutRequest]) -> Result:
    """Do something that ends in a request for each name, so that one refusal does not undo the others."""
    problems, done = [], []
    for name in names:
        try:
            with transaction():
                done.append(_request_document(queries.request_rows([act(name)])[0]))
        except DaybookError as refusal:
            problems.append(str(refusal))
    return Result({"requests": done}, [_requests_table(done)] if done else [], problems)


def _request_document(row: queries.RequestRow) -> dict[str, Any]:
    one = row.request
    return {
        "request": one.id, "state": one.state, "worker": row.worker, "currency": one.currency, "order": row.order,
        "reason": one.reason, "made": row.made,
    }  # fmt: skip


def _requests_table(documents: Sequence[dict[str, Any]]) -> Table:
    columns = ["request", "state", "worker", "currency", "order", "reason", "made"]
    return table("Requests", columns, [[str(one[column]) for column in columns] for one in documents])


def _counted(call: Callable[..., Counts]) -> Result:
    rail: Rail = rail_for(current_app.config["DAYBOOK"])
    now: Callable[[], datetime] = clock.now
    found = call(rail, now=now)
    document = {word: getattr(found, word) for word in ("sent", "paid", "failed", "unknown", "waiting")}
    words = ", ".join(f"{count} {word}" for word, count in document.items())
    return Result(document, [words], failures(found.sweep.failed))
