"""The first whole walk: work in, the right money out."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from payroll.closing.services import close_day
from payroll.ledger.queries import balances_of
from payroll.payouts.models import Order
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import release_run, send
from payroll.runs.services import approve
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy


def test_a_piece_of_work_is_paid_to_the_cent_and_the_rest_stays_hers(context: Flask) -> None:
    with transaction():
        group, project = make_group(), make_project()
        worker = make_worker(group, "W1")
        make_work(project, worker, rate="0.0333")
        make_fx("USD", "KES", "129.2537")
        first, second = make_user("finance"), make_user("finance")
    close_day(SYSTEM, "KE", DAY, now=NOW)
    with transaction():
        approve(first.actor, "KE-2026-11-18", now=NOW)
    release_run(second.actor, "KE-2026-11-18", rail="sandbox", now=NOW)
    counts = send(SandboxRail(SandboxPolicy()), now=lambda: NOW)
    with transaction():
        order = session().scalars(select(Order)).one()
        left = balances_of("payable", [worker.id])[worker.id, "KES"]
    # 0.0333 USD × 129.2537 = 4.30414821 KES, half-even to the micro 4.304148; 4.30 is sent.
    assert (counts.sent, counts.paid, order.amount, order.state) == (1, 1, 4_300_000, "paid")
    assert left == -4_148


def test_signing_in_gives_a_session(sign_in: Callable[[str], object], app: Flask) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    sign_in("fin@example.com")
