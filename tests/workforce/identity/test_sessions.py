"""A session is a row that can be seen and ended; nothing that a browser kept opens what was ended."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import NOW, PASSWORD, make_user
from tests.workforce.identity.walking import give_code, give_password, grow_stale
from workforce.core import clock
from workforce.core.db import rows, session, transaction
from workforce.identity.models import User

SignIn = Callable[[str], FlaskClient]
NEW = "four mossy green lanterns"


@pytest.fixture
def email(app: Flask) -> str:
    with app.app_context(), transaction():
        return make_user("worker", "lan@example.com").email


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


def kept(browser: FlaskClient) -> dict[str, object]:
    with browser.session_transaction() as cookie:
        return dict(cookie)


def replay(app: Flask, cookie: dict[str, object]) -> FlaskClient:
    """Give a browser that holds a copy of another one's cookie."""
    browser = app.test_client()
    with browser.session_transaction() as mine:
        mine.update(cookie)
    return browser


def enters(browser: FlaskClient) -> bool:
    return browser.get("/account").status_code == 200


def test_a_cookie_opens_nothing_after_sign_out(app: Flask, client: FlaskClient, email: str) -> None:
    give_password(client, email)
    copy = kept(client)
    assert enters(replay(app, copy))
    client.post("/sign-out")
    assert not enters(client)
    assert not enters(replay(app, copy))


def test_a_cookie_of_before_sign_in_does_not_follow_into_it(app: Flask, email: str) -> None:
    planted = app.test_client()
    planted.get("/sign-in")
    before = kept(planted)
    victim = replay(app, before)
    give_password(victim, email)
    assert enters(victim)
    assert not enters(planted)
    assert not enters(replay(app, before))
    assert kept(victim).get("csrf_token") != before.get("csrf_token", "")


def test_another_persons_token_opens_no_account(app: Flask, sign_in: SignIn, email: str) -> None:
    with app.app_context(), transaction():
        other = make_user("worker", "other@example.com").email
    mixed = {**kept(sign_in(email)), "_user_id": kept(sign_in(other))["_user_id"]}
    assert not enters(replay(app, mixed))


def test_devices_are_listed_and_ended_one_by_one_or_all(app: Flask, sign_in: SignIn, email: str) -> None:
    here, there, elsewhere = (sign_in(email) for _ in range(3))
    page = here.get("/account/sessions").text
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', page)
    assert len(ends) == 2
    assert "this one" in page
    here.post(ends[-1])
    assert [enters(one) for one in (here, there, elsewhere)] == [True, False, True]
    here.post("/account/sessions/end-others")
    assert [enters(one) for one in (here, there, elsewhere)] == [True, False, False]


def test_nobody_ends_the_session_of_somebody_else(app: Flask, sign_in: SignIn, email: str) -> None:
    with app.app_context(), transaction():
        thief = make_user("worker", "thief@example.com").email
    browser = sign_in(email)
    with app.app_context(), transaction():
        ((number,),) = rows("SELECT id FROM user_session WHERE ended_at IS NULL")
    assert sign_in(thief).post(f"/account/sessions/{number}/end").status_code == 404
    assert enters(browser)


def test_a_changed_password_ends_all_others_and_is_told(app: Flask, sign_in: SignIn, email: str) -> None:
    here, there = sign_in(email), sign_in(email)
    copy = kept(here)
    fields = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
    poor = here.post(
        "/account/password", data={**fields, "new_password": "password1234", "new_password_confirm": "password1234"}
    )
    assert "one of the commonest" in poor.text
    assert here.post("/account/password", data=fields).location == "/account"
    assert [enters(one) for one in (here, there, replay(app, copy))] == [True, False, False]
    assert give_password(app.test_client(), email).status_code == 200
    assert give_password(app.test_client(), email, NEW).location == "/"
    with app.app_context(), transaction():
        assert rows("SELECT 1 FROM mail WHERE recipient = :to AND subject LIKE '%password%'", to=email)


def test_a_shut_account_is_out_at_once(app: Flask, sign_in: SignIn, email: str) -> None:
    browser = sign_in(email)
    with app.app_context(), transaction():
        session().scalars(select(User).where(User.email == email)).one().active = False
    assert not enters(browser)


@pytest.mark.parametrize(("role", "remember", "hours", "right"), [
    ("worker", "", 11, True), ("worker", "", 13, False),
    ("worker", "y", 13 * 24, True), ("worker", "y", 15 * 24, False),
    ("finance", "y", 1, True), ("finance", "y", 3, False),
])  # fmt: skip
def test_a_session_is_over_some_day(app: Flask, role: str, remember: str, hours: int, right: bool) -> None:
    with app.app_context(), transaction():
        make_user(role, "one@example.com")
    browser = app.test_client()
    give_password(browser, "one@example.com", remember=remember)
    if role == "finance":
        give_code(browser)
    assert enters(browser)
    assert not browser.get_cookie("remember_token")
    clock.freeze(NOW + timedelta(hours=hours))
    assert enters(browser) is right


def test_that_somebody_is_here_is_noted_every_few_minutes(
    app: Flask, sign_in: SignIn, email: str, queries: Callable[[Callable[[], object]], int]
) -> None:
    browser = sign_in(email)
    usual = queries(lambda: browser.get("/account/sessions"))
    clock.freeze(NOW + timedelta(minutes=6))
    assert queries(lambda: browser.get("/account/sessions")) == usual + 1
    assert queries(lambda: browser.get("/account/sessions")) == usual
    for _ in range(5):
        sign_in(email)
    assert queries(lambda: browser.get("/account/sessions")) == usual


def test_what_moves_money_asks_who_it_is_and_comes_back_to_its_page(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    browser = sign_in("fin@example.com")
    assert browser.post("/finance/runs/NO-2020-01-01/approve").status_code == 404
    grow_stale(browser)
    page = "http://localhost/finance/runs?state=computed"
    for address in ("approve", "release", "exceptions/1"):
        answer = browser.post(f"/finance/runs/NO-2020-01-01/{address}", headers={"Referer": page})
        assert answer.location == "/account/verify?next=/finance/runs?state%3Dcomputed"
    assert "Nothing was done yet." in browser.get(answer.location).text
    assert browser.post(answer.location, data={"password": "wrong horse battery"}).status_code == 200
    done = browser.post(answer.location, data={"password": PASSWORD})
    assert done.location == "/finance/runs?state=computed"
    assert browser.post("/finance/runs/NO-2020-01-01/approve").status_code == 404
    grow_stale(browser)
    elsewhere = browser.post("/finance/runs/X/approve", headers={"Referer": "https://evil.example/finance"})
    assert elsewhere.location == "/account/verify?next=/"
    away = browser.post("/account/verify", data={"password": PASSWORD, "next": "//evil.example"})
    assert "evil" not in (away.location or "")


@pytest.mark.parametrize(
    "address",
    ["/account/password", "/account/verify", "/account/sessions/end-others", "/forgot-password", "/account/passkeys"],
)
def test_no_other_site_sends_these_forms(guarded: Flask, sign_in: SignIn, email: str, address: str) -> None:
    fields = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW, "email": email}
    for browser in (sign_in(email), guarded.test_client()):
        answer = browser.post(address, data=fields)
        assert answer.status_code in {302, 400} or "open for too long" in answer.text
    assert give_password(sign_in(email), email).status_code in {200, 302, 400}
    with guarded.app_context(), transaction():
        assert not rows("SELECT 1 FROM mail")
        assert not rows("SELECT 1 FROM audit_event WHERE action = 'session.end'")
