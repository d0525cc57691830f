"""What every request goes through: sign-in, language, permissions, errors, headers, limits."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.factories import PASSWORD, code_now, make_user
from workforce.core.db import session, transaction
from workforce.core.http import is_local
from workforce.identity.models import User

SignIn = Callable[[str], FlaskClient]
ELSEWHERE = [
    "//evil.example", "///evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)", "evil.example", " //evil.example",
]  # fmt: skip


@pytest.fixture
def manager(app: Flask) -> str:
    """Give the address of a manager's account."""
    with app.app_context(), transaction():
        return make_user("manager", "manager@example.com").email


@pytest.fixture
def guarded(app: Flask) -> Iterator[FlaskClient]:
    """Give a browser of an application that asks for tokens, as the real one does."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app.test_client()
    app.config["WTF_CSRF_ENABLED"] = False


def token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def test_sign_in_works_with_the_token_of_its_page_and_not_without(guarded: FlaskClient, manager: str) -> None:
    fields = {"email": manager, "password": PASSWORD}
    page = guarded.get("/sign-in").text
    assert guarded.post("/sign-in", data=fields).location is None
    answer = guarded.post("/sign-in", data={**fields, "csrf_token": token(page)})
    assert (answer.status_code, answer.location) == (302, "/sign-in/code?next=/")


def test_a_post_without_a_token_is_refused_with_a_page_that_says_what_to_do(guarded: FlaskClient) -> None:
    answer = guarded.post("/locale", data={"locale": "vi"})
    assert answer.status_code == 400
    assert "The page was open for too long. Please send it again." in answer.text


@pytest.mark.parametrize(
    ("language", "title", "answer"),
    [
        ("en", "Sign in", "The email or the password is not right."),
        ("vi", "Đăng nhập", "Email hoặc mật khẩu không đúng."),
    ],
)
def test_an_unknown_address_and_a_wrong_password_get_the_same_answer_in_the_readers_language(
    client: FlaskClient, manager: str, language: str, title: str, answer: str
) -> None:
    headers = {"Accept-Language": language}
    pages = []
    for email in (manager, "nobody@example.com"):
        got = client.post("/sign-in", data={"email": email, "password": "wrong horse battery"}, headers=headers)
        assert got.status_code == 200
        assert f'value="{email}"' in got.text  # nothing typed is lost
        pages.append(re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", got.text).replace(email, "EMAIL"))
    assert pages[0] == pages[1]
    assert f"<h1>{title}</h1>" in pages[0]
    assert answer in pages[0]


def test_a_shut_account_gets_that_answer_too(app: Flask, client: FlaskClient, manager: str) -> None:
    with app.app_context(), transaction():
        session().query(User).filter_by(email=manager).one().active = False
    page = client.post("/sign-in", data={"email": manager, "password": PASSWORD}).text
    assert "The email or the password is not right." in page


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_to_another_site(sign_in: SignIn, client: FlaskClient, manager: str, target: str) -> None:
    assert not is_local(target)
    assert client.get("/sign-in", query_string={"next": target}).status_code == 400
    for answer in (
        client.post("/sign-in", query_string={"next": target}, data={"email": manager, "password": PASSWORD}),
        client.post("/sign-in", data={"email": manager, "password": PASSWORD, "next": target}),
        client.post("/locale", data={"locale": "en", "next": target}),
    ):
        where = urljoin("http://localhost/sign-in", answer.location or "")
        assert urlsplit(where).netloc == "localhost"
        assert where.isprintable()
        assert "\\" not in where


def test_after_sign_in_one_is_where_one_wanted_to_go(client: FlaskClient, manager: str) -> None:
    asked = client.get("/manage/projects?days=7")
    assert asked.location == "/sign-in?next=/manage/projects?days%3D7"
    answer = client.post(asked.location, data={"email": manager, "password": PASSWORD})
    answer = client.post(answer.location, data={"code": code_now()})
    assert answer.location == "/manage/projects?days=7"


def test_the_language_is_kept_in_the_session_and_with_the_account(
    app: Flask, sign_in: SignIn, client: FlaskClient, manager: str
) -> None:
    answer = client.post("/locale", data={"locale": "vi", "next": "/sign-in"})
    assert answer.location == "/sign-in"
    assert '<html lang="vi"' in client.get("/sign-in").text
    assert client.post("/locale", data={"locale": "tlh"}).status_code == 404
    sign_in(manager).post("/locale", data={"locale": "vi", "next": "/manage/projects"})
    assert '<html lang="vi"' in sign_in(manager).get("/manage/projects").text  # on another device too


@pytest.mark.parametrize(
    ("path", "method", "code", "title"),
    [
        ("/admin/jobs", "GET", 403, "You may not see this"),
        ("/nothing/here", "GET", 404, "There is no such page"),
        ("/sign-out", "GET", 405, "That does not work here"),
        ("/manage/projects/NO-SUCH", "GET", 404, "There is no such page"),
    ],
)
def test_an_error_is_a_page_of_ours(
    sign_in: SignIn, manager: str, path: str, method: str, code: int, title: str
) -> None:
    answer = sign_in(manager).open(path, method=method)
    assert answer.status_code == code
    assert f"<h1>{title}</h1>" in answer.text
    assert manager in answer.text


def test_a_file_that_is_too_large_gets_a_page_with_the_limit_and_the_command(sign_in: SignIn, manager: str) -> None:
    body = b"x" * (4 * 1024 * 1024 + 1)
    answer = sign_in(manager).post("/manage/imports", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert "at most 4 MB" in answer.text
    assert "daybook import work FILE" in answer.text


@pytest.mark.parametrize(
    ("problem", "code", "title"),
    [
        (ValueError("private words"), 500, "Something went wrong"),
        (OperationalError("SELECT", {}, Exception("private words")), 503, "Daybook is not ready"),
    ],
)
def test_a_fault_of_ours_is_a_page_that_tells_nothing_and_asks_nobody(
    app: Flask,
    sign_in: SignIn,
    manager: str,
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception,
    code: int,
    title: str,
) -> None:
    browser = sign_in(manager)

    def fail(**_: object) -> str:
        raise problem

    fail.permission = "projects:throughput:read"  # type: ignore[attr-defined]
    monkeypatch.setitem(app.view_functions, "tasks.project_list", fail)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.get("/manage/projects")
    assert answer.status_code == code
    assert f"<h1>{title}</h1>" in answer.text
    assert "private words" not in answer.text
    assert manager not in answer.text


def test_a_view_without_a_permission_is_refused_to_everybody(
    app: Flask, sign_in: SignIn, manager: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "tasks.project_list", lambda: "secret")
    assert sign_in(manager).get("/manage/projects").status_code == 403
    assert app.test_client().get("/manage/projects").status_code == 403


def test_every_answer_carries_safe_headers_and_is_not_kept(client: FlaskClient) -> None:
    for path in ("/sign-in", "/healthz", "/nothing"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("host", "secure"), [("127.0.0.1:8000", False), ("pay.example.com", True)])
def test_cookies_are_kept_from_scripts_other_sites_and_open_lines(
    client: FlaskClient, manager: str, host: str, secure: bool
) -> None:
    data = {"email": manager, "password": PASSWORD, "remember": "y"}
    answer = client.post("/sign-in", data=data, headers={"Host": host})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert ("Secure" in cookie) == secure, cookie


def test_machines_get_their_answers(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").text == "ready\n"
    assert "daybook_requests_total" in client.get("/metrics").text
    assert "daybook_leaders 0.0" in client.get("/metrics").text
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404
