"""Two servers: the standby takes over in the middle of an import, and everything goes on."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.conftest import close_app, make_app
from tests.factories import make_group, make_project
from tests.machines.conftest import Start
from tests.machines.servers import Server, eventually
from workforce.core import migrate
from workforce.core.db import transaction
from workforce.core.scheduler import Leadership

pytestmark = pytest.mark.crash

ROWS, WORKERS = 12_000, 40
REWARD = Decimal("0.0107")
NOON, MORROW = "2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z"
DONE = "SELECT coalesce(max(id), 0) FROM job_run WHERE outcome = 'done'"
TAKEN = "SELECT count(*) FROM submission"


@pytest.fixture
def url(server: Server, standby: Server) -> str:
    """Give the address of both servers."""
    hosts = f"host=127.0.0.1:{server.port}&host=127.0.0.1:{standby.port}"
    return f"postgresql://daybook@/daybook?{hosts}&target_session_attrs=read-write"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Give a file that takes some time to read."""
    lines = ["source,worker,status,submitted_at,decided_at,reward,currency"]
    lines += [
        f"S{row},W{row % WORKERS},accepted,2026-11-20T08:00:00Z,2026-11-20T09:00:00Z,{REWARD},USD"
        for row in range(ROWS)
    ]
    path = tmp_path / "work.csv"
    path.write_text("\n".join(lines))
    return path


def test_a_failover_in_the_middle_of_an_import_costs_nothing(
    server: Server, standby: Server, url: str, work: Path, daybook: Start, tmp_path: Path
) -> None:
    def done(*words: object, status: int = 0, now: str = NOON) -> Any:
        process = daybook(*words, "--json", DATABASE_URL=url, DAYBOOK_NOW=now)
        out, errors = process.communicate(timeout=300)
        assert process.returncode == status, errors
        return json.loads(out) if out else errors

    take_in = ("import", "work", work, "--format", "csv", "--project", "OWL", "--pay", "reward", "--group", "US")
    app = make_app(url, tmp_path / "web")
    with app.app_context():
        migrate.upgrade()
        with transaction():
            make_group("US", timezone="UTC", currency="USD", open_day=date(2026, 11, 20))
            make_project("OWL")
    with (tmp_path / "leader").open("w") as errors:
        leader = daybook("jobs", "start", errors=errors, DATABASE_URL=url, DAYBOOK_NOW=NOON)
    eventually(lambda: server.query(DONE, "daybook"))
    assert leads(app)

    first = daybook(*take_in, DATABASE_URL=url, DAYBOOK_NOW=NOON)
    eventually(lambda: server.query(TAKEN, "daybook"))
    server.kill()
    _, words = first.communicate(timeout=120)
    assert first.returncode == 1
    assert words.startswith("daybook: The database does not answer"), words
    assert app.test_client().get("/readyz").status_code == 503
    assert not leads(app), "the counters are to be had without a database, too"
    before = standby.query(DONE, "daybook")
    assert 0 < standby.query(TAKEN, "daybook") < ROWS, "it was in the middle"

    aside = Leadership(standby.url("daybook"))
    assert not aside.hold()
    assert "recovery" in aside.refused, "a standby has locks of its own, and they are none"
    assert standby.query("SELECT pg_promote()")
    eventually(lambda: app.test_client().get("/readyz").status_code == 200)
    eventually(lambda: leads(app))
    eventually(lambda: standby.query(DONE, "daybook") > before)
    assert leader.poll() is None, "the same process leads on the new primary"

    report = done(*take_in)
    assert report["refused"] == [], report["refused"][:1]
    assert standby.query(TAKEN, "daybook") == ROWS
    assert done(*take_in)["imported"] == 0, "and nothing is left of it"
    (run,) = done("close", "--group", "US", "--day", "2026-11-20", now=MORROW)["runs"]
    assert Decimal(run["totals"][0]["net"]) == REWARD * ROWS
    done("ledger", "check")
    close_app(app)


def leads(app: Flask) -> bool:
    """Say whether a scrape of the web finds a leader."""
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    return "daybook_leaders 1.0" in answer.text.splitlines()
