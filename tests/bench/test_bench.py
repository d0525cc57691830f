"""The benches run through, speak as the contract says, and leave nothing behind. Nothing here looks at a time."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import make_url

from payroll.closing import bench as closing_bench
from workforce.core import bench
from workforce.core.db import db
from wsgi import cli

KEYS = ["name", "size", "seconds", "rows_per_second", "peak_rss_mb", "lower_bound_seconds", "ratio"]


@pytest.fixture
def daybook(fresh_database: str, tmp_path: Path) -> Callable[..., Result]:
    """Give a function that runs a command on a database of its own."""
    environment = {"DATABASE_URL": fresh_database, "DAYBOOK_INSTANCE": str(tmp_path), "DAYBOOK_ENV": "test"}

    def run(*words: str) -> Result:
        return CliRunner(env=environment).invoke(cli, words)

    return run


def databases(url: str) -> set[str]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    # Other workers of the same test run may be measuring on the same server.
    query = "SELECT datname FROM pg_database WHERE datname LIKE %s"
    with psycopg.connect(plain) as connection:
        return {name for (name,) in connection.execute(query, [f"daybook_bench_{os.getpid()}%"])}


def test_a_close_is_measured_in_a_database_that_is_dropped(daybook: Callable[..., Result], fresh_database: str) -> None:
    answer = daybook("bench", "close", "--size", "2000", "--json")
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert list(document) == KEYS
    assert (document["name"], document["size"]) == ("close", 2000)
    assert min(document["seconds"], document["lower_bound_seconds"], document["rows_per_second"], document["ratio"]) > 0
    assert not databases(fresh_database)


def test_the_users_own_tables_stay_as_they_are(daybook: Callable[..., Result], fresh_database: str) -> None:
    assert daybook("bench", "close", "--size", "1").exit_code == 0
    plain = make_url(fresh_database).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        found = connection.execute("SELECT 1 FROM worker UNION SELECT 1 FROM accepted_work").fetchone()
    assert found is None


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_the_database_is_dropped_when_it_is_interrupted(fresh_app: Flask, interruption: type[BaseException]) -> None:
    with fresh_app.app_context():
        home = db.engine.url.render_as_string(hide_password=False)
        with pytest.raises(interruption, match="daybook_bench_"), bench.own_database():
            raise interruption(*databases(home))
    assert not databases(home)


def test_a_close_that_loses_something_is_no_measurement(fresh_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def lazy(*_: Any, **__: Any) -> None:
        return None

    monkeypatch.setattr(closing_bench, "close_day", lazy)
    with (
        fresh_app.app_context(), bench.own_database() as own, own.app_context(),
        pytest.raises(bench.BenchWrong, match="0 payslips"),
    ):  # fmt: skip
        closing_bench.measure_close(20, lambda _words: None)


def test_wrong_usage_is_told_apart(daybook: Callable[..., Result]) -> None:
    none, unknown = daybook("bench", "close", "--size", "0"), daybook("bench", "nonsense")
    assert (none.exit_code, unknown.exit_code) == (2, 2)
    assert "--size" in none.stderr
    assert "known are: close, lists" in unknown.stderr
