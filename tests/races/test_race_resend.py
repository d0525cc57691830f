"""Sending again, at the same moment as somebody or something else: money leaves once."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask

from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import (
    approve_request,
    prepare_released,
    propose_order,
    release_run,
    send,
    start_release,
)
from payroll.runs.services import approve
from tests.factories import DAY, NOW, make_user
from tests.races.racing import RUN, SMALL, at_once, crowd, names, one
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import transaction
from workforce.core.settings import SandboxPolicy

NEXT = DAY.replace(day=DAY.day + 1)
WORKER = "SELECT FROM worker FOR UPDATE"


def declined(app: Flask, *, days: int = 1) -> tuple[Actor, Actor]:
    """Let the payout of a worker fail, with the next day's run approved where there are two days."""
    people = crowd(app, 1, days=days)
    with app.app_context():
        for day in (DAY, NEXT)[:days]:
            close_day(SYSTEM, "KE", day, now=NOW, policy=SMALL)
            with transaction():
                approve(people[0], f"KE-{day}", now=NOW)
        release_run(people[1], RUN, rail="sandbox", now=NOW)
        send(SandboxRail(SandboxPolicy(declined=Decimal(1))), now=lambda: NOW)
    return people


def ask(actor: Actor) -> int:
    with transaction():
        return propose_order(actor, 1, reason="The bank details were corrected.", now=NOW).id


def yes(actor: Actor, request: int) -> Callable[[], None]:
    def approve_it() -> None:
        with transaction():
            approve_request(actor, request, rail="sandbox", now=NOW)

    return approve_it


def assert_sent_once(app: Flask) -> None:
    with app.app_context():
        send(SandboxRail(SandboxPolicy()), now=lambda: NOW)
        with transaction():
            assert problems() == []
    paid = one(app, "SELECT sum(amount)::bigint FROM payout_order WHERE state = 'paid'")
    released = one(
        app, "SELECT sum(net)::bigint FROM payslip JOIN payslip_release USING (group_id, pay_day, worker_id)"
    )
    assert paid == released // 10_000 * 10_000
    left = one(app, "SELECT COALESCE(-sum(amount), 0)::bigint FROM posting WHERE account = 'payable'")
    assert left == released - paid
    moved = "SELECT count(*) FROM sandbox_transfer JOIN payout_order USING (idempotency_key) WHERE state = 'paid'"
    assert one(app, moved) == one(app, "SELECT count(*) FROM payout_order WHERE state = 'paid'")


@pytest.mark.parametrize("same", [True, False], ids=["one person twice", "two people"])
def test_a_request_is_approved_once(fresh_app: Flask, *, same: bool) -> None:
    first, second = declined(fresh_app)
    with fresh_app.app_context():
        with transaction():
            third = make_user("finance").actor
        request = ask(first)
    outcomes = at_once(
        fresh_app,
        yes(second, request),
        yes(second if same else third, request),
        behind="SELECT FROM payout_request FOR UPDATE",
    )
    assert names(outcomes) == ["Decided", "done"]
    assert one(fresh_app, "SELECT count(*) FROM payout_order") == 2
    assert_sent_once(fresh_app)


def test_a_failed_payout_is_asked_for_once(fresh_app: Flask) -> None:
    people = declined(fresh_app)
    outcomes = at_once(fresh_app, *(lambda who=who: ask(who) for who in people), behind=WORKER)
    assert names(outcomes) == ["AskedAlready", "done"]


@pytest.mark.parametrize("turn", range(3))
def test_an_approval_while_the_next_run_is_prepared_sends_the_money_once(fresh_app: Flask, turn: int) -> None:
    first, second = declined(fresh_app, days=2)
    with fresh_app.app_context():
        request = ask(first)
        with transaction():
            start_release(second, f"KE-{NEXT}", now=NOW)
    calls = [yes(second, request), lambda: prepare_released(rail="sandbox", now=NOW)]
    outcomes = at_once(fresh_app, *(calls if turn % 2 else calls[::-1]), behind=WORKER)
    assert set(names(outcomes)) <= {"done", "TakenAlready"}
    assert_sent_once(fresh_app)


def test_an_approval_while_the_job_sends_leaves_once(fresh_app: Flask) -> None:
    first, second = declined(fresh_app, days=2)
    with fresh_app.app_context():
        request = ask(first)
        with transaction():
            start_release(second, f"KE-{NEXT}", now=NOW)
    rails = [SandboxRail(SandboxPolicy()) for _ in range(2)]
    calls = [lambda rail=rail: send(rail, now=lambda: NOW) for rail in rails]
    outcomes = at_once(fresh_app, yes(second, request), *calls)
    assert set(names(outcomes)) <= {"done", "TakenAlready"}
    assert_sent_once(fresh_app)


def test_a_payout_that_fails_while_the_next_one_is_made_is_either_in_it_or_waits(fresh_app: Flask) -> None:
    people = crowd(fresh_app, 1, days=2)
    with fresh_app.app_context():
        for day in (DAY, NEXT):
            close_day(SYSTEM, "KE", day, now=NOW, policy=SMALL)
            with transaction():
                approve(people[0], f"KE-{day}", now=NOW)
        release_run(people[1], RUN, rail="sandbox", now=NOW)
        with transaction():
            start_release(people[1], f"KE-{NEXT}", now=NOW)
    declines = SandboxRail(SandboxPolicy(declined=Decimal(1)))
    at_once(
        fresh_app, lambda: send(declines, now=lambda: NOW), lambda: prepare_released(rail="sandbox", now=NOW),
        behind=WORKER,
    )  # fmt: skip
    with fresh_app.app_context(), transaction():
        assert problems() == []
    waits = one(
        fresh_app,
        "SELECT COALESCE(sum(amount), 0)::bigint FROM payout_order WHERE state = 'failed' AND taken_by IS NULL",
    )
    left = one(fresh_app, "SELECT COALESCE(-sum(amount), 0)::bigint FROM posting WHERE account = 'payable'")
    assert waits <= left < waits + 10_000
