"""A worker's own pages: her numbers, hers alone, and never the customer's name."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from payroll.closing.services import close_day
from payroll.payouts.rails import SandboxRail
from payroll.payouts.services import release_run, send
from payroll.runs.services import approve
from tests.factories import (
    DAY,
    NOW,
    make_fx,
    make_group,
    make_project,
    make_user,
    make_work,
    make_worker,
)
from workforce.core.auth import SYSTEM
from workforce.core.db import session, transaction
from workforce.core.settings import SandboxPolicy
from workforce.paydays.models import PayGroup
from workforce.projects.queries import project_by_code
from workforce.tasks.models import Submission
from workforce.tasks.services import OpenDays, reverse
from workforce.workers.queries import worker_by_external_id

EMAIL = "amina@example.com"
NEXT = DAY + timedelta(days=1)
RUN = f"KE-{DAY}"
NBSP = "\u00a0"
PAGES = ("/me/earnings", f"/me/earnings/{DAY}", "/me/earnings/review", "/me/earnings/rejected", f"/me/payslips/{RUN}")

SignIn = Callable[[str], FlaskClient]


def text(browser: FlaskClient, address: str, status: int = 200) -> str:
    """Give what a page says, without its tags, with one plain space between words."""
    answer = browser.get(address)
    assert answer.status_code == status, answer.text
    assert "Secret Customer" not in answer.text
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)).replace(NBSP, " "))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def begin(*, minimum: str = "0", currency: str = "", email: str = EMAIL) -> None:
    """Make a group, a project and a worker with an account, and the rates of DAY."""
    group = make_group(minimum=minimum)
    make_project()
    make_worker(group, "W1", email=email, currency=currency)
    make_user("worker", email)
    make_fx("USD", "KES", "129.2537")


def work(external_id: str = "W1", project: str = "FALCON", **values: object) -> str:
    """Record a piece of a worker's."""
    return make_work(project_by_code(project), worker_by_external_id(external_id), **values)  # type: ignore[arg-type]


def pay(day: date = DAY, *, declined: str = "0", delay: int = 0, sent: bool = True) -> None:
    """Close a day, and take its run all the way to the rail."""
    name = f"KE-{day}"
    close_day(SYSTEM, "KE", day, now=NOW)
    with transaction():
        first, second = make_user("finance"), make_user("finance")
    with transaction():
        approve(first.actor, name, now=NOW)
    release_run(second.actor, name, rail="sandbox", now=NOW)
    if sent:
        send(SandboxRail(SandboxPolicy(declined=Decimal(declined), delay=delay)), now=lambda: NOW)


def take_back(source: str, *, at: datetime, reason: str) -> None:
    """Reverse an acceptance."""
    group = session().scalars(select(PayGroup)).one()
    submission = session().scalars(select(Submission).where(Submission.source == source)).one()
    reverse(SYSTEM, submission, group, OpenDays(), decided_at=at, reason=reason, now=NOW)


def micro(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def kes(amount: Decimal) -> str:
    """Write an amount as the pages do."""
    plain = f"{amount.normalize():f}"
    decimals = max(2, len(plain.partition(".")[2]))
    return f"KES {amount:,.{decimals}f}" if amount >= 0 else f"-KES {-amount:,.{decimals}f}"


def test_an_open_day_is_in_the_rates_currency_and_no_estimate_is_made(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        begin()
        work(rate="0.0125")
        work(rate="0.05")
        work(rate="6", kind="hourly", seconds=100)
        work(state="submitted", rate="0.07")
        source = work(state="rejected")
        session().scalars(select(Submission).where(Submission.source == source)).one().reason = "Blurred <boxes>"
    page = text(sign_in(EMAIL), "/me/earnings")
    # 0.0125 + 0.05 by the piece, and 100 s of 6 an hour: 0.166667.
    assert "Accepted, day not closed $0.229167" in page
    assert "FALCON · By the piece · 2 $0.0625" in page
    assert "FALCON · By the hour · 1 (1 min 40 s) $0.166667" in page
    assert "Converted to KES when the day is closed." in page
    assert "Under review 1" in page
    assert "Blurred <boxes>" in page
    assert "Late: it was expected by Nov 19, 2026, 6:00 PM UTC+3." in page
    assert "KES 0.00" in page
    assert "29." not in page.partition("Wednesday")[2], "no estimate"
    assert "write to the person who manages the project" in page.lower()


def test_a_payslip_tells_every_digit_from_piece_to_payout(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            sources = [work(rate="0.0333"), work(rate="0.0333"), work(rate="0.05")]
        pay()
    total, factor = Decimal("0.1166"), Decimal("129.2537")
    before, net = total * factor, micro(total * factor)
    each = [micro(rate * factor) for rate in (Decimal("0.0333"), Decimal("0.0333"), Decimal("0.05"))]
    page = text(sign_in(EMAIL), f"/me/payslips/{RUN}")
    assert f"Net {kes(net)} 3 pieces" in page
    assert "FALCON By the piece 2 2 × $0.0333 $0.0666" in page
    assert "FALCON By the piece 1 1 × $0.05 $0.05" in page
    assert "Published by test 1 USD = 129.2537 KES (Nov 18, 2026) How it is used As published Factor 129.2537" in page
    assert f"Converted, before rounding {before.normalize():f} KES" in page
    assert f"Rounding to the millionth {(net - before).normalize():f} KES Converted {kes(net)}" in page
    for source, amount in zip(sources, each, strict=True):
        assert re.search(rf"{source} FALCON Nov 18, 2026, 3:00 PM UTC\+3 1 × \$[\d.]+ \$[\d.]+ {kes(amount)} ", page)
    alone = sum(each, Decimal())
    assert f"All 3 pieces, each converted by itself {kes(alone)} Rounding {kes(net - alone)} Net" in page
    sent = Decimal("15.07")
    assert f"Carried from before KES 0.00 Net of this payslip {kes(net)} Sent -KES {sent}" in page
    assert f"Carried forward {kes(net - sent)} It is less than the smallest amount that can be sent." in page
    at = r"Nov 20, 2026, 3:00 PM UTC\+3"
    assert re.search(rf"sbx_\w+ KES {sent} Paid {at} {at} Nov 18, 2026", page)


def test_what_is_carried_adds_up_over_two_payslips(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin(minimum="10")
            work(rate="0.05")
            work(rate="0.06", at=noon(NEXT))
        pay()
        first = text(sign_in(EMAIL), f"/me/payslips/{RUN}")
        earnings = text(sign_in(EMAIL), "/me/earnings")
        pay(NEXT)
    one, two = (micro(Decimal(rate) * Decimal("129.2537")) for rate in ("0.05", "0.06"))
    assert "Carried forward" in first.partition("Where the money is")[2][:200]
    why = f"Carried forward {kes(one)} Your group sends amounts from KES 10.00 on."
    assert f"Net of this payslip {kes(one)} Sent KES 0.00 {why}" in first
    assert why in earnings
    browser = sign_in(EMAIL)
    second = text(browser, f"/me/payslips/KE-{NEXT}")
    assert f"Carried from before {kes(one)} Net of this payslip {kes(two)} Sent -KES 14.21" in second
    assert f"Carried forward {kes(one + two - Decimal('14.21'))}" in second
    # The first one went along with the second, and says so.
    assert re.search(r"sbx_\w+ KES 14.21 Paid .* Nov 19, 2026 What was sent", text(browser, f"/me/payslips/{RUN}"))
    assert "Paid this month KES 14.21" in text(browser, "/me/earnings")


def test_a_payout_that_failed_says_so_and_where_the_money_is(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            work(rate="1")
            work(rate="1", at=noon(NEXT))
        pay(declined="1")
        browser = sign_in(EMAIL)
        page, earnings = text(browser, f"/me/payslips/{RUN}"), text(browser, "/me/earnings")
        pay(NEXT)
    assert "The payout did not arrive The bank or wallet declined it. Nothing is lost" in page
    assert "KES 129.25 Failed" in page
    assert "Failed The payout did not arrive. The amount is back in your balance" in earnings
    assert "Carried forward KES 129.2537 A payout of it did not arrive." in earnings
    again = text(browser, f"/me/payslips/{RUN}")
    assert re.search(r"KES 129.25 Failed .* KES 258.50 Paid", again)
    assert "did not arrive" not in again


def test_work_under_way_to_the_rail_is_on_the_way(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            work(rate="1")
            work(rate="2", at=noon(NEXT))
        pay(delay=3600)
        close_day(SYSTEM, "KE", NEXT, now=NOW)
    page = text(sign_in(EMAIL), "/me/earnings")
    # 258.5074 closed and not released, 129.25 with the rail.
    assert "On the way KES 387.7574 KES 129.25 of it is being sent." in page
    assert "In the day’s pay Expected by Nov 20, 2026, 6:00 PM UTC+3." in page
    assert "Sent Late: it was expected by Nov 19, 2026, 6:00 PM UTC+3." in page


def test_a_day_with_more_taken_back_is_held_and_points_at_the_day_it_corrects(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            good, bad = work(rate="1", source="good-1"), work(rate="3", source="bad-1")
        close_day(SYSTEM, "KE", DAY, now=NOW)
        with transaction():
            take_back(bad, at=noon(NEXT), reason="Copied from another page")
            work(rate="1", at=noon(NEXT), source="new-1")
        close_day(SYSTEM, "KE", NEXT, now=NOW)
    browser = sign_in(EMAIL)
    page = text(browser, f"/me/payslips/KE-{NEXT}")
    assert "Net -KES 258.5074" in page
    assert "This day’s pay is stopped More was taken back on this day than you earned" in page
    assert "FALCON Taken back ( Nov 18, 2026 ) 1 -1 × $3.00 -$3.00" in page
    assert re.search(r"bad-1 FALCON .* Takes back a piece of Nov 18, 2026 \. Reason: Copied from another page", page)
    assert f'href="/me/earnings/{DAY}"' in browser.get(f"/me/payslips/KE-{NEXT}").text
    assert "On hold -KES 258.5074" in text(browser, "/me/earnings")
    before = text(browser, f"/me/earnings/{DAY}")
    assert re.search(r"bad-1 FALCON .* Taken back on Nov 19, 2026 \. Reason: Copied from another page", before)
    assert f"{good} FALCON" in before


def test_a_day_in_several_currencies_shows_each_way_of_converting(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            make_project("OSPREY")
            make_fx("KES", "EUR", "0.007")
            make_fx("USD", "GBP", "0.8")
            work(rate="10", currency="KES", project="OSPREY")
            work(rate="0.11", currency="USD")
            work(rate="0.21", currency="EUR")
            work(rate="0.31", currency="GBP")
        close_day(SYSTEM, "KE", DAY, now=NOW)
    dollars = micro(Decimal("0.11") * Decimal("129.2537"))
    euros = micro(Decimal("0.21") / Decimal("0.007"))
    pounds = micro(Decimal("0.31") / Decimal("0.8") * Decimal("129.2537"))
    net = Decimal(10) + dollars + euros + pounds
    browser = sign_in(EMAIL)
    page = text(browser, f"/me/payslips/{RUN}")
    assert f"Net {kes(net)} 4 pieces" in page
    assert "OSPREY By the piece 1 1 × KES 10.00 KES 10.00" in page
    assert "1 KES = 0.007 EUR (Nov 18, 2026) How it is used The published rate turned round: 1 ÷ rate" in page
    assert "Factor 1 ÷ 0.007 = 142.857142857142…" in page
    assert "1 USD = 0.8 GBP (Nov 18, 2026) · 1 USD = 129.2537 KES (Nov 18, 2026)" in page
    assert "Factor 1 ÷ 0.8 × 129.2537 = 161.567125" in page
    assert f"Earned in EUR €0.21 {kes(euros)} Earned in GBP £0.31 {kes(pounds)}" in page
    assert f"Earned in USD $0.11 {kes(dollars)} Net" in page
    assert kes(net) in text(browser, "/me/earnings")


@pytest.mark.parametrize(
    "run", [f"KE-{NEXT}", "KE-2026-W47-3", "XX-2026-11-18", "nothing", "KE-2026-02-31", f"OTHER-{DAY}"]
)
def test_a_run_without_her_and_one_that_is_not_there_get_the_same_answer(app: Flask, sign_in: SignIn, run: str) -> None:
    with app.app_context():
        with transaction():
            begin()
            other = make_group("OTHER")
            make_worker(other, "W2")
            make_worker(session().scalars(select(PayGroup).where(PayGroup.code == "KE")).one(), "W3")
            work()
            work("W2")
            work("W3", at=noon(NEXT))
        close_day(SYSTEM, "KE", DAY, now=NOW)
        close_day(SYSTEM, "KE", NEXT, now=NOW)
        close_day(SYSTEM, "OTHER", DAY, now=NOW)
    browser = sign_in(EMAIL)
    refused, absent = browser.get(f"/me/payslips/{run}"), browser.get("/me/payslips/XX-2020-01-01")
    assert (refused.status_code, absent.status_code) == (404, 404)
    said = [re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text) for answer in (refused, absent)]
    assert said[0].replace(run, "") == said[1].replace("XX-2020-01-01", "")


def test_a_worker_sees_nothing_of_another_one(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            make_worker(session().scalars(select(PayGroup)).one(), "W2")
            work(source="mine")
            work("W2", source="hers", rate="7")
            work("W2", source="waits", state="submitted")
        close_day(SYSTEM, "KE", DAY, now=NOW)
    browser = sign_in(EMAIL)
    for address in PAGES:
        page = text(browser, address)
        assert "hers" not in page
        assert "waits" not in page
        assert "$7" not in page


@pytest.mark.parametrize("address", PAGES)
def test_who_is_no_worker_is_told_whom_to_ask(app: Flask, sign_in: SignIn, address: str) -> None:
    with app.app_context(), transaction():
        begin()
        make_user("worker", "new@example.com")
    page = text(sign_in("new@example.com"), address)
    assert "You are signed in as new@example.com. If you work here, ask an administrator to link this account" in page


@pytest.mark.parametrize("role", ["finance", "manager", "admin"])
def test_other_roles_and_strangers_do_not_get_in(app: Flask, sign_in: SignIn, client: FlaskClient, role: str) -> None:
    with app.app_context(), transaction():
        make_user(role, "other@example.com")
    browser = sign_in("other@example.com")
    for address in PAGES:
        assert browser.get(address).status_code == 403
        assert client.get(address).location.startswith("/sign-in")


@pytest.mark.parametrize("day", ["2026-13-01", "20261118", "2026-W47-3", "today", "9999-12-31", "0001-01-01"])
def test_what_is_no_day_is_not_there(app: Flask, sign_in: SignIn, day: str) -> None:
    with app.app_context(), transaction():
        begin()
    assert sign_in(EMAIL).get(f"/me/earnings/{day}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_pieces(
    app: Flask, sign_in: SignIn, queries: Callable[[Callable[[], object]], int]
) -> None:
    with app.app_context():
        with transaction():
            begin()
            for number in range(10):
                work(rate=f"0.0{number + 1}")
        close_day(SYSTEM, "KE", DAY, now=NOW)
        with transaction():
            for number in range(200):
                work(rate=f"0.0{number + 1}", at=noon(NEXT), project="FALCON")
                work(state="submitted" if number % 2 else "rejected", at=noon(NEXT))
    browser = sign_in(EMAIL)
    pairs = [
        (f"/me/earnings/{DAY}", f"/me/earnings/{NEXT}"),
        (f"/me/payslips/{RUN}", f"/me/payslips/KE-{NEXT}"),
    ]
    few = queries(partial(text, browser, "/me/earnings"))
    with app.app_context():
        close_day(SYSTEM, "KE", NEXT, now=NOW)
    assert queries(partial(text, browser, "/me/earnings")) == few
    for small, large in pairs:
        assert queries(partial(text, browser, small)) == queries(partial(text, browser, large))


def test_hundreds_of_pieces_come_in_pages_that_show_each_once(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            made = {work(source=f"piece-{number:03}") for number in range(120)}
            left = {work(source=f"left-{number:03}", state="rejected") for number in range(60)}
        close_day(SYSTEM, "KE", DAY, now=NOW)
    browser = sign_in(EMAIL)
    for address, expected, pattern in (
        (f"/me/earnings/{DAY}", made, r"piece-\d+"),
        (f"/me/payslips/{RUN}", made, r"piece-\d+"),
        ("/me/earnings/rejected", left, r"left-\d+"),
    ):
        seen = [name for page in (1, 2, 3) for name in re.findall(pattern, text(browser, f"{address}?page={page}"))]
        assert sorted(seen) == sorted(expected)
    assert "51–100 / 120" in text(browser, f"/me/earnings/{DAY}?page=2")
    assert "piece-" not in text(browser, f"/me/earnings/{DAY}?page=99999999999999999999")


def test_days_come_youngest_first_and_in_pages(app: Flask, sign_in: SignIn) -> None:
    days = [DAY - timedelta(days=back) for back in range(20)]
    with app.app_context():
        with transaction():
            make_worker(make_group(open_day=days[-1]), "W1", email=EMAIL)
            make_project()
            make_user("worker", EMAIL)
            for day in days:
                work(currency="KES", rate="1", at=noon(day))
        for day in reversed(days[1:]):
            close_day(SYSTEM, "KE", day, now=NOW)
    browser = sign_in(EMAIL)
    seen = [
        date.fromisoformat(found)
        for page in (1, 2)
        for found in re.findall(r'<h2[^>]*><a href="/me/earnings/(.*?)"', browser.get(f"/me/earnings?page={page}").text)
    ]
    assert seen == days
    first, second = (text(browser, f"/me/earnings?page={page}") for page in (1, 2))
    assert "Earned a day, in KES" in first
    assert "Earned a day, in KES" not in second
    assert "1–14 / 20" in first


def test_the_pages_speak_the_readers_language_and_carry_no_script(app: Flask, sign_in: SignIn) -> None:
    with app.app_context():
        with transaction():
            begin()
            work()
        pay()
    browser = sign_in(EMAIL)
    browser.post("/locale", data={"locale": "vi"})
    for address in ("/me/earnings", f"/me/payslips/{RUN}", f"/me/earnings/{DAY}"):
        html = browser.get(address).text
        assert '<html lang="vi"' in html
        assert "18 thg 11, 2026" in html
        assert not re.search(r"<script|style=|onclick", html)


def test_a_worker_begins_with_her_earnings(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        begin()
    page = text(sign_in(EMAIL), "/me/earnings")
    assert "No day with accepted work" in page
    assert "My earnings" in page
