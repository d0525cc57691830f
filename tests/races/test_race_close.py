"""Two closers at once, and work that is accepted while a day is closed."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from payroll.closing.services import close as closing
from payroll.closing.services import close_day, close_due, close_through
from tests.factories import DAY, NOW, make_work
from tests.races.racing import PATIENCE, SMALL, at_once, blocked, crowd, eventually, names, one
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.paydays.queries import group_by_code
from workforce.projects.queries import project_by_code
from workforce.tasks.models import AcceptedWork, Submission
from workforce.workers.queries import worker_by_external_id

# Acceptances hold it, so that all closers stand in line.
GROUP_LOCK = "SELECT pg_advisory_xact_lock_shared(1, id::int) FROM pay_group"
NEXT = DAY + timedelta(days=1)


def assert_closed_once(app: Flask, workers: int, days: int = 1) -> None:
    assert one(app, "SELECT count(*), count(DISTINCT worker_id) FROM payslip") == (workers * days, workers)
    assert one(app, "SELECT sum(pieces)::int, sum(amount)::bigint FROM payslip_line") == one(
        app, "SELECT count(*)::int, sum(amount)::bigint FROM accepted_work"
    )
    assert one(app, "SELECT count(*) FROM ledger_entry") == workers * days
    assert one(app, "SELECT count(*) FROM (SELECT FROM posting GROUP BY currency HAVING sum(amount) <> 0) off") == 0
    assert one(app, "SELECT sum(workers)::int FROM run_total") == workers * days


def test_a_day_is_closed_once_by_two_who_close_it_at_once(fresh_app: Flask) -> None:
    crowd(fresh_app)
    calls = [lambda: close_day(SYSTEM, "KE", DAY, now=NOW, policy=SMALL)] * 3
    outcomes = at_once(fresh_app, *calls, behind=GROUP_LOCK)
    assert names(outcomes) == ["DayClosed", "DayClosed", "done"]
    assert_closed_once(fresh_app, 9)
    assert one(fresh_app, "SELECT open_day FROM pay_group") == NEXT


def test_days_are_closed_once_by_two_who_close_through_at_once(fresh_app: Flask) -> None:
    crowd(fresh_app, days=3)
    calls = [lambda: close_through(SYSTEM, "KE", NOW.date(), now=NOW, policy=SMALL)] * 2
    outcomes = at_once(fresh_app, *calls, behind=GROUP_LOCK)
    assert set(names(outcomes)) <= {"DayClosed", "done"}
    with fresh_app.app_context():
        if one(fresh_app, "SELECT open_day FROM pay_group") <= NOW.date():  # each of them met the other on the way
            close_through(SYSTEM, "KE", NOW.date(), now=NOW, policy=SMALL)
        else:
            closing._finish_interrupted("KE", SMALL)
    assert_closed_once(fresh_app, 9, days=3)


def test_two_leaders_at_once_close_what_is_due_once_and_neither_fails(fresh_app: Flask) -> None:
    crowd(fresh_app, days=3, close="auto")
    now = datetime(2026, 11, 21, tzinfo=UTC)
    outcomes = at_once(fresh_app, *[lambda: close_due(now=now, policy=SMALL)] * 2, behind=GROUP_LOCK)
    assert sum(outcomes) == 3
    assert_closed_once(fresh_app, 9, days=3)
    assert one(fresh_app, "SELECT count(*) FROM payroll_run WHERE state = 'computed'") == 3


def test_an_interrupted_close_is_finished_once_by_two(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd(fresh_app)
    with monkeypatch.context() as broken, fresh_app.app_context():
        broken.setattr(closing, "in_parallel", _stop)
        with pytest.raises(KeyboardInterrupt):
            close_day(SYSTEM, "KE", DAY, now=NOW, policy=SMALL)
    calls = [lambda: close_day(SYSTEM, "KE", DAY, now=NOW, policy=SMALL)] * 2
    # A third one has begun the first chunk, and is killed.
    begun = "INSERT INTO run_chunk SELECT group_id, pay_day, bounds[1], 0 FROM payroll_run"
    outcomes = at_once(fresh_app, *calls, behind=begun)
    assert outcomes == [[DAY], [DAY]]
    assert_closed_once(fresh_app, 9)


def _stop(*_: Any) -> int:
    raise KeyboardInterrupt


@pytest.mark.parametrize("ends_well", [True, False])
def test_work_that_is_accepted_late_is_never_lost(fresh_app: Flask, *, ends_well: bool) -> None:
    crowd(fresh_app)
    accepted, go = threading.Event(), threading.Event()

    def accept_slowly() -> None:
        with transaction():
            make_work(project_by_code("FALCON"), worker_by_external_id("W1"), rate="7", source="LATE")
            accepted.set()
            go.wait(PATIENCE)
            if not ends_well:
                raise KeyError("changed her mind")

    def close() -> None:
        accepted.wait(PATIENCE)
        close_day(SYSTEM, "KE", DAY, now=NOW, policy=SMALL)

    def accept_meanwhile() -> None:
        accepted.wait(PATIENCE)
        eventually(lambda: blocked(fresh_app) == 1)  # the closer waits for the slow one
        with transaction():
            make_work(project_by_code("FALCON"), worker_by_external_id("W2"), rate="8", source="AFTER")

    def let_go() -> None:
        eventually(lambda: blocked(fresh_app) == 2)  # and the third one stands behind the closer
        go.set()

    outcomes = at_once(fresh_app, accept_slowly, close, accept_meanwhile, let_go)
    assert names(outcomes) == (["done"] * 4 if ends_well else ["KeyError", "done", "done", "done"])
    with fresh_app.app_context(), transaction():
        days = {source: day for source, day in session().execute(_days())}  # noqa: C416 -- rows of two
    assert days == ({"LATE": DAY} if ends_well else {}) | {"AFTER": NEXT}
    paid = one(fresh_app, "SELECT sum(amount)::bigint FROM payslip_line")
    assert paid == one(fresh_app, "SELECT sum(amount)::bigint FROM accepted_work WHERE pay_day = :day", day=DAY)
    with fresh_app.app_context():
        close_day(SYSTEM, "KE", NEXT, now=NOW, policy=SMALL)
    assert one(fresh_app, "SELECT sum(amount)::bigint FROM payslip_line") == one(
        fresh_app, "SELECT sum(amount)::bigint FROM accepted_work"
    )


def _days() -> Any:
    from_submission = select(Submission.source, AcceptedWork.pay_day).join(
        AcceptedWork, AcceptedWork.submission_id == Submission.id
    )
    return from_submission.where(Submission.source.in_(["LATE", "AFTER"]))


def test_nobody_waits_for_the_computing_of_a_day(fresh_app: Flask) -> None:
    """The group's lock is held while the day moves, and not while its chunks are computed."""
    crowd(fresh_app)

    def accept(done: int, _all: int) -> None:
        if done == 1:
            (outcome,) = at_once(fresh_app, accept_one)
            assert outcome is None

    def accept_one() -> None:
        with transaction():
            make_work(project_by_code("FALCON"), worker_by_external_id("W1"), source="MEANWHILE")

    with fresh_app.app_context():
        close_day(SYSTEM, "KE", DAY, now=NOW, policy=closing.Policy(workers_a_chunk=3, progress=accept))
        with transaction():
            assert group_by_code("KE").open_day == NEXT
    query = "SELECT count(*) FROM accepted_work WHERE pay_day = :day"
    assert one(fresh_app, query, day=NEXT) == 1
