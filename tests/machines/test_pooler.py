"""A pooler in transaction mode before the server: pages are as they were, and nobody leads through it."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from payroll.ledger.queries import problems
from payroll.payouts.rails import SandboxRail
from tests.conftest import close_app, make_app, signed_in
from tests.crash import scenario
from tests.factories import make_user
from tests.machines.conftest import Start
from tests.machines.servers import Pooler, Server, eventually
from workforce.core import demo, migrate, scheduler
from workforce.core.db import rows, transaction
from workforce.core.scheduler import Job, Leadership, add_job, leaders, wake
from workforce.core.settings import SandboxPolicy

READERS, ROUNDS = 6, 12
PAGES = {
    "admin": ("/admin/jobs", "/admin/audit", "/admin/people", "/admin/mail"),
    "finance": ("/finance/runs", "/finance/balances", "/finance/exchange-rates", "/finance/floors"),
    "manager": ("/manage/projects", "/manage/tests", "/manage/offers", "/manage/appeals"),
}
CANNOT = "this process cannot lead"
NOBODY = "No process leads, so no job runs."


@pytest.fixture
def app(pooler: Pooler, server: Server, tmp_path: Path) -> Iterator[Flask]:
    """Give an application behind the pooler; its database is migrated through it, too."""
    made = make_app(pooler.url("daybook"), tmp_path / "web", pooled=True)
    with made.app_context():
        migrate.upgrade()
        with transaction():
            for role in PAGES:
                make_user(role, f"the-{role}@example.com")
    yield made
    close_app(made)


@pytest.fixture
def direct(pooler: Pooler, server: Server, app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """Give an application that knows the way past the pooler as well."""
    made = make_app(pooler.url("daybook"), tmp_path / "direct", pooled=True, direct_url=server.url("daybook"))
    yield made
    close_app(made)


def test_many_pages_are_read_through_a_pooler_and_none_fails(app: Flask) -> None:
    def read(_reader: int) -> list[tuple[str, int]]:
        found = []
        for role, paths in PAGES.items():
            browser = signed_in(app, f"the-{role}@example.com")
            found += [(path, browser.get(path).status_code) for _ in range(ROUNDS) for path in paths]
        return found

    with ThreadPoolExecutor(READERS) as pool:
        answers = [answer for part in pool.map(read, range(READERS)) for answer in part]
    assert len(answers) == READERS * ROUNDS * 12
    assert {answer for answer in answers if answer[1] != 200} == set()


def test_the_whole_way_from_files_to_payouts_runs_through_a_pooler(app: Flask) -> None:
    with app.app_context():
        scenario.prepare(app)
        scenario.pipeline(app, SandboxRail(SandboxPolicy()))
        with transaction():
            assert problems() == []
            assert rows("SELECT DISTINCT state FROM payout_order") == [("paid",)]


def test_nobody_leads_through_a_pooler_and_no_lock_is_left_behind(app: Flask, pooler: Pooler, server: Server) -> None:
    first, second = Leadership(pooler.url("daybook")), Leadership(pooler.url("daybook"))
    assert [one.hold() for one in (first, second, first, second)] == [False] * 4
    assert "DATABASE_DIRECT_URL" in first.refused
    with app.app_context():
        with transaction():
            assert leaders() == []
        with pytest.raises(demo.CannotLead, match="DATABASE_DIRECT_URL"), demo.alone():
            pass
    third = Leadership(server.url("daybook"))
    assert third.hold(), "what the others tried keeps nobody out"
    assert not first.hold()
    with app.app_context(), transaction():
        assert len(leaders()) == 1, "and it is seen through the pooler"
    third.drop()


def test_processes_behind_a_pooler_say_why_they_do_not_lead_and_lead_by_the_direct_way(
    app: Flask, pooler: Pooler, server: Server, daybook: Start, tmp_path: Path
) -> None:
    def start(name: str, **environment: str) -> Callable[[], str]:
        with (tmp_path / name).open("w") as errors:
            daybook("jobs", "start", errors=errors, DATABASE_URL=pooler.url("daybook"), **environment)
        return (tmp_path / name).read_text

    def led() -> int:
        with app.app_context(), transaction():
            return len(leaders())

    admin = signed_in(app, "the-admin@example.com")
    blind = [start("first", DATABASE_POOLED="1"), start("unaware")]
    eventually(lambda: all(CANNOT in words() for words in blind))
    assert all("DATABASE_DIRECT_URL" in words() for words in blind)
    assert (led(), "daybook_leaders 0.0" in app.test_client().get("/metrics").text) == (0, True)
    assert NOBODY in strip(admin, "/admin/people")
    assert not strip(signed_in(app, "the-manager@example.com"), "/manage/projects")
    assert strip(admin, "/admin/jobs").count(NOBODY) == 1

    way = {"DATABASE_POOLED": "1", "DATABASE_DIRECT_URL": server.url("daybook")}
    seeing = [start("second", **way), start("third", **way)]
    eventually(lambda: sum('"leading"' in words() for words in seeing) == 1)
    eventually(lambda: server.query("SELECT count(*) FROM job_run WHERE outcome = 'done'", "daybook"))
    assert (led(), "daybook_leaders 1.0" in app.test_client().get("/metrics").text) == (1, True)
    assert not strip(admin, "/admin/people")
    assert all(words().count(CANNOT) == 1 for words in blind), "once, not at every try"


def strip(browser: FlaskClient, path: str) -> str:
    """Give the words of a page that warn."""
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(re.findall(r'<div class="notice (?:error|warn)".*?</div>', answer.text, re.DOTALL))


def test_a_job_is_woken_from_behind_the_pooler(direct: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ran, stop = threading.Semaphore(0), threading.Event()

    def run() -> int:
        ran.release()
        return 1

    monkeypatch.setattr(scheduler, "_jobs", {})
    add_job(Job("run", 3600, run, "Runs."))
    thread = threading.Thread(target=lambda: scheduler.start(direct, stop, every=0.02))
    thread.start()
    try:
        assert ran.acquire(timeout=60)
        with direct.app_context(), transaction():
            wake("run")
        assert ran.acquire(timeout=60)
    finally:
        stop.set()
        thread.join(60)
