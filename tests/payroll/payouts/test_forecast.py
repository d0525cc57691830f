"""What will leave is said before two people decide, and is what leaves."""

from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from payroll.closing.models import RunException
from payroll.closing.queries import find_run
from payroll.closing.services import close_day
from payroll.payouts import queries
from payroll.payouts.models import Forecast, Order
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import (
    approve_request,
    foresee,
    foresee_runs,
    prepare_released,
    propose_order,
    release_run,
    send,
    start_release,
)
from payroll.runs.services import approve, resolve
from tests.conftest import signed_in
from tests.factories import DAY, NOW, finance, make_group, make_project, make_user, make_work, make_worker
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, session, transaction
from workforce.core.settings import SandboxPolicy
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse
from workforce.workers.queries import worker_by_external_id

NEXT = DAY + timedelta(days=1)
KE, KE_NEXT = f"KE-{DAY}", f"KE-{NEXT}"


def worked(name: str, rate: str, *, currency: str = "KES", days: int = 0) -> str:
    with transaction():
        return make_work(
            project_by_code("FALCON"), worker_by_external_id(name), rate=rate, currency=currency,
            at=NOW - timedelta(days=2 - days),
        )  # fmt: skip


def told(name: str, stage: str = "expected") -> list[tuple[object, ...]]:
    """Give currency, payouts, and in thousandths: earned, carried, held, below, remainders, total."""
    with transaction():
        run, _ = find_run(name)
        query = select(Forecast).where(
            Forecast.group_id == run.group_id, Forecast.pay_day == run.pay_day, Forecast.stage == stage
        )
        return [
            (one.currency, one.payouts, *(value // 1_000 for value in (
                one.earned, one.carried, one.held, one.below, one.remainders, one.total)))
            for one in session().scalars(query.order_by(Forecast.currency))
        ]  # fmt: skip


def sent(name: str) -> list[tuple[str, int, int]]:
    with transaction():
        run, _ = find_run(name)
        found = rows(
            "SELECT currency, count(*), sum(amount) FROM payout_order WHERE group_id = :group AND pay_day = :day"
            " GROUP BY 1 ORDER BY 1",
            group=run.group_id, day=run.pay_day,
        )  # fmt: skip
        return [(currency, count, int(amount) // 1_000) for currency, count, amount in found]


def leaves(name: str) -> list[tuple[object, object, object]]:
    return [(row[0], row[1], row[-1]) for row in told(name, "released") if row[1]]


@pytest.fixture
def crowd(context: Flask) -> None:
    """Make four workers of a group whose least payout is 10 KES, and close a day: W4 is paid in dollars."""
    with transaction():
        group = make_group(minimum="10")
        make_project()
        for name in ("W1", "W2", "W3"):
            make_worker(group, name)
        make_worker(group, "W4", currency="USD")
    for name, rate in (("W1", "25.126"), ("W2", "4"), ("W3", "30")):
        worked(name, rate)
    worked("W4", "3", currency="USD")
    close_day(SYSTEM, "KE", DAY, now=NOW)


@pytest.mark.usefixtures("crowd")
def test_what_is_said_is_what_leaves() -> None:
    assert foresee_runs(now=NOW) == 1
    assert foresee_runs(now=NOW) == 0
    assert told(KE) == [
        ("KES", 2, 59_126, 0, 0, 4_000, 6, 55_120), ("USD", 1, 3_000, 0, 0, 0, 0, 3_000),
    ]  # fmt: skip
    with transaction():
        approve(finance(1), KE, now=NOW)
    assert told(KE, "approved") == told(KE)
    release_run(finance(2), KE, rail="sandbox", now=NOW)
    assert told(KE, "released") == told(KE)
    assert sent(KE) == leaves(KE) == [("KES", 2, 55_120), ("USD", 1, 3_000)]


@pytest.mark.usefixtures("crowd")
def test_a_carried_balance_counts_in_the_earliest_run_only() -> None:
    with transaction():
        approve(finance(1), KE, now=NOW)
    release_run(finance(2), KE, rail="sandbox", now=NOW)
    worked("W2", "7", days=1)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    worked("W2", "8", days=2)
    close_day(SYSTEM, "KE", NOW.date(), now=NOW)
    foresee_runs(now=NOW + timedelta(minutes=1))
    last = f"KE-{NOW.date()}"
    assert told(KE_NEXT) == [("KES", 1, 7_000, 4_000, 0, 0, 0, 11_000)]
    assert told(last) == [("KES", 0, 8_000, 0, 0, 8_000, 0, 0)]
    with transaction():
        approve(finance(1), last, now=NOW)
    release_run(finance(2), last, rail="sandbox", now=NOW)  # the later one first: what is carried goes with it
    assert sent(last) == [("KES", 1, 12_000)]


@pytest.mark.usefixtures("crowd")
def test_a_change_since_the_approval_is_said() -> None:
    with transaction():
        of_hers = Submission.worker_id == worker_by_external_id("W3").id
        piece = session().scalars(select(Submission).where(of_hers)).one()
        group = group_by_code("KE")
        reverse(SYSTEM, piece, group, OpenDays(), decided_at=NOW, reason="copied", now=NOW)
    worked("W2", "20", days=2)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    close_day(SYSTEM, "KE", NOW.date(), now=NOW)
    name = f"KE-{NOW.date()}"
    with transaction():
        approve(finance(1), name, now=NOW)
    assert told(name, "approved") == [("KES", 1, -10_000, 0, -30_000, 0, 0, 20_000)]
    with transaction():
        error = session().scalars(select(RunException)).one()
        resolve(finance(1), name, error.id, reason="agreed", now=NOW + timedelta(minutes=1))
    assert foresee_runs(now=NOW + timedelta(minutes=2)) == 2
    assert told(name) == [("KES", 1, -10_000, 0, 0, -30_000, 0, 20_000)]
    with transaction():
        approve(finance(1), KE, now=NOW)
    release_run(finance(2), KE, rail="sandbox", now=NOW + timedelta(minutes=3))
    with transaction():
        found = queries.foreseen(find_run(name)[0])
        assert found is not None
        assert found.changes == []
    with transaction():
        start_release(finance(2), name, now=NOW + timedelta(minutes=4))
    prepare_released(rail="sandbox", now=NOW + timedelta(minutes=4))
    assert told(name, "released") == [("KES", 1, -10_000, 4_000, 0, -30_000, 0, 24_000)]
    assert sent(name) == leaves(name) == [("KES", 1, 24_000)]
    with transaction():
        found = queries.foreseen(find_run(name)[0])
        assert found is not None
        assert found.changes == [("KES", 0, 4_000_000)]


@pytest.mark.usefixtures("crowd")
def test_an_approval_without_a_forecast_computes_it_and_a_released_run_keeps_what_it_has() -> None:
    with transaction():
        approve(finance(1), KE, now=NOW)
    before = told(KE, "approved")
    assert before == told(KE)
    release_run(finance(2), KE, rail="sandbox", now=NOW)
    with transaction():
        foresee(KE, now=NOW)
    assert foresee_runs(now=NOW) == 0
    assert told(KE) == before
    with transaction():
        assert session().scalars(select(Order)).all()


def test_the_page_says_it_before_the_approval_and_before_the_release(app: Flask) -> None:
    with app.app_context():
        with transaction():
            group = make_group(minimum="10")
            make_project()
            for name, rate in (("W1", "25.126"), ("W2", "4")):
                make_work(project_by_code("FALCON"), make_worker(group, name), rate=rate, currency="KES",
                          at=NOW - timedelta(days=2))  # fmt: skip
            people = [make_user("finance").email for _ in range(2)]
        close_day(SYSTEM, "KE", DAY, now=NOW)
    first, second = (signed_in(app, email) for email in people)
    assert "It is being computed." in first.get(f"/finance/runs/{KE}").text
    with app.app_context():
        foresee_runs(now=NOW)
    page = first.get(f"/finance/runs/{KE}").text
    assert "What will leave" in page
    assert "KES 25.12" in page.replace("\xa0", " ").replace("Ksh", "KES ")
    assert first.post(f"/finance/runs/{KE}/approve").status_code == 303
    page = second.get(f"/finance/runs/{KE}").text
    assert f"Release {KE}? 1 payout is sent:" in page


def decide(name: str, *, at: int, released: bool = True) -> None:
    """Approve a run so many minutes from now, and release it a minute later."""
    with transaction():
        approve(finance(1), name, now=NOW + timedelta(minutes=at))
    if released:
        release_run(finance(2), name, rail="sandbox", now=NOW + timedelta(minutes=at + 1))


@pytest.mark.usefixtures("crowd")
def test_what_left_is_said_also_where_the_later_run_goes_first() -> None:
    decide(KE, at=0)
    worked("W2", "7", days=1)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    worked("W2", "8", days=2)
    close_day(SYSTEM, "KE", NOW.date(), now=NOW)
    last = f"KE-{NOW.date()}"
    decide(last, at=2)
    assert told(last, "approved") == [("KES", 0, 8_000, 0, 0, 8_000, 0, 0)], "what is carried counts in the day before"
    assert told(last, "released") == [("KES", 1, 8_000, 4_000, 0, 0, 0, 12_000)]
    assert sent(last) == leaves(last)


@pytest.mark.usefixtures("crowd")
def test_what_is_taken_back_goes_first_where_two_runs_are_released_at_once() -> None:
    with transaction():
        of_hers = Submission.worker_id == worker_by_external_id("W3").id
        piece = session().scalars(select(Submission.id).where(of_hers)).one()
    worked("W3", "40", days=1)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    with transaction():
        taken = session().get_one(Submission, piece)
        reverse(SYSTEM, taken, group_by_code("KE"), OpenDays(), decided_at=NOW, reason="copied", now=NOW)
    close_day(SYSTEM, "KE", NOW.date(), now=NOW)
    last = f"KE-{NOW.date()}"
    with transaction():
        resolve(finance(1), last, session().scalars(select(RunException)).one().id, reason="agreed", now=NOW)
    decide(KE, at=1)
    for name in (KE_NEXT, last):
        decide(name, at=3, released=False)
    with transaction():
        for name in (KE_NEXT, last):
            start_release(finance(2), name, now=NOW + timedelta(minutes=4))
    prepare_released(rail="sandbox", now=NOW + timedelta(minutes=4))
    assert told(KE_NEXT, "released") == [("KES", 1, 40_000, -30_000, 0, 0, 0, 10_000)]
    assert told(last, "released") == [("KES", 0, -30_000, 0, 0, -30_000, 0, 0)]
    assert (sent(KE_NEXT), sent(last)) == (leaves(KE_NEXT), [])


@pytest.mark.usefixtures("crowd")
def test_an_approval_sees_balances_that_moved_since() -> None:
    worked("W2", "7", days=1)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    decide(KE, at=1, released=False)
    with transaction():
        start_release(finance(2), KE, now=NOW + timedelta(minutes=2))
    foresee_runs(now=NOW + timedelta(minutes=2, seconds=1))  # before the orders of the other run are made
    assert told(KE_NEXT) == [("KES", 0, 7_000, 0, 0, 7_000, 0, 0)]
    prepare_released(rail="sandbox", now=NOW + timedelta(minutes=2, seconds=5))
    assert foresee_runs(now=NOW + timedelta(minutes=30)) == 1
    assert told(KE_NEXT) == [("KES", 1, 7_000, 4_000, 0, 0, 0, 11_000)]
    with transaction():
        approve(finance(1), KE_NEXT, now=NOW + timedelta(minutes=3))
    assert told(KE_NEXT, "approved") == told(KE_NEXT)


@pytest.mark.usefixtures("crowd")
def test_an_approval_sees_what_was_sent_again_since() -> None:
    decide(KE, at=0)
    send(SandboxRail(SandboxPolicy(declined=Decimal(1))), now=lambda: NOW)
    worked("W1", "20", days=1)
    close_day(SYSTEM, "KE", NEXT, now=NOW)
    foresee_runs(now=NOW + timedelta(minutes=5))
    assert told(KE_NEXT) == [("KES", 1, 20_000, 25_126, 0, 0, 6, 45_120)]
    with transaction():
        hers = Order.worker_id == worker_by_external_id("W1").id
        asked = propose_order(
            finance(1), session().scalars(select(Order.id).where(hers)).one(), reason="again", now=NOW
        )  # fmt: skip
        approve_request(finance(2), asked.id, rail="sandbox", now=NOW)
    decide(KE_NEXT, at=6)
    assert told(KE_NEXT, "approved") == [("KES", 1, 20_000, 6, 0, 0, 6, 20_000)]
    assert sent(KE_NEXT) == leaves(KE_NEXT) == [("KES", 1, 20_000)]
