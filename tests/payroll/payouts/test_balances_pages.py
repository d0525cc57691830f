"""A payout fails, its worker never works again, and finance sends it again on the page: they are paid and see it."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from payroll.closing.services import close_day
from payroll.ledger.queries import problems
from payroll.payouts.services import prepare_released
from tests.factories import DAY, NOW, make_group, make_project, make_user, make_work, make_worker
from tests.payroll.payouts.paying import balance, rail, send_now
from workforce.core.auth import SYSTEM
from workforce.core.db import rows, run, transaction

RUN = f"KE-{DAY}"
PAGE = "/finance/balances"
WHY = "The number of the wallet was corrected."
SignIn = Callable[[str], FlaskClient]


def text(browser: FlaskClient, address: str, status: int = 200) -> str:
    """Return what a page says, without its tags, with one plain space between words."""
    answer = browser.get(address)
    assert answer.status_code == status, answer.text
    return plain(answer.text)


def plain(html: str) -> str:
    words = unescape(re.sub(r"<[^>]+>", " ", html)).replace("\u00a0", " ").replace("\u2068", "").replace("\u2069", "")
    return re.sub(r"\s+", " ", words)


@pytest.fixture
def finance(app: Flask, sign_in: SignIn) -> tuple[FlaskClient, FlaskClient]:
    """Close a day of a worker with an account, and return two people of finance; the run is released on the page."""
    with app.app_context():
        with transaction():
            worker = make_worker(make_group(), "W1", email="amina@example.com")
            make_user("worker", "amina@example.com")
            make_work(make_project(), worker, rate="12.34", currency="KES")
            for name in ("first", "second"):
                make_user("finance", f"{name}@example.com")
        close_day(SYSTEM, "KE", DAY, now=NOW)
    first, second = sign_in("first@example.com"), sign_in("second@example.com")
    assert first.post(f"/finance/runs/{RUN}/approve").status_code == 303
    assert second.post(f"/finance/runs/{RUN}/release").status_code == 303
    return first, second


def fails(app: Flask) -> int:
    """Let the sending fail, and return the number of the order."""
    with app.app_context():
        prepare_released(rail="sandbox", now=NOW)
        send_now(rail(declined="1"))
        with transaction():
            return int(rows("SELECT max(id) FROM payout_order")[0][0])


def request_id(app: Flask) -> int:
    with app.app_context(), transaction():
        return int(rows("SELECT max(id) FROM payout_request")[0][0])


def test_a_failed_payout_of_a_worker_who_never_works_again_is_paid(
    app: Flask, sign_in: SignIn, finance: tuple[FlaskClient, FlaskClient]
) -> None:
    first, second = finance
    order = fails(app)
    worker = sign_in("amina@example.com")
    waits = "It goes with your next pay, or when the payroll team sends it again."
    assert f"The payout did not arrive. The amount is back in your balance. {waits}" in text(worker, "/me/earnings")
    assert waits in text(worker, f"/me/payslips/{RUN}")
    assert f"{RUN}/W1" in text(first, "/finance/payouts")
    assert f"{RUN}/W1" in text(first, PAGE)

    empty = first.post(f"/finance/payouts/{order}/resend", data={"reason": " "})
    assert (empty.status_code, "Say why it will arrive this time" in empty.text) == (400, True)
    proposed = first.post(f"/finance/payouts/{order}/resend", data={"reason": WHY}, follow_redirects=True)
    assert "Another person in finance must approve it" in plain(proposed.text)
    assert "You proposed it, so another person has to approve it." in plain(proposed.text)
    about_to = "the payroll team is about to send it again"
    assert about_to in text(worker, "/me/earnings")
    assert about_to in text(worker, f"/me/payslips/{RUN}")

    address = f"{PAGE}/requests/{request_id(app)}"
    assert first.post(f"{address}/approve").status_code == 403
    assert "payout waits for a second person" not in text(first, "/finance/payouts")
    assert "1 payout waits for a second person" in text(second, "/finance/payouts")
    shown = text(second, PAGE)
    for words in (f"Send {RUN}/W1 again", "KES 12.34", WHY, "by first@example.com"):
        assert words in shown
    approved = second.post(f"{address}/approve", follow_redirects=True)
    assert "You approved the payout." in plain(approved.text)
    assert second.post(f"{address}/approve").status_code == 409
    assert "A payout that failed is on its way again." in text(first, f"/finance/runs/{RUN}")
    with app.app_context():
        assert send_now().paid == 1
        with transaction():
            assert problems() == []
        assert balance() == 0

    earnings, slip = text(worker, "/me/earnings"), text(worker, f"/me/payslips/{RUN}")
    assert "Paid 20 Nov" in earnings or "Paid this month KES 12.34" in earnings
    assert "The payout did not arrive" not in earnings + slip
    assert re.search(r"KES 12\.34 Failed .*KES 12\.34 Paid", slip)
    assert f"{RUN}/W1/2" in text(first, f"/finance/runs/{RUN}/payslips/W1")
    assert "None: no money of a failed payout waits in a balance." in text(first, PAGE)
    export = first.get(f"/finance/runs/{RUN}/export/payouts.csv").text.splitlines()
    assert [line.split(",")[5] for line in export[1:]] == ["failed", "paid"]


def test_a_refusal_needs_a_reason_and_keeps_what_was_typed(
    app: Flask, finance: tuple[FlaskClient, FlaskClient]
) -> None:
    first, second = finance
    order = fails(app)
    first.post(f"/finance/payouts/{order}/resend", data={"reason": WHY})
    address = f"{PAGE}/requests/{request_id(app)}"
    assert second.post(f"{address}/refuse", data={"reason": ""}).status_code == 400
    long = second.post(f"{address}/refuse", data={"reason": "Ask them first. " * 100})
    assert (long.status_code, "Ask them first. Ask them first." in long.text) == (400, True)
    refused = second.post(f"{address}/refuse", data={"reason": "Ask them first."}, follow_redirects=True)
    assert "The money stays in the balance." in plain(refused.text)
    again = second.post(f"/finance/payouts/{order}/resend", data={"reason": WHY})
    assert again.status_code == 303
    withdrawn = second.post(f"{PAGE}/requests/{request_id(app)}/refuse", follow_redirects=True)
    assert "Nothing is sent." in plain(withdrawn.text)


def test_what_cannot_be_sent_is_refused_beside_what_was_typed(
    app: Flask, finance: tuple[FlaskClient, FlaskClient]
) -> None:
    first, _ = finance
    order = fails(app)
    with app.app_context(), transaction():
        run("UPDATE payout_order SET state = 'paid'")
    answer = first.post(f"/finance/payouts/{order}/resend", data={"reason": WHY})
    assert answer.status_code == 409
    assert first.post("/finance/payouts/999999/resend", data={"reason": WHY}).status_code == 404


def test_a_balance_in_a_former_currency_is_sent_on_the_page(
    app: Flask, sign_in: SignIn, finance: tuple[FlaskClient, FlaskClient]
) -> None:
    first, second = finance
    with app.app_context(), transaction():
        run("UPDATE pay_group SET minimum = 100000000")
    with app.app_context():
        prepare_released(rail="sandbox", now=NOW)
        with transaction():
            run("UPDATE worker SET currency = 'UGX'")
            key = rows("SELECT id FROM worker")[0][0]
    assert "You are not paid in this currency any more." in text(sign_in("amina@example.com"), "/me/earnings")
    assert "W1 KE KES 12.34 Not their pay currency any more" in text(first, PAGE)
    sent = first.post(f"{PAGE}/{key}/KES", data={"reason": WHY}, follow_redirects=True)
    assert "Send the KES balance of W1" in plain(sent.text)
    assert second.post(f"{PAGE}/requests/{request_id(app)}/approve").status_code == 303
    with app.app_context():
        assert send_now().paid == 1
        assert balance() == 0
    assert first.post(f"{PAGE}/{key}/XXX", data={"reason": WHY}).status_code == 409
