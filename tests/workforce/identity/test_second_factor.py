"""Whoever can move money or open accounts signs in with two things, and loses neither to a thief of one."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from sqlalchemy import select

from tests.factories import PASSWORD, code_now, make_user
from tests.workforce.identity.walking import give_code, give_password, grow_stale, key_on
from tests.workforce.test_permissions import EVERYBODY, TABLE, _calls
from workforce.core.db import rows, session, transaction
from workforce.core.http import BEFORE_SECOND_FACTOR
from workforce.core.permissions import SECOND_FACTOR
from workforce.identity.models import User
from wsgi import cli

SignIn = Callable[[str], FlaskClient]


def bare(app: Flask, role: str, email: str = "new@example.com") -> str:
    """Make an account whose second factor is not set up."""
    with app.app_context(), transaction():
        user = make_user(role, email)
        user.tf_primary_method = user.tf_totp_secret = None
    return email


def recovery_codes(browser: FlaskClient) -> list[str]:
    page = browser.post("/account/recovery-codes", data={"generate_new_codes": "1"}).text
    return re.findall(r"<code>([0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})</code>", page)


@pytest.mark.parametrize("role", sorted(SECOND_FACTOR))
def test_without_a_second_factor_such_a_person_reaches_nothing(app: Flask, sign_in: SignIn, role: str) -> None:
    browser, reached = sign_in(bare(app, role)), []
    for endpoint, method, address in _calls(app):
        if TABLE[endpoint] == EVERYBODY or endpoint in BEFORE_SECOND_FACTOR:
            continue
        answer = browser.open(address, method=method, buffered=True)
        if answer.status_code != 403 and answer.location != "/account/second-factor":
            reached.append((endpoint, method, answer.status_code, answer.location))
    assert not reached
    assert browser.get("/account/second-factor").status_code == 200


def test_setting_it_up_opens_the_pages_and_is_told_by_mail(app: Flask, sign_in: SignIn) -> None:
    browser = sign_in(bare(app, "finance"))
    assert browser.get("/finance/runs").location == "/account/second-factor"
    page = browser.post("/account/second-factor", data={"setup": "authenticator"}).text
    assert "<svg" in page
    assert "<img" not in page.split("<main")[1]
    action = re.search(r'action="(/account/second-factor/[^"]+)"', page)
    assert action
    wrong = browser.post(action[1], data={"code": "000000"})
    assert wrong.location == "/account/second-factor"
    assert browser.get("/finance/runs").status_code == 303
    code = TOTP(key=key_on(page), format="base32").generate().token
    assert browser.post(action[1], data={"code": f"{code[:3]} {code[3:]}"}).location == "/account"
    assert browser.get("/finance/runs").status_code == 200
    assert "You have no recovery codes" in browser.get("/account").text
    with app.app_context(), transaction():
        assert rows("SELECT 1 FROM audit_event WHERE action = 'second_factor.authenticator'")
        assert rows("SELECT 1 FROM mail WHERE recipient = 'new@example.com'")
        stored = session().scalar(select(User.tf_totp_secret).where(User.email == "new@example.com"))
        assert stored
        assert key_on(page) not in stored


def test_then_it_is_asked_for_at_sign_in(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    answer = client.post(
        "/sign-in?next=/finance/runs%3Fstate%3Dpaid", data={"email": "fin@example.com", "password": PASSWORD}
    )
    assert answer.location.startswith("/sign-in/code?next=")
    assert client.get("/finance/runs").location.startswith("/sign-in")
    assert client.get("/account").location.startswith("/sign-in")
    page = client.get(answer.location).text
    assert "In the demo" not in page
    assert client.post(answer.location, data={"code": "123"}).status_code == 200
    assert client.post(answer.location, data={"code": code_now()}).location == "/finance/runs?state=paid"
    assert client.get("/finance/runs").status_code == 200


def test_a_code_works_once_and_none_before_it_does(app: Flask) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    codes = code_now(), code_now(-1)
    for code, right in ((codes[0], True), (codes[0], False), (codes[1], False)):
        browser = app.test_client()
        give_password(browser, "fin@example.com")
        assert (give_code(browser, code=code).status_code == 302) is right
        assert (browser.get("/finance/runs").status_code == 200) is right


@pytest.mark.parametrize("code", ["", "000000", "１２３４５６", "1" * 500, "12345678901234", "abc", "-1"])
def test_what_is_no_code_opens_nothing(app: Flask, code: str) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    browser = app.test_client()
    give_password(browser, "fin@example.com")
    assert browser.post("/sign-in/code", data={"code": code}).status_code == 200
    assert browser.get("/account").status_code == 302


def test_the_second_page_alone_opens_nothing(app: Flask, client: FlaskClient) -> None:
    for address in ("/sign-in/code", "/sign-in/choose", "/sign-in/recovery-code"):
        assert client.post(address, data={"code": code_now()}).location == "/"
    assert client.get("/sign-in/passkey").status_code == 404
    assert client.get("/sign-in/help").status_code == 403


def test_a_recovery_code_works_once(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    codes = recovery_codes(sign_in("fin@example.com"))
    assert len(set(codes)) == 10
    with app.app_context(), transaction():
        stored = session().scalar(select(User.mf_recovery_codes).where(User.email == "fin@example.com"))
    assert not any(code in "".join(stored or []) for code in codes)
    for code, right in ((codes[0], True), (codes[0], False), ("dead-beef-0000", False), (codes[1], True)):
        browser = app.test_client()
        give_password(browser, "fin@example.com")
        answer = browser.post("/sign-in/recovery-code", data={"code": code})
        assert (answer.status_code == 302) is right
        assert (browser.get("/account").status_code == 200) is right


STEALABLE = [
    ("/account/second-factor", {"setup": "authenticator"}),
    ("/account/second-factor", {"setup": "disable"}),
    ("/account/recovery-codes", {"generate_new_codes": "1"}),
    ("/account/passkeys", {"name": "Mine", "usage": "secondary"}),
    ("/account/passkeys/remove", {"name": "Mine"}),
]


@pytest.mark.parametrize(("address", "fields"), STEALABLE)
def test_a_stolen_session_changes_no_second_factor(
    app: Flask, sign_in: SignIn, address: str, fields: dict[str, str]
) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    browser = sign_in("fin@example.com")
    grow_stale(browser)
    for answer in (browser.post(address, data=fields), browser.get(address), browser.get(f"{address}?show_codes=1")):
        assert answer.location is not None
        assert answer.location.startswith("/account/verify")


def test_a_token_of_another_account_sets_up_nothing_in_a_stolen_session(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        for name in ("victim", "thief"):
            make_user("finance", f"{name}@example.com")
    thief, stolen = sign_in("thief@example.com"), sign_in("victim@example.com")
    grow_stale(stolen)
    page = thief.post("/account/second-factor", data={"setup": "authenticator"}).text
    action = re.search(r'action="(/account/second-factor/[^"]+)"', page)
    assert action
    code = TOTP(key=key_on(page), format="base32").generate().token
    assert stolen.post(action[1], data={"code": code}).location.startswith("/account/verify")
    page = thief.post("/account/passkeys", data={"name": "Mine", "usage": "secondary"}).text
    action = re.search(r'action="(/account/passkeys/[^"]+)"', page)
    assert action
    assert stolen.post(action[1], data={"credential": "{}"}).location.startswith("/account/verify")


def test_it_cannot_be_switched_off_by_whose_role_needs_it(app: Flask, sign_in: SignIn) -> None:
    with app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    browser = sign_in("fin@example.com")
    assert "Switch it off" not in browser.get("/account/second-factor").text
    assert browser.post("/account/second-factor", data={"setup": "disable"}).status_code == 200
    with app.app_context(), transaction():
        assert session().scalar(select(User.tf_primary_method).where(User.email == "fin@example.com"))


def test_a_lost_second_factor_is_taken_away_on_the_command_line(fresh_app: Flask) -> None:
    with fresh_app.app_context(), transaction():
        make_user("finance", "fin@example.com")
    browser = fresh_app.test_client()
    give_password(browser, "fin@example.com")
    assert give_code(browser).status_code == 302
    done = CliRunner().invoke(cli, ["users", "reset-second-factor", "FIN@example.com"], obj=lambda: fresh_app)
    assert done.exit_code == 0, done.output
    assert browser.get("/account").location.startswith("/sign-in")
    assert give_password(browser, "fin@example.com").location == "/"
    assert browser.get("/finance/runs").location == "/account/second-factor"
    with fresh_app.app_context(), transaction():
        assert rows("SELECT 1 FROM audit_event WHERE action = 'second_factor.reset'")
        assert rows("SELECT 1 FROM mail WHERE recipient = 'fin@example.com'")
    missing = CliRunner().invoke(cli, ["users", "reset-second-factor", "nobody@example.com"], obj=lambda: fresh_app)
    assert missing.exit_code == 1
