"""What holds for every route alike: tokens, the second factor, redirects, signing out, and what others own.

The routes are taken from the application, so a new one is in by itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from tests.conftest import close_app, signed_in
from tests.factories import make_project, make_user
from tests.factories.projects import make_member
from tests.workforce.crawling import Explorer, browser_of, make_demo, undone
from tests.workforce.identity.walking import give_password
from tests.workforce.test_permissions import EVERYBODY, TABLE, _calls, _counts, _to_sign_in
from workforce.core import clock, demo
from workforce.core.auth import SYSTEM
from workforce.core.db import transaction
from workforce.core.permissions import ROLES, SECOND_FACTOR
from workforce.identity.queries import user_by_email
from workforce.paydays.queries import group_by_code
from workforce.workers.services import Profile, add_worker

pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
SignIn = Callable[[str], FlaskClient]
# A day's page is everybody's own day.
WRITES: Final = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH\b.*\b(INSERT|UPDATE|DELETE)\b)", re.IGNORECASE | re.DOTALL)
OF_THE_READER: Final = re.compile(r"/me/earnings/[0-9-]+$")
# Notes of the reading itself: that somebody is here, and who looked at a document or a tax form.
NOTES: Final = ("UPDATE user_session SET last_seen_at", "INSERT INTO audit_event")
ELSEWHERE: Final = (
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
)


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """Give an application that asks for tokens, as the real one does."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield app
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.mark.parametrize("role", ROLES)
def test_no_form_is_taken_without_its_token_or_from_another_site(guarded: Flask, sign_in: SignIn, role: str) -> None:
    with guarded.app_context(), transaction():
        email = make_user(role).email
    browser, taken = sign_in(email), []
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/account").text)
    assert found
    before = _counts(guarded)
    for endpoint, method, address in _calls(guarded):
        if method == "GET" or role not in TABLE[endpoint] or endpoint == "security.logout":
            continue
        bare = browser.open(address, method=method, data={"reason": "x"})
        foreign = browser.open(
            address, method=method, data={"reason": "x", "csrf_token": found[1]}, base_url="https://localhost",
            headers={"Referer": "https://evil.example/", "Origin": "https://evil.example"},
        )  # fmt: skip
        if {bare.status_code, foreign.status_code} != {400}:
            taken.append((endpoint, bare.status_code, foreign.status_code))
    assert not taken
    assert _counts(guarded) == before


@pytest.mark.parametrize("role", sorted(SECOND_FACTOR))
def test_between_the_password_and_the_code_no_page_opens(app: Flask, client: FlaskClient, role: str) -> None:
    with app.app_context(), transaction():
        email = make_user(role).email
    assert give_password(client, email).location.startswith("/sign-in/")
    opened = []
    for endpoint, method, address in _calls(app):
        if TABLE[endpoint] != EVERYBODY:
            answer = client.open(address, method=method, buffered=True)
            if not _to_sign_in(answer.location) and answer.status_code != 403:
                opened.append((endpoint, method, answer.status_code, answer.location))
    assert not opened


@pytest.mark.parametrize("role", ["nobody", "worker", "admin"])
def test_no_route_leads_to_another_site(app: Flask, sign_in: SignIn, role: str) -> None:
    with app.app_context(), transaction():
        email = "" if role == "nobody" else make_user(role).email
    browser = sign_in(email) if email else app.test_client()
    led = []
    for endpoint, method, address in _calls(app):
        if endpoint == "security.logout":
            continue
        for target in ELSEWHERE if role == "nobody" else ELSEWHERE[:2]:
            answer = browser.open(address, method=method, query_string={"next": target}, data={"next": target})
            where = answer.location or "/"
            if not where.startswith("/") or where.startswith(("//", "/\\", "/\t")) or "evil" in where.partition("?")[0]:
                led.append((endpoint, method, target, where))
    assert not led


@pytest.mark.parametrize("role", ROLES)
def test_a_cookie_opens_nothing_after_sign_out(app: Flask, sign_in: SignIn, role: str) -> None:
    with app.app_context(), transaction():
        email = make_user(role).email
    browser = sign_in(email)
    kept = browser.get_cookie("session")
    assert kept
    assert browser.get("/account").status_code == 200
    browser.post("/sign-out")
    thief, opened = app.test_client(), []
    for endpoint, method, address in _calls(app):
        if TABLE[endpoint] != EVERYBODY and TABLE[endpoint]:
            thief.set_cookie("session", kept.value)
            answer = thief.open(address, method=method, buffered=True)
            if not _to_sign_in(answer.location):
                opened.append((endpoint, method, answer.status_code, answer.location))
    assert not opened


@pytest.fixture(scope="module")
def made(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Give an application with a small demo."""
    app = make_demo(make_database(f"daybook_walks_{worker_id}", template), tmp_path_factory.mktemp("walks"))
    yield app
    clock.freeze(None)
    close_app(app)


@dataclass
class Writing(Explorer):
    """Notes what a GET writes.

    Attributes:
        wrote: address and statement.

    """

    wrote: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, method: str, address: str, *, data: Any = None, query: Any = None) -> Any:
        """Ask, and note each statement that changes a row, but that somebody was here."""
        said: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if WRITES.match(statement):
                said.append(" ".join(statement.split())[:100])

        event.listen(self.connection, "before_cursor_execute", note)
        answer = super().ask(method, address, data=data, query=query)
        event.remove(self.connection, "before_cursor_execute", note)
        self.wrote += [(address, one) for one in said if not one.startswith(NOTES)]
        return answer


@pytest.mark.parametrize("role", ["nobody", *ROLES])
def test_a_get_changes_nothing(made: Flask, role: str) -> None:
    """What is over its time is finished by a job or by a form; a program that follows links does nothing."""
    browser = made.test_client() if role == "nobody" else browser_of(made, role)
    clock.freeze(clock.now().replace(hour=23))  # later than whatever the demo has under way
    with undone(made) as connection:
        seen = Writing(made, browser, connection)
        seen.explore()
    assert seen.wrote == []
    assert seen.pages


def reach(app: Flask, email: str) -> tuple[set[str], set[str]]:
    """Return the addresses that somebody can open, and those to which a page of theirs sends a form."""
    with undone(app) as connection:
        seen = Explorer(app, signed_in(app, email), connection)
        seen.explore(each=30)
    opened = {address.partition("?")[0] for known in seen.pages.values() for address in known}
    return opened, {form.action.partition("?")[0] for alike in seen.forms.values() for form in alike}


@pytest.mark.parametrize("role", ["worker", "manager", "applicant"])
def test_two_of_one_kind_do_not_open_what_the_other_has(made: Flask, role: str) -> None:
    with made.app_context(), transaction():
        other = make_user(role, f"second-{role}@example.com").email
        if role == "worker":
            add_worker(SYSTEM, Profile("SECOND", email=other), group_by_code("KE"), now=clock.now())
        if role == "manager":
            make_member(make_project("SECOND-ONE", customer="Nobody at all"), user_by_email(other))
    one = next(email for name, email, _ in demo.logins() if name == role)
    browser_of(made, role)
    (opened, sent), (opened_by_other, sent_by_other) = reach(made, one), reach(made, other)
    own = {address for address in opened - opened_by_other if not OF_THE_READER.match(address)}
    own_forms = {one for one in sent - sent_by_other if re.search(r"\d|[A-Z]{3}", one)}
    assert own, "the first one has nothing of their own"
    with undone(made) as connection:
        seen = Explorer(made, signed_in(made, other), connection)
        read = [
            (address, answer.status_code) for address in own if (answer := seen.ask("GET", address)).status_code == 200
        ]
        done = [
            (address, answer.status_code)
            for address in own_forms
            if (answer := seen.ask("POST", address, data={"reason": "A reason that is long enough"})).status_code
            not in {403, 404, 409}
        ]
    assert not read
    assert not done
