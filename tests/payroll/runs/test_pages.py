"""Finance's pages: two people, every refusal said aloud, and what is shown is what is in the books."""

import csv
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from html import unescape
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient

from payroll.closing.models import Run, RunException
from payroll.closing.services import close_day
from payroll.payouts.models import Order
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import prepare_released, send
from tests.factories import DAY, NOW, make_fx, make_group, make_project, make_user, make_work, make_worker
from workforce.core.audit import AuditEvent
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse

RUN = "KE-2026-11-18"
PAGE = f"/finance/runs/{RUN}"
SignIn = Callable[[str], FlaskClient]
Count = Callable[[Callable[[], object]], int]


def text_of(html: str) -> str:
    return " ".join(unescape(html).replace("\u2068", "").split())


def make_run(app: Flask, *, workers: int = 2, day: date = DAY, negative: bool = False) -> None:
    """Close a day of the group KE with some workers; one of them has more taken back than earned if asked for."""
    with app.app_context():
        with transaction():
            group, project = make_group(open_day=day), make_project()
            for number in range(workers):
                make_work(project, make_worker(group, f"W{number}"), rate="0.0333", source=f"A{number}")
            make_fx("USD", "KES", "129.2537")
        close_day(SYSTEM, "KE", day, now=NOW)
        if negative:
            with transaction():
                submission = session().query(Submission).filter_by(source="A0").one()
                at = NOW - timedelta(days=1)
                reverse(SYSTEM, submission, group, OpenDays(), decided_at=at, reason="copied", now=NOW)
                make_work(project, make_worker(group, "W9"), rate="0.05", source="A9", at=at)
            close_day(SYSTEM, "KE", day + timedelta(days=1), now=NOW)


@pytest.fixture
def people(app: Flask) -> None:
    with app.app_context(), transaction():
        for name, role in (("first", "finance"), ("second", "finance"), ("boss", "admin"), ("lead", "manager")):
            make_user(role, f"{name}@example.com")


def state_of(app: Flask, run_day: date = DAY) -> str:
    with app.app_context(), transaction():
        return session().query(Run.state).filter_by(pay_day=run_day).scalar() or ""


def audited(app: Flask) -> int:
    with app.app_context(), transaction():
        return session().query(AuditEvent).count()


def test_one_person_approves_and_another_releases(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    first, second = sign_in("first@example.com"), sign_in("second@example.com")
    assert "Waiting for you" in first.get("/finance/runs").text
    assert "Yes, approve it" in first.get(PAGE).text
    approved = first.post(f"{PAGE}/approve", follow_redirects=True)
    assert (approved.status_code, state_of(app)) == (200, "approved")
    assert "You approved this run, and nobody does both" in approved.text
    assert "Yes, release it" not in approved.text
    assert "Waiting for you" not in first.get("/finance/runs").text
    released = second.post(f"{PAGE}/release", follow_redirects=True)
    assert (released.status_code, state_of(app)) == (200, "released")
    for words in ("Its payouts are being prepared", "2 payslips are being prepared"):
        assert words in text_of(released.text)
    with app.app_context():
        prepare_released(rail="sandbox", now=NOW)
    assert "being prepared" not in second.get(PAGE).text
    with app.app_context(), transaction():
        assert [order.state for order in session().query(Order)] == ["created", "created"]
    history = text_of(re.sub("<[^>]*>", " ", second.get(PAGE).text))
    for words in ("Closed Daybook", "Approved first@example.com", "Released second@example.com"):
        assert words in history


def test_the_same_person_is_refused_and_nothing_changes(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    first = sign_in("first@example.com")
    first.post(f"{PAGE}/approve")
    before = audited(app)
    refused = first.post(f"{PAGE}/release")
    assert refused.status_code == 409
    assert f"{RUN} was approved by first@example.com, so another person must release it." in refused.text
    assert (state_of(app), audited(app)) == ("approved", before)
    with app.app_context(), transaction():
        assert session().query(Order).count() == 0


def test_what_was_done_is_not_done_twice(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    first, second = sign_in("first@example.com"), sign_in("second@example.com")
    assert second.post(f"{PAGE}/release").status_code == 409
    assert first.post(f"{PAGE}/approve").status_code == 303
    assert first.post(f"{PAGE}/approve").status_code == 409
    assert second.post(f"{PAGE}/release").status_code == 303
    before = audited(app)
    again = second.post(f"{PAGE}/release")
    assert (again.status_code, audited(app)) == (409, before)
    assert "is released" in again.text


@pytest.mark.parametrize("email", ["boss@example.com", "lead@example.com"])
@pytest.mark.parametrize("deed", ["approve", "release", "exceptions/1"])
def test_who_may_not_do_it_is_refused(app: Flask, people: None, sign_in: SignIn, email: str, deed: str) -> None:
    make_run(app)
    before = audited(app)
    assert sign_in(email).post(f"{PAGE}/{deed}", data={"reason": "because"}).status_code == 403
    assert (state_of(app), audited(app)) == ("computed", before)


PAGES = ("", "/lines", "/payslips/W0", "/export/lines.csv")


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_those_who_may_see_them(app: Flask, people: None, sign_in: SignIn, path: str) -> None:
    make_run(app)
    assert app.test_client().get(PAGE + path).status_code == 302
    assert sign_in("lead@example.com").get(PAGE + path).status_code == 403
    assert sign_in("boss@example.com").get(PAGE + path).status_code == (403 if "export" in path else 200)
    assert sign_in("first@example.com").get(PAGE + path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("run", ["KE-2026-11-17", "XX-2026-11-18", "nonsense"])
def test_an_unknown_run_is_not_found(app: Flask, people: None, sign_in: SignIn, path: str, run: str) -> None:
    make_run(app)
    assert sign_in("first@example.com").get(f"/finance/runs/{run}{path}").status_code == 404


def test_an_unknown_payslip_export_or_exception_is_not_found(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    browser = sign_in("first@example.com")
    assert browser.get(f"{PAGE}/payslips/nobody").status_code == 404
    assert browser.get(f"{PAGE}/export/everything.csv").status_code == 404
    assert browser.post(f"{PAGE}/exceptions/77", data={"reason": "because"}).status_code == 404


def test_an_exception_needs_a_reason_and_what_was_typed_is_kept(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app, negative=True)
    run = "/finance/runs/KE-2026-11-19"
    with app.app_context(), transaction():
        number = session().query(RunException.id).scalar()
    browser = sign_in("first@example.com")
    assert "more was taken back than earned" in browser.get(run).text
    empty = browser.post(f"{run}/exceptions/{number}", data={"reason": "  "})
    assert (empty.status_code, "Say what you found and decided" in empty.text) == (400, True)
    words = "Seen with the project lead. " * 40
    long = browser.post(f"{run}/exceptions/{number}", data={"reason": words})
    assert (long.status_code, words.strip() in long.text) == (400, True)
    done = browser.post(f"{run}/exceptions/{number}", data={"reason": " Seen. "}, follow_redirects=True)
    assert "By first@example.com" in done.text
    with app.app_context(), transaction():
        assert session().query(RunException.reason).scalar() == "Seen."
    again = browser.post(f"{run}/exceptions/{number}", data={"reason": "Mine is better."})
    assert (again.status_code, "Mine is better." in again.text) == (409, True)


def test_a_run_is_put_beside_the_one_before(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app, negative=True)
    html = text_of(sign_in("first@example.com").get("/finance/runs/KE-2026-11-19").text)
    # 2 × 4.304148 KES before; 0.05 USD × 129.2537 = 6.462685 less 4.304148 KES now.
    assert "KES 8.608296" in html.replace("\xa0", " ")
    assert "KES 2.158537" in html.replace("\xa0", " ")
    assert "-74.92%" in html
    assert "1 USD = 129.2537 KES" in html.replace("\xa0", " ")


def test_payslips_are_found_by_the_workers_id(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app, workers=3)
    browser = sign_in("first@example.com")
    assert browser.get(f"{PAGE}/lines").text.count(f"{PAGE}/payslips/W") == 3
    found = browser.get(f"{PAGE}/lines?worker=w1").text
    assert (f"{PAGE}/payslips/W1" in found, f"{PAGE}/payslips/W2" in found) == (True, False)
    assert "No payslip fits" in browser.get(f"{PAGE}/lines?worker=%25").text
    assert browser.get(f"{PAGE}/lines?page=99999999999999999999").status_code == 200


def test_a_payslip_shows_where_each_amount_came_from(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    sign_in("first@example.com").post(f"{PAGE}/approve")
    browser = sign_in("second@example.com")
    browser.post(f"{PAGE}/release")
    with app.app_context():
        send(SandboxRail(SandboxPolicy()), now=lambda: NOW)
    html = browser.get(f"{PAGE}/payslips/W0").text.replace("\xa0", " ")
    accounts = ("accrued:W0", "payable:W0", "cost:FALCON", "exchange:test")
    for word in ("A0", "$0.0333", "1 USD = 129.2537 KES", "KES 4.304148", *accounts, "KES 4.30", "sbx_", "Name of W0"):
        assert word in html, word


def test_a_download_is_the_export_itself(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    answer = sign_in("first@example.com").get(f"{PAGE}/export/lines.csv")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={RUN}-lines.csv"
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.content_length == len(answer.data)
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [(row["worker"], row["source"], row["converted"]) for row in rows] == [
        ("W0", "A0", "4.304148"), ("W1", "A1", "4.304148")
    ]  # fmt: skip


def test_payouts_without_an_answer_are_listed(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    browser = sign_in("second@example.com")
    assert "No payout needs a look" in browser.get("/finance/payouts").text
    sign_in("first@example.com").post(f"{PAGE}/approve")
    browser.post(f"{PAGE}/release")
    with app.app_context():
        send(SandboxRail(SandboxPolicy(timeout=Decimal(1))), now=lambda: NOW)
    html = browser.get("/finance/payouts").text
    assert html.count("No answer from the rail") == 2
    assert f'href="{PAGE}"' in html
    assert "Being checked" in browser.get(PAGE).text


def test_declined_payouts_are_listed_with_their_reason(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    sign_in("first@example.com").post(f"{PAGE}/approve")
    browser = sign_in("second@example.com")
    browser.post(f"{PAGE}/release")
    with app.app_context():
        send(SandboxRail(SandboxPolicy(declined=Decimal(1))), now=lambda: NOW)
    assert browser.get("/finance/payouts").text.count("Declined by the rail.") == 2


def test_the_list_finds_by_group_and_state(app: Flask, people: None, sign_in: SignIn) -> None:
    make_run(app)
    browser = sign_in("boss@example.com")
    assert "Waiting for you" not in browser.get("/finance/runs").text
    assert PAGE in browser.get("/finance/runs?group=KE&state=computed").text
    assert "No run fits" in browser.get("/finance/runs?state=settled").text
    assert "No run fits" in browser.get("/finance/runs?group=XX").text
    assert PAGE in browser.get("/finance/runs?state=nonsense&page=x").text


@pytest.mark.parametrize(
    "path",
    ["/finance/runs", "/finance/runs/KE-2026-11-19", f"{PAGE}/lines", f"{PAGE}/payslips/W0", "/finance/payouts"],
)
def test_a_page_asks_the_same_number_of_questions_however_much_there_is(
    app: Flask, people: None, sign_in: SignIn, queries: Count, path: str
) -> None:
    make_run(app, negative=True)
    browser = sign_in("second@example.com")
    few = queries(lambda: browser.get(path))
    with app.app_context():
        with transaction():
            group, project = make_group("PH", timezone="Asia/Manila", currency="PHP"), make_project("HERON")
            for number in range(8):
                make_work(project, make_worker(group, f"P{number}", currency="KES"), rate="0.07")
            make_fx("USD", "PHP", "58.1")
        close_day(SYSTEM, "PH", DAY, now=NOW)
    many = queries(lambda: browser.get(path))
    assert few == many <= 16
