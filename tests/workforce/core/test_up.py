"""`daybook up` as a process: whatever of it is killed comes back, and when it ends nothing of it is left."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from tests.factories import make_user
from workforce.core.db import transaction

pytestmark = pytest.mark.crash

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120
EMAIL = "lan@example.com"


def eventually(condition: Callable[[], object]) -> None:
    deadline, clock = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        clock.wait(0.05)


class Up:
    """The process, its children, and the database that it works on."""

    def __init__(self, url: str, folder: Path, port: int = 0) -> None:
        self.link = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port or free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DAYBOOK_")}
        self.errors = (folder / "errors").open("w+")
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("daybook")), "up", "--port", str(self.port)],
            cwd=folder, env=kept | {"DATABASE_URL": self.link, "DAYBOOK_ENV": "test", "DAYBOOK_INSTANCE": str(folder)},
            stdout=self.errors, stderr=self.errors,
        )  # fmt: skip

    def answers(self) -> bool:
        """Does the web answer, with the database behind it?"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.read() == b"ready\n")
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def counted(self) -> int:
        """Give how many answers of /healthz were counted, by whichever of the web processes answers this."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            found = re.search(r'^daybook_requests_total{endpoint="core.healthz",status="200"} (\S+)$',
                              answer.read().decode(), re.MULTILINE)  # fmt: skip
        return int(float(found[1])) if found else 0

    def query(self, statement: str) -> int:
        with psycopg.connect(self.link, autocommit=True) as link:
            row = link.execute(statement).fetchone()
        return int(row[0]) if row else 0

    def jobs_done(self) -> int:
        return self.query("SELECT count(*) FROM job_run WHERE outcome = 'done'")

    def pids(self, *words: str) -> set[int]:
        """Give the processes below it whose command has all of these words, their minders left out."""
        found = set()
        for one in psutil.Process(self.process.pid).children(recursive=True):
            try:
                command = one.cmdline()
            except psutil.NoSuchProcess:
                continue
            if all(word in command for word in words) and not any(word.endswith("processes.py") for word in command):
                found.add(one.pid)
        return found

    def workers(self) -> set[int]:
        """Give the processes that answer requests: granian's children."""
        found = set()
        for pid in self.pids("granian"):
            try:
                found |= {one.pid for one in psutil.Process(pid).children() if self._serves(one)}
            except psutil.NoSuchProcess:
                continue  # it has just ended
        return found

    @staticmethod
    def _serves(process: psutil.Process) -> bool:
        try:
            return "resource_tracker" not in " ".join(process.cmdline())
        except psutil.NoSuchProcess:  # a zombie is one too
            return False

    def everybody(self) -> set[int]:
        return {one.pid for one in psutil.Process(self.process.pid).children(recursive=True)}


@pytest.fixture
def up(fresh_database: str, tmp_path: Path) -> Iterator[Up]:
    made = Up(fresh_database, tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.wait(PATIENCE)
    made.errors.close()


def kill(pids: set[int]) -> None:
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_whatever_is_killed_comes_back_and_nothing_is_left_at_the_end(up: Up) -> None:
    eventually(lambda: up.answers() and up.jobs_done() >= 3)

    jobs = up.pids("jobs", "start")
    done = up.jobs_done()
    kill(jobs)
    eventually(lambda: up.jobs_done() >= done + 3)  # a new process leads, and runs what is due
    assert not up.pids("jobs", "start") & jobs
    assert up.answers(), "the web does not care"

    web = up.workers()
    kill({max(web)})
    eventually(lambda: up.workers() - web and len(up.workers()) == len(web))
    eventually(up.answers)
    assert up.workers() & web, "the others went on"

    web = up.pids("granian") | up.workers()
    kill(web)
    eventually(up.answers)
    assert not (up.pids("granian") | up.workers()) & web

    # All connections at once, the leader's among them, as when the server is started again.
    done = up.jobs_done()
    up.query(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    eventually(lambda: up.answers() and up.jobs_done() >= done + 3)

    everybody = up.everybody()
    up.process.terminate()
    assert up.process.wait(PATIENCE) == 0
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in everybody))
    assert not up.answers()
    with psycopg.connect(up.link) as link:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        eventually(lambda: link.execute(others).fetchone() == (0,))


def test_a_killed_supervisor_leaves_nothing_behind(up: Up) -> None:
    eventually(lambda: up.answers() and up.jobs_done() >= 1)
    everybody = up.everybody()
    up.process.kill()
    up.process.wait(PATIENCE)
    eventually(lambda: not any(psutil.pid_exists(pid) for pid in everybody))
    assert not up.answers()


def test_a_port_is_one_daybooks_alone_and_its_mails_and_counts_are_of_all_its_web_processes(
    fresh_app: Flask, up: Up, fresh_database: str, tmp_path: Path
) -> None:
    with fresh_app.app_context(), transaction():
        make_user("worker", EMAIL)
    eventually(up.answers)
    (tmp_path / "second").mkdir()
    second = Up(fresh_database, tmp_path / "second", up.port)
    assert second.process.wait(PATIENCE) == 1
    second.errors.seek(0)
    (line,) = second.errors.read().splitlines()
    assert line.startswith(f"daybook: Port {up.port} is taken")
    second.errors.close()
    assert up.answers()

    for number in range(40):  # each over a connection of its own, which goes to any of the two
        with urllib.request.urlopen(f"http://127.0.0.1:{up.port}/healthz", timeout=5) as answer:
            assert answer.read() == b"ok\n"
        assert up.counted() == number + 1
    kill({max(up.workers())})
    eventually(lambda: len(up.workers()) == 2 and up.answers())
    assert {up.counted() for _ in range(10)} == {40}

    ask = f"http://127.0.0.1:{up.port}/forgot-password"
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(ask, timeout=5) as page:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token
    data = urllib.parse.urlencode({"email": EMAIL, "csrf_token": token[1]}).encode()
    browser.open(ask, data, timeout=30).close()
    assert up.query(f"SELECT count(*) FROM mail WHERE text LIKE '%http://127.0.0.1:{up.port}/forgot-password/%'") == 1
