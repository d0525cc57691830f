"""Killed anywhere, and begun again, the books come out as if nothing had happened, and nobody is paid twice.

CRASH_POINTS says how many points, spread over the whole way from the first file to the last transfer.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from payroll.ledger.queries import problems
from tests.conftest import close_app, make_app
from tests.crash.scenario import books, states
from workforce.core.db import rows, transaction
from workforce.core.postgres import EmbeddedServer

pytestmark = pytest.mark.crash
ROOT = Path(__file__).resolve().parents[2]
POINTS = int(os.environ.get("CRASH_POINTS", "10"))
KINDS = ("statement", "commit", "rail")
KILLED = -signal.SIGKILL
# Of the commits until the database is killed: in the middle of a close, and of paying.
SHARES = [0.15, 0.6] if POINTS > 10 else [0.15]


class Driver:
    """The program that runs the scenario in children."""

    def __init__(self, url: str, folder: Path) -> None:
        command = [sys.executable, str(ROOT / "tests/crash/driver.py"), url, str(folder)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self._read() == "ready"

    def _read(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline().strip()
        if not line:
            _, words = self.process.communicate(timeout=30)
            pytest.fail(f"the driver ended: {words}")
        return line

    def run(self, order: str = "") -> tuple[int, dict[str, int]]:
        """Run the scenario in a child; give its exit status and how many points it passed."""
        assert self.process.stdin
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()
        answer = json.loads(self._read())
        return answer["status"], answer["passed"]

    def end(self) -> str:
        """End the program and give what its children said on stderr."""
        _, words = self.process.communicate(timeout=60)
        return words


class Stage:
    """A database that is as it was before the first step, as often as it is asked for."""

    def __init__(self, fresh: Callable[[], str], app: Flask, driver: Driver) -> None:
        self.fresh, self.app, self.driver = fresh, app, driver
        _, self.points = driver.run()
        self.reference = books(app)
        assert_sound(app)
        close_app(app)


@pytest.fixture(scope="module")
def stage(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("crash")
    base, name = f"daybook_crash_base_{worker_id}", f"daybook_crash_{worker_id}"
    beginner = Driver(make_database(base, template), folder)
    assert beginner.run("prepare")[0] == 0
    beginner.end()
    driver = Driver(make_database(name, base), folder)
    app = make_app(make_database(name, base), folder)
    yield Stage(lambda: make_database(name, base), app, driver)
    driver.end()
    close_app(app)


def assert_sound(app: Flask) -> None:
    """Check what must hold of any books, whatever they are compared with."""
    assert states(app) == {"settled": 6}
    with app.app_context(), transaction():
        assert problems() == []
        (counts,) = rows("""
            SELECT (SELECT count(*) FROM payout_order), (SELECT count(*) FROM sandbox_transfer),
                   (SELECT count(*) FROM payout_order JOIN sandbox_transfer USING (idempotency_key, amount, currency)),
                   (SELECT count(*) FROM payout_order WHERE state = 'failed'),
                   (SELECT count(*) FROM payout_attempt WHERE ended_at IS NULL)
        """)
    orders, transfers, agreeing, failed, under_way = counts
    assert orders == transfers == agreeing > 40
    assert failed > 3
    assert under_way == 0


def points_to_kill(passed: dict[str, int], count: int) -> list[tuple[str, int]]:
    """Spread points over the way, the same ones for the same scenario: each kind in turn, one in each stretch of it."""
    chance = random.Random(20261120)
    chosen = []
    for place in range(count):
        kind = KINDS[place % len(KINDS)]
        stretch = passed[kind] / (count / len(KINDS))
        begin = int(place // len(KINDS) * stretch)
        chosen.append((kind, chance.randint(begin + 1, max(begin + 1, min(passed[kind], int(begin + stretch))))))
    return chosen


def test_the_scenario_has_all_that_may_go_wrong(stage: Stage) -> None:
    found = stage.reference
    assert {row[3] for row in found["payslips"]} == {"KES", "VND", "USD"}
    assert {row[4] for row in found["lines"]} == {"piece", "correction", "topup"}
    assert {row[5] for row in found["orders"]} == {"paid", "failed"}
    assert len(found["exceptions"]) >= 3, "somebody owes more than she earned"
    assert any(row[7] < 0 for row in found["payslips"])
    assert len({row[:1] for row in found["releases"]}) == 3
    assert min(stage.points.values()) > 200


@pytest.mark.parametrize("number", range(POINTS))
def test_a_process_that_is_killed_anywhere_and_begun_again_leaves_the_same_books(stage: Stage, number: int) -> None:
    stage.fresh()
    kind, point = points_to_kill(stage.points, POINTS)[number]
    status, _ = stage.driver.run(f"{kind} {point}")
    assert status == KILLED, "the point was not reached"
    if number % 3 == 1:  # and its successor too, early on its way
        status, _ = stage.driver.run(f"{kind} {random.Random(number).randint(1, point)}")
        assert status in {KILLED, 0}
    status, _ = stage.driver.run()
    assert status == 0
    assert_same(stage.reference, books(stage.app))
    assert_sound(stage.app)
    close_app(stage.app)


def assert_same(expected: dict[str, list[Any]], found: dict[str, list[Any]]) -> None:
    for name, wanted in expected.items():
        missing, surplus = _without(wanted, found[name]), _without(found[name], wanted)
        assert not missing, f"{name}: {missing[:3]} missing, {surplus[:3]} in its stead"
        assert not surplus, f"{name}: {surplus[:3]} too many"


def _without(some: list[Any], others: list[Any]) -> list[Any]:
    left = list(others)
    return [row for row in some if row not in left or left.remove(row)]  # type: ignore[func-returns-value]


@pytest.mark.parametrize("share", SHARES)
def test_a_database_that_is_killed_in_the_middle_is_started_again_and_loses_nothing(
    stage: Stage, tmp_path: Path, share: float
) -> None:
    server = EmbeddedServer(tmp_path / "postgres", durable=False)
    url = server.acquire()
    driver = Driver(url, tmp_path)
    try:
        assert driver.run("prepare")[0] == 0
        postmaster = int((tmp_path / "postgres/data/postmaster.pid").read_text().splitlines()[0])
        status, _ = driver.run(f"commit {int(stage.points['commit'] * share)} {postmaster}")
        assert status == 1, "it saw its database go away"
        server.ensure_running()
        assert driver.run()[0] == 0
        app = make_app(url, tmp_path)
        assert_same(stage.reference, books(app))
        assert_sound(app)
        close_app(app)
    finally:
        words = driver.end()
        server.release()
    assert "OperationalError" in words
