"""Links by mail, the same answer for everybody, and how often one may try."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import make_user
from tests.workforce.identity.walking import give_code, give_password
from workforce.core.db import rows, session, transaction
from workforce.identity import forms
from workforce.identity.models import User

NEW = "four mossy green lanterns"
SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def limited(app: Flask) -> Iterator[Flask]:
    app.config["COUNT_TRIES"] = True
    yield app
    app.config["COUNT_TRIES"] = False


@pytest.fixture
def email(app: Flask) -> str:
    with app.app_context(), transaction():
        return make_user("worker", "lan@example.com").email


def mails(app: Flask) -> list[str]:
    with app.app_context(), transaction():
        return [text for (text,) in rows("SELECT text FROM mail ORDER BY id")]


def link(text: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", text)
    assert found, text
    return found[1]


def plain(page: str, *addresses: str) -> str:
    for address in addresses:
        page = page.replace(address, "EMAIL")
    return re.sub(r'name="csrf_token"[^>]*', "", page)


def test_a_link_by_mail_lets_one_choose_a_new_password_once(
    app: Flask, client: FlaskClient, sign_in: SignIn, email: str
) -> None:
    browser = sign_in(email)
    client.post("/forgot-password", data={"email": "LAN@example.com"}, headers={"Host": "evil.example"})
    (text,) = mails(app)
    assert "evil.example" not in text
    address = link(text)
    assert client.get(address).status_code == 200
    assert (
        "one of the commonest"
        in client.post(address, data={"password": "password1234", "password_confirm": "password1234"}).text
    )
    assert client.post(address, data={"password": NEW, "password_confirm": NEW}).location == "/sign-in"
    assert browser.get("/account").status_code == 302
    assert client.get(address).location == "/forgot-password"
    assert give_password(app.test_client(), email, NEW).location == "/"
    assert len(mails(app)) == 2


def test_an_address_is_confirmed_before_the_first_sign_in(app: Flask, client: FlaskClient, email: str) -> None:
    with app.app_context(), transaction():
        session().scalars(select(User).where(User.email == email)).one().confirmed_at = None
    assert give_password(client, email).status_code == 200 or client.get("/account").status_code == 302
    client.post("/confirm", data={"email": email})
    address = link(mails(app)[-1])
    for _ in range(2):  # a program that looks at links in mails opens it, too
        assert "Confirm address" in client.get(address).text
        assert client.head(address).status_code == 200
    assert give_password(app.test_client(), email).status_code == 200
    assert client.post(address).location == "/sign-in"
    assert client.get(address).location == client.post(address).location == "/confirm"
    assert give_password(app.test_client(), email).location == "/"
    assert give_password(client, email).location == "/"


@pytest.mark.parametrize("address", ["/forgot-password", "/confirm"])
def test_the_answer_and_the_work_are_the_same_for_an_unknown_address(
    app: Flask, client: FlaskClient, email: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction():
        session().scalars(select(User).where(User.email == email)).one().confirmed_at = (
            None if address == "/confirm" else select(User.confirmed_at).limit(1).scalar_subquery()
        )
    calls: list[str] = []

    def counted(data: str) -> str:
        calls.append(data)
        return "$5$rounds=1000$x$x"

    monkeypatch.setattr(forms, "hash_data", counted)
    monkeypatch.setattr("flask_security.recoverable.hash_data", counted)
    monkeypatch.setattr("flask_security.confirmable.hash_data", counted)
    answers, work = [], []
    for one in (email, "nobody@example.com"):
        answers.append(plain(app.test_client().post(address, data={"email": one}).text, one))
        work.append(len(calls))
        calls.clear()
    assert answers[0] == answers[1]
    assert work == [1, 1]


def test_sign_in_hashes_once_whether_there_is_an_account_or_not(
    app: Flask, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction():
        make_user("worker", "shut@example.com").active = False
    calls: list[str] = []

    def note(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            calls.append(name)
            return real(*given, **more)

        return call

    from argon2 import low_level  # noqa: PLC0415 -- what passlib calls in the end

    for name in ("verify_secret", "hash_secret"):
        monkeypatch.setattr(low_level, name, note(name, getattr(low_level, name)))
        monkeypatch.setattr(
            f"passlib.handlers.argon2._argon2_cffi.low_level.{name}", getattr(low_level, name), raising=False
        )
    counts = []
    for one in (email, "nobody@example.com", "shut@example.com"):
        give_password(app.test_client(), one, "wrong horse battery")
        counts.append(len(calls))
        calls.clear()
    assert counts == [1, 1, 1]


def test_after_ten_tries_an_account_is_left_alone_for_a_while_however_it_is_written(limited: Flask, email: str) -> None:
    written = [email, "LAN@example.com", " lan@EXAMPLE.com "]
    answers = [give_password(limited.test_client(), written[i % 3], "wrong horse battery") for i in range(11)]
    assert [one.status_code for one in answers[:10]] == [200] * 10
    assert answers[10].status_code == 429
    assert 0 < int(answers[10].headers["Retry-After"]) <= 900
    assert "Please wait" in answers[10].text
    assert give_password(limited.test_client(), email).status_code == 429
    assert give_password(limited.test_client(), "other@example.com").status_code == 200


def test_who_signs_in_is_counted_anew(limited: Flask, email: str) -> None:
    for _ in range(3):
        for _ in range(9):
            give_password(limited.test_client(), email, "wrong horse battery")
        assert give_password(limited.test_client(), email).location == "/"


def test_codes_cannot_be_tried_through(limited: Flask) -> None:
    with limited.app_context(), transaction():
        make_user("finance", "fin@example.com")
    statuses = []
    for number in range(12):
        browser = limited.test_client()
        if number % 6 == 0:
            give_password(browser, "fin@example.com")
            held = browser
        statuses.append(give_code(held, code=f"{number:06}").status_code)
    assert statuses == [200] * 10 + [429] * 2
    assert held.post("/sign-in/recovery-code", data={"code": "dead-beef-0000"}).status_code == 429


def test_nobody_claims_another_address(limited: Flask) -> None:
    statuses = []
    for number in range(61):
        browser, claimed = limited.test_client(), {"X-Forwarded-For": f"10.0.0.{number}"}
        fields = {"email": f"a{number}@example.com", "password": ""}
        statuses.append(browser.post("/sign-in", data=fields, headers=claimed).status_code)
    assert statuses == [200] * 60 + [429]


@pytest.mark.parametrize("password", ["x" * 60_000, "\x00", "", "\ud7ff" * 300])
def test_no_password_breaks_sign_in(app: Flask, email: str, password: str) -> None:
    assert give_password(app.test_client(), email, password).status_code == 200
