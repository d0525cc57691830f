"""The pages of rates and offers, as those see them who use them."""

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_group, make_project, make_user
from tests.factories.projects import make_manager
from tests.factories.rates import bonus, day, make_line, make_offer, make_participant, personal
from workforce.core.auth import Actor
from workforce.core.db import rows, session, transaction
from workforce.identity.queries import user_by_email
from workforce.notifications.jobs import tell_crowds
from workforce.projects.queries import project_by_code
from workforce.rates.models import Rate, RateOffer
from workforce.workers.queries import worker_by_external_id


class Cast(NamedTuple):
    """Addresses of a manager, of another one of the same project, of finance, and of a worker with her id."""

    manager: str
    second: str
    finance: str
    face: str
    worker: str


SignIn = Callable[[str], FlaskClient]
NEW = {"kind": "piece", "amount": "0.40", "currency": "usd", "level": "", "country": "", "reason": "Shorter <texts>"}
OFFER = {"kind": "piece", "amount": "0.80", "currency": "USD", "pieces": "", "reason": "Good work",
         "valid_from": str(day(0)), "valid_to": str(day(9))}  # fmt: skip


@pytest.fixture
def cast(app: Flask) -> Cast:
    with app.app_context(), transaction():
        project, group = make_project(), make_group()
        make_line(project, "0.50", valid_from=day(-60))
        worker, user = make_participant(project, group, country="KE", currency="KES")
        return Cast(
            make_manager(project).email, make_manager(project).email, make_user("finance").email, user.email,
            worker.external_id,
        )  # fmt: skip


def count(app: Flask, table: type) -> int:
    with app.app_context(), transaction():
        return session().query(table).count()


def test_a_line_is_looked_at_before_it_is_written(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    browser, address = sign_in(cast.manager), "/manage/projects/FALCON/rates"
    assert "$0.50 a piece" in browser.get(address).text.replace("\xa0", " ")
    asked = browser.post(address, data=NEW | {"valid_from": str(day(8))})
    assert asked.status_code == 200
    assert count(app, Rate) == 1
    assert "Who is told: 1" in asked.text
    assert "Shorter &lt;texts&gt;" in asked.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    done = browser.post(address, data=hidden | {"reason": "Shorter <texts>"}, follow_redirects=True)
    assert "everybody whom it concerns is told" in done.text
    assert cast.manager in done.text
    with app.app_context(), transaction():
        line = session().query(Rate).filter_by(valid_from=day(8)).one()
        assert (line.rate, line.currency, line.reason) == (400_000, "USD", "Shorter <texts>")
    with app.app_context():
        tell_crowds()
    assert "0 of 1" in browser.get(address).text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"valid_from": str(day(3))}, "7 days ahead"),
        ({"valid_from": str(day(-1)), "amount": "0.90"}, "never changed backwards"),
        ({"valid_from": str(day(-60))}, "holds from"),
        ({"valid_from": str(day(9)), "currency": "XXX"}, "three letters of a currency"),
        ({"valid_from": str(day(9)), "country": "XX"}, "two letters of a country"),
        ({"valid_from": str(day(9)), "amount": "0,40"}, "plain number"),
        ({"valid_from": str(day(9)), "amount": "0.0000001"}, "plain number"),
        ({"valid_from": "tomorrow"}, "date such as"),
        ({"valid_from": str(day(9)), "reason": ""}, "fill this in"),
        ({"valid_from": str(day(9)), "kind": "month"}, "Choose one"),
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirm": "1"}], ids=["asked", "confirmed"])
def test_what_is_refused_says_why_and_loses_nothing(
    app: Flask, cast: Cast, sign_in: SignIn, given: dict[str, str], said: str, confirmed: dict[str, str]
) -> None:
    browser = sign_in(cast.manager)
    answer = browser.post("/manage/projects/FALCON/rates", data=NEW | {"reason": "Typed"} | given | confirmed)
    assert answer.status_code in {400, 409}
    assert said in answer.text
    assert (given.get("reason", "Typed") or "name=") in answer.text
    assert count(app, Rate) == 1


def test_finance_reads_every_card_and_writes_none(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    finance, stranger = sign_in(cast.finance), None
    page = finance.get("/manage/projects/FALCON/rates")
    assert page.status_code == 200
    assert "Add a line" not in page.text
    with app.app_context(), transaction():
        stranger = make_user("manager").email
    other = sign_in(stranger)
    assert other.get("/manage/projects/FALCON/rates").status_code == 404
    assert other.post("/manage/projects/FALCON/rates", data=NEW | {"valid_from": str(day(9))}).status_code == 404
    assert other.get("/manage/projects/FALCON/offers").status_code == 404


def test_an_offer_goes_its_way_over_three_pages(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    manager, second, face = sign_in(cast.manager), sign_in(cast.second), sign_in(cast.face)
    proposed = manager.post(
        "/manage/projects/FALCON/offers", data=OFFER | {"worker": cast.worker}, follow_redirects=True
    )
    assert "waits for a second person" in proposed.text
    assert "No offers yet" in face.get("/me/offers").text
    assert "Nothing waits for you" in manager.get("/manage/offers").text
    waiting = second.get("/manage/offers").text
    assert cast.worker in waiting
    with app.app_context(), transaction():
        number = session().query(RateOffer).one().id
    refused = second.post(f"/manage/offers/{number}", data={"decision": "refuse", "reason": ""})
    assert (refused.status_code, "say why" in refused.text) == (400, True)
    assert manager.post(f"/manage/offers/{number}", data={"decision": "approve"}).status_code == 403
    assert "It binds" not in face.get("/me/offers").text
    second.post(f"/manage/offers/{number}", data={"decision": "approve"})
    page = face.get("/me/offers").text
    assert "Good work" in page
    assert "Accept" in page
    assert manager.post(f"/manage/offers/{number}/withdraw").status_code == 409
    done = face.post(f"/me/offers/{number}", data={"answer": "accept"}, follow_redirects=True)
    assert "You have accepted the offer" in done.text
    assert face.post(f"/me/offers/{number}", data={"answer": "decline"}).status_code == 409
    assert "your own rate" in face.get("/me/rates").text


@pytest.mark.parametrize(
    "given",
    [{"worker": "NO-SUCH"}, {"amount": "0.10"}, {"kind": "bonus"}, {"valid_to": str(day(-2))}, {"reason": ""}],
)
def test_an_offer_that_is_refused_loses_nothing(app: Flask, cast: Cast, sign_in: SignIn, given: dict[str, str]) -> None:
    data = OFFER | {"worker": cast.worker, "amount": "0.77"} | given
    answer = sign_in(cast.manager).post("/manage/projects/FALCON/offers", data=data)
    assert answer.status_code in {400, 404, 409}
    assert f'value="{data["amount"]}"' in answer.text
    assert count(app, RateOffer) == 0


def test_a_worker_sees_what_comes_and_says_that_she_read_it(app: Flask, cast: Cast, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        make_line(project_by_code("FALCON"), "0.40", valid_from=day(8))
        number = session().query(Rate).filter_by(valid_from=day(8)).one().id
    with app.app_context():
        tell_crowds()
    face = sign_in(cast.face)
    page = face.get("/me/rates").text
    for words in ("FALCON", "I have read it", "keeps its price", "What comes"):
        assert words in page
    after = face.post(f"/me/rates/{number}/read", follow_redirects=True).text
    assert "I have read it" not in after
    assert face.post(f"/me/rates/{2**40}/read").status_code == 404
    with app.app_context(), transaction():
        assert rows("SELECT count(*) FROM rate_acknowledgement")[0][0] == 1


def test_no_page_takes_more_statements_for_more_lines_and_offers(
    app: Flask, cast: Cast, sign_in: SignIn, queries: Callable[[Callable[[], object]], int]
) -> None:
    addresses = {
        "/manage/projects/FALCON/rates": cast.manager, "/manage/projects/FALCON/offers": cast.manager,
        "/manage/offers": cast.second, "/me/rates": cast.face, "/me/offers": cast.face,
    }  # fmt: skip
    browsers = {email: sign_in(email) for email in set(addresses.values())}

    def fill(first: int, number: int) -> None:
        with app.app_context(), transaction():
            project, worker = project_by_code("FALCON"), worker_by_external_id(cast.worker)
            manager, second = (_actor(email) for email in (cast.manager, cast.second))
            for offset in range(first, first + number):
                make_line(project, f"0.{90 - offset}", valid_from=day(offset))
                make_offer(project, worker, bonus(), manager=manager)
                make_offer(project, worker, personal(), manager=manager, second=second)

    def counts() -> dict[str, int]:
        def ask(address: str, email: str) -> int:
            def call() -> None:
                assert browsers[email].get(address).status_code == 200

            call()  # what is read once a process is read
            return queries(call)

        return {address: ask(address, email) for address, email in addresses.items()}

    fill(10, 1)
    few = counts()
    fill(11, 6)
    assert counts() == few


def _actor(email: str) -> Actor:
    return user_by_email(email).actor
