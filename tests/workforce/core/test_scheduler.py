"""Jobs: every run is written down, one leader runs them, and another one takes over when it is gone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, make_url, select

from tests.factories import NOW
from workforce.core import locks, scheduler
from workforce.core.db import session, transaction
from workforce.core.errors import NotFound
from workforce.core.scheduler import Job, JobRun, Leadership, add_job, jobs, latest_runs, run_job, wake
from workforce.projects.models import Customer

THREAD = "APScheduler"  # the name of its thread, while it runs


def eventually(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline, clock = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        clock.wait(0.01)


def running() -> bool:
    return any(thread.name == THREAD for thread in threading.enumerate())


@pytest.fixture(autouse=True)
def _own_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no job of the product run here, nor one of these tests elsewhere."""
    monkeypatch.setattr(scheduler, "_jobs", {})


@pytest.fixture
def url(fresh_database: str) -> str:
    return make_url(fresh_database).set(drivername="postgresql").render_as_string(hide_password=False)


def only(name: str, call: Callable[[], int]) -> None:
    """Let one job be all that there is; making an application puts those of the product on the list."""
    scheduler._jobs.clear()
    add_job(Job(name, 3600, call, "Does it."))


def end_leader(url: str) -> int:
    """Cut the leader's connection, as a network does, and give how many were cut."""
    with psycopg.connect(url, autocommit=True) as link:
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
            " WHERE datname = current_database() AND locktype = 'advisory' AND classid = %s AND granted"
        )
        found = link.execute(query, [locks.LEADER]).fetchone()
    return found[0] if found else 0


def test_a_run_is_written_down(context: Flask) -> None:
    add_job(Job("count", 60, lambda: 7, "Counts."))
    entry = run_job("count")
    assert (entry.name, entry.outcome, entry.rows, entry.error) == ("count", "done", 7, "")
    assert (entry.started_at, entry.ended_at) == (NOW, NOW)
    assert entry.host.partition("/")[2].isdecimal()
    with transaction():
        assert [one.id for one in latest_runs(5)] == [entry.id]


def test_a_run_that_fails_is_written_down_and_leaves_nothing_else(context: Flask) -> None:
    def fail() -> int:
        with transaction():
            session().add(Customer(name="Half"))
            session().flush()
            raise ValueError("the moon is full")

    add_job(Job("fail", 60, fail, "Fails."))
    entry = run_job("fail")
    assert (entry.outcome, entry.rows, entry.error) == ("failed", 0, "ValueError: the moon is full")
    assert entry.ended_at == NOW
    with transaction():
        assert session().scalar(select(func.count()).select_from(Customer)) == 0


def test_a_run_that_is_under_way_is_seen_by_others(fresh_app: Flask) -> None:
    seen: list[str] = []

    def look() -> int:
        with transaction():
            seen.extend(f"{one.name} {one.outcome or 'under way'}" for one in latest_runs(5))
        return 0

    add_job(Job("look", 60, look, "Looks."))
    with fresh_app.app_context():
        run_job("look")
    assert seen == ["look under way"]


def test_an_unknown_job_is_refused(context: Flask) -> None:
    with pytest.raises(NotFound):
        run_job("dance")
    with transaction():
        assert session().scalar(select(func.count()).select_from(JobRun)) == 0


def test_a_job_is_on_the_list_once_however_often_it_is_added() -> None:
    for _ in range(2):
        add_job(Job("count", 60, lambda: 7, "Counts."))
        add_job(Job("again", 60, lambda: 7, "Counts."))
    assert [job.name for job in jobs()] == ["count", "again"]


def test_one_leads_and_when_it_is_cut_off_the_other_takes_over(url: str) -> None:
    first, second = Leadership(url), Leadership(url)
    assert first.hold()
    assert not second.hold()
    assert (first.hold(), first.held(), second.held()) == (True, True, False)
    assert end_leader(url) == 1
    assert not first.held()
    assert second.hold()
    assert not first.hold(), "it hears of its loss"
    assert not first.hold(), "and does not lead while another one does"
    assert second.hold()
    second.drop()
    assert first.hold()
    first.drop()


def test_a_leader_that_was_cut_off_first_ends_what_it_does(url: str) -> None:
    leadership = Leadership(url)
    assert leadership.hold()
    assert end_leader(url) == 1
    assert not leadership.hold(), "the lock is free, but jobs of the time before may be under way"
    assert leadership.hold()
    leadership.drop()


def test_the_lock_is_seen_to_be_held_and_not_the_connection_alone(url: str) -> None:
    leadership = Leadership(url)
    assert leadership.hold()
    assert leadership._connection is not None
    leadership._connection.execute("SELECT pg_advisory_unlock_all()")
    assert not leadership.held()
    assert not leadership.hold()
    assert leadership.hold()
    leadership.drop()


def test_nobody_leads_where_no_server_answers() -> None:
    leadership = Leadership("postgresql://127.0.0.1:1/x")
    assert not leadership.hold()
    assert not leadership.held()
    assert "refused" in leadership.refused


def test_no_job_is_run_by_who_does_not_lead(fresh_app: Flask, url: str) -> None:
    ran = threading.Event()

    def run() -> int:
        ran.set()
        return 0

    only("run", run)
    leadership = Leadership(url)
    (job,) = scheduler._Calls(fresh_app, leadership).schedule.get_jobs()
    job.func(*job.args)
    assert not ran.is_set()
    assert leadership.hold()
    job.func(*job.args)
    assert ran.is_set()
    ran.clear()
    assert end_leader(url) == 1
    job.func(*job.args)
    assert not ran.is_set(), "the loss is noticed before the next look at the lock"
    leadership.drop()


@contextmanager
def started(app: Flask) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=lambda: scheduler.start(app, stop, every=0.02))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert not running()


def test_jobs_stop_with_the_leadership_and_begin_again_with_it(fresh_app: Flask, url: str) -> None:
    ran = threading.Semaphore(0)

    def run() -> int:
        ran.release()
        return 1

    only("run", run)
    with psycopg.connect(url, autocommit=True) as other, started(fresh_app):
        assert ran.acquire(timeout=20)
        # Another machine stands in line for the lock, and has it at the moment at which the leader is cut off.
        waiting = threading.Thread(target=lambda: other.execute("SELECT pg_advisory_lock(%s, 0)", [locks.LEADER]))
        waiting.start()
        eventually(lambda: in_line(url))
        assert end_leader(url) == 1
        waiting.join(20)
        eventually(lambda: not running())
        assert not ran.acquire(blocking=False)
        other.execute("SELECT pg_advisory_unlock(%s, 0)", [locks.LEADER])
        assert ran.acquire(timeout=20), "what is due is read from the data, so it runs at once"
    with fresh_app.app_context(), transaction():
        assert [one.outcome for one in latest_runs(5)] == ["done", "done"]
    leadership = Leadership(url)
    assert leadership.hold(), "whoever stops in order lets go of the lock"
    leadership.drop()


def in_line(url: str) -> bool:
    with psycopg.connect(url) as link:
        query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND NOT granted"
        return link.execute(query, [locks.LEADER]).fetchone() is not None


def test_a_job_under_way_ends_before_the_process_does(fresh_app: Flask) -> None:
    begun, go = threading.Event(), threading.Event()

    def run() -> int:
        begun.set()
        go.wait(20)
        return 1

    only("run", run)
    with started(fresh_app) as stop:
        assert begun.wait(20)
        stop.set()
        go.set()
    with fresh_app.app_context(), transaction():
        assert [(one.outcome, one.rows) for one in latest_runs(5)] == [("done", 1)]


def test_a_job_that_is_woken_runs_at_once_and_only_after_the_commit(fresh_app: Flask) -> None:
    ran = threading.Semaphore(0)

    def run() -> int:
        ran.release()
        return 1

    only("run", run)  # again in an hour
    with started(fresh_app), fresh_app.app_context():
        assert ran.acquire(timeout=20)
        with transaction():
            wake("run")
            assert not ran.acquire(timeout=0.5), "what it was woken for is not to be seen yet"
        assert ran.acquire(timeout=20)
        with suppress(ZeroDivisionError), transaction():
            wake("run")
            1 / 0  # noqa: B018 -- nothing is committed
        with transaction():
            wake("nobody knows this one")
        assert not ran.acquire(timeout=0.5), "no commit, no call"


def test_a_job_that_is_woken_while_it_runs_runs_once_more(fresh_app: Flask) -> None:
    begun, go = threading.Semaphore(0), threading.Event()

    def run() -> int:
        begun.release()
        go.wait(20)
        return 1

    only("run", run)
    with started(fresh_app), fresh_app.app_context():
        assert begun.acquire(timeout=20)
        for _ in range(3):
            with transaction():
                wake("run")
        assert not begun.acquire(timeout=0.5), "never twice at once"
        go.set()
        assert begun.acquire(timeout=20)
        eventually(lambda: runs_ended(fresh_app) == 2)
        assert not begun.acquire(timeout=0.5), "once more is enough"


def runs_ended(app: Flask) -> int:
    with app.app_context(), transaction():
        return sum(one.outcome == "done" for one in latest_runs(9))


def test_waking_a_job_harms_nothing_where_nobody_leads(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        wake("send-payouts")


def test_a_job_that_fails_does_not_end_the_others(fresh_app: Flask) -> None:
    ran = threading.Event()

    def fail() -> int:
        raise RuntimeError("no")

    def run() -> int:
        ran.set()
        return 1

    only("fail", fail)
    add_job(Job("run", 3600, run, "Runs."))
    with started(fresh_app):
        assert ran.wait(20)
    with fresh_app.app_context(), transaction():
        assert {(one.name, one.outcome) for one in latest_runs(5)} == {("fail", "failed"), ("run", "done")}
