"""An administrator's pages: jobs and the audit log."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import NOW, PASSWORD, code_now, make_user
from workforce.core import audit
from workforce.core.auth import SYSTEM
from workforce.core.db import direct_url, session, transaction
from workforce.core.scheduler import JobRun, Leadership

NOBODY = "No process leads, so no job runs."


@pytest.fixture
def admin(app: Flask, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """Give the browser of an admin."""
    with app.app_context(), transaction():
        email = make_user("admin").email
    return sign_in(email)


def _run(name: str, minute: int, outcome: str, **values: object) -> None:
    start = NOW + timedelta(minutes=minute)
    ended = start + timedelta(seconds=65) if outcome else None
    session().add(JobRun(name=name, host="one/7", started_at=start, ended_at=ended, outcome=outcome, **values))
    session().flush()


def test_jobs_show_their_last_run_and_the_log_what_went_wrong(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction():
        _run("close-due-days", 0, "")
        _run("close-due-days", 1, "failed", error="ValueError: <no rate>")
        _run("send-payouts", 2, "done", rows=12)
        _run("poll-rails", 3, "")
    page = admin.get("/admin/jobs").text
    assert NOBODY in page
    assert "ValueError: &lt;no rate&gt;" in page
    assert "1\xa0min" in page
    words = re.findall(r'<span class="state state-\w+">(.+?)</span>', page)
    assert words == ["Failed", "Done", "Under way", "Under way", "Done", "Failed", "Cut short"]
    only = admin.get("/admin/jobs?job=send-payouts").text
    assert "ValueError" not in only
    assert "Runs of send-payouts" in only


def test_it_is_seen_that_a_process_leads(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        email = make_user("admin").email
    with fresh_app.app_context():
        leadership = Leadership(direct_url())
    browser = fresh_app.test_client()
    browser.post("/sign-in", data={"email": email, "password": PASSWORD})
    browser.post("/sign-in/code", data={"code": code_now()})
    assert leadership.hold()
    try:
        page = browser.get("/admin/jobs").text
        assert "A process leads." in page
        assert "It has been connected since" in page
        assert NOBODY not in browser.get("/admin/audit").text
    finally:
        leadership.drop()


def test_every_page_tells_an_admin_that_nobody_leads_and_nobody_else(
    app: Flask, admin: FlaskClient, sign_in: Callable[[str], FlaskClient]
) -> None:
    with app.app_context(), transaction():
        finance = make_user("finance").email
    assert admin.get("/admin/audit").text.count(NOBODY) == 1
    assert admin.get("/nowhere").text.count(NOBODY) == 1
    assert admin.get("/admin/jobs").text.count(NOBODY) == 1, "once, and not twice"
    assert NOBODY not in sign_in(finance).get("/finance/runs").text
    assert NOBODY not in app.test_client().get("/sign-in").text


def test_the_run_log_is_paged(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction():
        for minute in range(60):
            _run("send-payouts", minute, "done", rows=1000 + minute)
    first = admin.get("/admin/jobs").text
    assert "1,059" in first
    assert "1,009" not in first
    second = admin.get(unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])).text
    assert "1,009" in second
    assert 'rel="next"' not in second


def _record(number: int, action: str = "rate.add") -> None:
    audit.record(
        SYSTEM, action, f"rate:{number}", before={"rate": number}, after={"rate": number + 1, "<b>": True},
        reason="agreed & signed", now=NOW,
    )  # fmt: skip


def test_the_audit_log_shows_who_did_what_and_why(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction():
        _record(7)
    page = admin.get("/admin/audit").text
    assert re.search(r"rate</dt><dd>.*?>7</bdi>.*?<bdi>8</bdi>", page)
    assert "&lt;b&gt;</dt><dd><bdi>true</bdi>" in page
    assert "agreed &amp; signed" in page
    assert page.index("rate:7") < page.index("user.create")


def test_the_audit_log_is_filtered_and_paged(app: Flask, admin: FlaskClient) -> None:
    with app.app_context(), transaction():
        for number in range(120):
            _record(number, "rate.end" if number % 2 else "rate.add")
    page = admin.get("/admin/audit?action=rate.end").text
    found = re.findall(r"rate:(\d+)</a>", page)
    while 'rel="next"' in page:
        page = admin.get(unescape(re.findall(r'rel="next" href="([^"]+)"', page)[0])).text
        found += re.findall(r"rate:(\d+)</a>", page)
    assert found == [str(number) for number in range(119, 0, -2)]
    assert re.findall(r"rate:(\d+)</a>", admin.get("/admin/audit?subject=rate:30").text) == ["30"]
    assert "No entry fits" in admin.get("/admin/audit?actor=somebody@example.com").text
    assert 'value="rate.end"' in admin.get("/admin/audit?action=rate.end").text


def test_a_rare_action_is_looked_for_a_part_of_the_log_at_a_time(
    app: Flask, admin: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "LOOKED_AT", 10)
    with app.app_context(), transaction():
        _record(1, "rate.end")
        for number in range(25):
            _record(100 + number)
    page = admin.get("/admin/audit?action=rate.end").text
    assert "Older entries were not looked at yet." in page
    steps = 0
    while "rate:1<" not in page and steps < 5:
        page = admin.get(unescape(re.findall(r'href="([^"]*before=[^"]+)"', page)[-1])).text
        steps += 1
    assert "rate:1<" in page
    assert steps == 2


def test_the_pages_ask_the_same_of_the_database_however_much_there_is(
    app: Flask, admin: FlaskClient, queries: Callable[[Callable[[], object]], int]
) -> None:
    before = [queries(lambda path=path: admin.get(path)) for path in ("/admin/jobs", "/admin/audit")]  # type: ignore[misc]
    with app.app_context(), transaction():
        for number in range(30):
            _record(number)
            _run("send-payouts", number, "done")
    after = [queries(lambda path=path: admin.get(path)) for path in ("/admin/jobs", "/admin/audit")]  # type: ignore[misc]
    assert before == after
    assert max(after) <= 6
