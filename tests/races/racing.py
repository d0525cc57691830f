"""How a race is run: threads that begin together, and a lock before which all of them stand until it is let go."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text

from payroll.closing.services import Policy, close_day
from payroll.payouts.services import release_run
from payroll.runs.services import approve
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from workforce.core.auth import SYSTEM, Actor
from workforce.core.db import db, rows, transaction

RUN = f"KE-{DAY}"
PATIENCE = 30  # seconds
SMALL = Policy(workers_a_chunk=3)


def eventually(condition: Callable[[], object]) -> None:
    deadline, clock = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        clock.wait(0.01)


def blocked(app: Flask) -> int:
    """Count the connections that wait for somebody's lock."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with app.app_context(), db.engine.connect() as link:
        return int(link.execute(text(query)).scalar_one())


@contextmanager
def held(app: Flask, statement: str, **params: object) -> Iterator[None]:
    """Hold what a statement locks."""
    with app.app_context():
        engine = db.engine
    with engine.connect() as link:
        link.execute(text(statement), params)
        yield
        link.rollback()


def at_once(app: Flask, *calls: Callable[[], Any], behind: str = "", **params: object) -> list[Any]:
    """Make calls in threads that begin together, and give what each returned or raised.

    Args:
        app: whose contexts they run in.
        calls: what to do.
        behind: a statement that takes a lock which all of them need: it is let go when all of them wait for it.
        params: of that statement.

    """
    outcomes: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            with app.app_context():
                barrier.wait(PATIENCE)
                outcomes[place] = call()
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the test looks at it
            outcomes[place] = problem

    threads = [threading.Thread(target=run, args=(place, call), daemon=True) for place, call in enumerate(calls)]
    with held(app, behind, **params) if behind else nullcontext():
        for thread in threads:
            thread.start()
        if behind:
            eventually(lambda: blocked(app) >= len(calls) or not all(thread.is_alive() for thread in threads))
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "it hangs"
    return outcomes


def names(outcomes: list[Any]) -> list[str]:
    """Give the sorted names of what was raised, and `done` for each call that returned."""
    return sorted(type(one).__name__ if isinstance(one, Exception) else "done" for one in outcomes)


def one(app: Flask, query: str, **params: object) -> Any:
    """Give the one value, or the one row, of a query."""
    with app.app_context(), transaction():
        (row,) = rows(query, **params)
        return row[0] if len(row) == 1 else tuple(row)


def crowd(app: Flask, workers: int = 9, *, days: int = 1, close: str | None = None) -> tuple[Actor, Actor]:
    """Make a group with work on some days, and two who may approve and release; give these two."""
    with app.app_context(), transaction():
        group, project = make_group(close=close), make_project()
        make_fx("USD", "KES", "129.25")
        for number in range(1, workers + 1):
            worker = make_worker(group, f"W{number}")
            for day in range(days):
                at = NOW.replace(day=DAY.day) + timedelta(days=day)
                make_work(project, worker, rate=f"0.{number:02}", at=at, source=f"S{number}.{day}")
        return make_user("finance").actor, make_user("finance").actor


def closed(app: Flask, workers: int = 9) -> tuple[Actor, Actor]:
    """Make a crowd and close its day."""
    people = crowd(app, workers)
    with app.app_context():
        close_day(SYSTEM, "KE", DAY, now=NOW, policy=SMALL)
    return people


def approved(app: Flask, workers: int = 9) -> tuple[Actor, Actor]:
    """Make a crowd, close its day, and approve the run."""
    people = closed(app, workers)
    with app.app_context(), transaction():
        approve(people[0], RUN, now=NOW)
    return people


def released(app: Flask, workers: int = 9) -> None:
    """Make a crowd whose run is released, with its orders."""
    people = approved(app, workers)
    with app.app_context():
        release_run(people[1], RUN, rail="sandbox", now=NOW)


# Every order has one entry of each kind that its state calls for, and the rail one transfer of its amount.
def assert_paid_once(app: Flask, orders: int, *, states: dict[str, int] | None = None) -> None:
    """Check that every order stands once in the rail's books and once in ours."""
    with app.app_context(), transaction():
        found = {row[0]: row[1] for row in rows("SELECT state, count(*) FROM payout_order GROUP BY state")}
        wrong = rows("""
            SELECT payout_order.id, state, transfers, ends
              FROM payout_order
              LEFT JOIN LATERAL (SELECT count(*) AS transfers FROM sandbox_transfer sent
                                  WHERE sent.idempotency_key = payout_order.idempotency_key
                                    AND sent.amount = payout_order.amount
                                    AND sent.currency = payout_order.currency) a ON true
              LEFT JOIN LATERAL (SELECT count(*) AS ends FROM ledger_entry
                                  WHERE source IN ('settlement:' || payout_order.idempotency_key,
                                                   'failure:' || payout_order.idempotency_key)) b ON true
             WHERE transfers <> 1 OR ends <> (state IN ('paid', 'failed'))::int
        """)
        (strangers,) = rows("SELECT count(*) - (SELECT count(*) FROM payout_order) FROM sandbox_transfer")
        (open_tries,) = rows("SELECT count(*) FROM payout_attempt WHERE ended_at IS NULL")
    assert found == (states or {"paid": orders})
    assert not wrong
    assert (strangers[0], open_tries[0]) == (0, 0)
