"""Jobs: one list, one leader, and a log of every run.

`daybook jobs start` may run on every machine. The process that holds an advisory lock on a connection of its own runs
the jobs; when it dies the database lets go of the lock and another process takes over. Who leads is not written down:
it is read from the server's locks, by any process. Every job bears two leaders for a moment, since what it does is
decided from the data under locks of its own.
"""

import logging
import os
import select as sockets
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Final

import psycopg
import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from workforce.core import clock, locks
from workforce.core.db import Base, Id, Instant, connect, direct_url, rows, session, transaction
from workforce.core.errors import NotFound
from workforce.core.sweep import SomeFailed, words

log = structlog.get_logger()


class JobRun(Base):
    """One run of a job."""

    __tablename__ = "job_run"
    __table_args__ = (Index(None, "name", "id"), Index(None, "started_at"))

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60))
    # Machine and process, for whoever looks for its log.
    host: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    # done or failed; empty while it runs, and for good where the process was killed.
    outcome: Mapped[str] = mapped_column(String(10), default="")
    # How much it did, also where it failed: days closed, orders sent, …
    rows: Mapped[int] = mapped_column(default=0)
    # What went wrong, and with which items.
    error: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True)
class Job:
    """Something that is done again and again.

    Attributes:
        name: stable, such as close-due-days.
        seconds: from one start to the next.
        call: does it, safe to run twice, and gives how much was done; over items it goes by `workforce.core.sweep`.
        purpose: one sentence for people.

    """

    name: str
    seconds: int
    call: Callable[[], int]
    purpose: str


_jobs: Final[dict[str, Job]] = {}


def add_job(job: Job) -> None:
    """Put a job on the list, once however often an application is made."""
    _jobs[job.name] = job


def jobs() -> list[Job]:
    """Give all jobs in the order in which they were added."""
    return list(_jobs.values())


def run_job(name: str) -> JobRun:
    """Run a job now and write its run down.

    Returns:
        the run, with its outcome; an error of the job is in it and in the log, and is not raised.

    Raises:
        NotFound: there is no job of that name.

    """
    job = _jobs.get(name)
    if job is None:
        raise NotFound(thing="job", name=name)
    with transaction():
        entry = JobRun(name=name, host=f"{socket.gethostname()}/{os.getpid()}", started_at=clock.now())
        session().add(entry)
        session().flush()
        key = entry.id
    try:
        rows, outcome, error = job.call(), "done", ""
    except SomeFailed as problem:  # each item is in the log already
        log.error("job failed", job=name, problem=problem.message)  # noqa: TRY400 -- with its traceback
        rows, outcome, error = problem.done, "failed", problem.message
    except Exception as problem:  # whatever a job raises goes into its log, and the next run goes on
        log.exception("job failed", job=name)
        rows, outcome, error = 0, "failed", words(problem)
    with transaction():
        entry = session().get_one(JobRun, key)
        entry.ended_at, entry.outcome, entry.rows, entry.error = clock.now(), outcome, rows, error
    return entry


_CHANNEL: Final = "daybook_wake"


def wake(name: str) -> None:
    """Have the leader run a job as soon as the transaction that is open has been committed.

    Nothing is lost if nobody leads: the job reads from the data what is left to do, and runs by its schedule anyway.
    """
    session().execute(select(func.pg_notify(_CHANNEL, name)))


def latest_runs(limit: int) -> list[JobRun]:
    """Return the newest runs of all jobs."""
    return list(session().scalars(select(JobRun).order_by(JobRun.id.desc()).limit(limit)))


# The lock as the server lists it: of this database, with the two halves of its key.
_LOCKS: Final = (
    f"pg_locks WHERE locktype = 'advisory' AND granted AND classid = {locks.LEADER} AND objid = 0 AND objsubid = 2"  # noqa: S608 -- our own number
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def leaders() -> list[datetime | None]:
    """Return since when each process that leads has been connected; none where nobody leads, so that no job runs.

    An instant is missing where the account may not look at the leader's connection, which may be another account's.
    """
    query = (
        f"SELECT pg_stat_activity.backend_start FROM (SELECT pid FROM {_LOCKS}) AS leader"  # noqa: S608 -- see above
        " LEFT JOIN pg_stat_activity USING (pid)"
    )
    return [since for (since,) in rows(query)]


_SERVER_KEEPALIVE: Final = (
    "SET tcp_keepalives_idle = 5", "SET tcp_keepalives_interval = 5", "SET tcp_keepalives_count = 3",
)  # fmt: skip
_NOT_OWN: Final = (
    "it reaches the database through a pooler, on whose connections no lock holds: let DATABASE_DIRECT_URL lead past"
    " the pooler, to the server itself"
)


class Leadership:
    """The advisory lock that makes one process the leader, on a connection outside the pool.

    Either end finds out within seconds when the other one's machine has vanished without a word. The same connection
    hears of the jobs that are to run at once; their names are in `woken`.

    Attributes:
        woken: names of the jobs that are to run at once.
        refused: why this process cannot lead, or empty: it leads, or another one does.

    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None
        self.woken: SimpleQueue[str] = SimpleQueue()
        self.refused = ""

    def hold(self) -> bool:
        """Take the lock or see that it is still held; True while this process leads."""
        led = self._connection is not None
        if self.held():
            return True
        self.drop()
        if led:
            log.warning("leadership lost")
            return False  # what was begun as the leader ends before anybody leads again
        before, self.refused = self.refused, ""
        try:
            self._connection = connect(self._url)
            self._take(self._connection)
        except psycopg.Error as problem:
            self.refused = str(problem).strip()
        if self.refused not in {"", before}:  # once, not at every try
            log.error("this process cannot lead", why=self.refused)
        if self.refused or not self.held():
            self.drop()
        return self._connection is not None

    def _take(self, connection: psycopg.Connection) -> None:
        """Take the lock if it is free and the connection is one of its own; a pooler's is left as it was."""
        # A pooler answers for the server, and gives a number of its own for the server's process.
        if connection.execute("SELECT pg_backend_pid()").fetchone() != (connection.info.backend_pid,):
            self.refused = _NOT_OWN
            return
        for statement in _SERVER_KEEPALIVE:
            connection.execute(statement)
        connection.add_notify_handler(lambda notice: self.woken.put(notice.payload))
        if connection.execute("SELECT pg_try_advisory_lock(%s, 0)", [locks.LEADER]).fetchone() == (True,):
            connection.execute(f"LISTEN {_CHANNEL}")

    def wait(self, seconds: float) -> None:
        """Wait so long, or until something has come in, such as the waking of a job."""
        try:
            if self._connection is None:
                time.sleep(seconds)
            elif sockets.select([self._connection.fileno()], [], [], seconds)[0]:
                self.held()  # whatever came in is read with the answer
        except (OSError, ValueError, psycopg.Error):  # the connection is gone, as the next look will find
            time.sleep(seconds)

    def held(self) -> bool:
        """See whether the server lists this connection as the lock's holder; may be asked from any thread."""
        connection = self._connection
        if connection is None:
            return False
        query = f"SELECT 1 FROM {_LOCKS} AND pid = pg_backend_pid() AND pid = %s"  # noqa: S608 -- see above
        try:
            return connection.execute(query.encode(), [connection.info.backend_pid]).fetchone() is not None
        except psycopg.Error:
            return False

    def drop(self) -> None:
        """Let go of the lock with its connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _Calls:
    """The jobs while this process leads: each runs by its schedule, and at once when it is woken."""

    def __init__(self, app: Flask, leadership: Leadership) -> None:
        self._app, self._leadership = app, leadership
        self._guard = threading.Lock()
        self._running: set[str] = set()
        # Woken while they run: they run once more, since what they were woken for may have come too late for them.
        self._again: set[str] = set()
        # Nothing is remembered between starts: what is due is read from the data. A call that comes while its job is
        # running is let in, to find that out by itself.
        defaults = {"coalesce": True, "max_instances": 2, "misfire_grace_time": None}
        self.schedule = BackgroundScheduler(timezone="UTC", job_defaults=defaults)
        for job in _jobs.values():
            self.schedule.add_job(
                self._call, "interval", args=[job.name], seconds=job.seconds, id=job.name, next_run_time=_soon()
            )

    def hurry(self) -> None:
        """Bring the jobs forward that were woken."""
        while not self._leadership.woken.empty():
            name = self._leadership.woken.get()
            with self._guard:
                running = name in self._running
                if running:
                    self._again.add(name)
            if not running and name in _jobs:
                self.schedule.modify_job(name, next_run_time=_soon())

    def _call(self, name: str) -> None:
        with self._guard:
            if name in self._running:
                return
            self._running.add(name)
        try:
            again = True
            while again and self._leadership.held():
                with self._app.app_context():
                    run_job(name)
                with self._guard:
                    again = name in self._again
                    self._again.discard(name)
                    if not again:
                        self._running.discard(name)
        finally:
            with self._guard:
                self._running.discard(name)


_GLANCE: Final = 0.2  # seconds that somebody who asks for the end may have to wait


def start(app: Flask, stop: threading.Event, *, every: float = 2.0) -> None:
    """Lead when the lock is free, and run the jobs while leading, until told to stop.

    Args:
        app: the application whose database and jobs these are.
        stop: set by whoever wants it to end; a job under way ends first.
        every: seconds between looks at the lock.

    """
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    with app.app_context():
        leadership = Leadership(direct_url())
    calls: _Calls | None = None
    while not stop.is_set():
        leads = leadership.hold()
        if leads and calls is None:
            calls = _Calls(app, leadership)
            calls.schedule.start()
            log.info("leading", jobs=len(_jobs))
        elif not leads and calls is not None:
            calls.schedule.shutdown(wait=True)
            calls = None
        look = time.monotonic() + every
        while not stop.is_set() and (left := look - time.monotonic()) > 0:
            leadership.wait(min(left, _GLANCE))
            if calls is not None:
                calls.hurry()
    if calls is not None:
        calls.schedule.shutdown(wait=True)
    leadership.drop()


def _soon() -> datetime:
    return datetime.now(UTC)  # real time: the scheduler's own clock never stands still
