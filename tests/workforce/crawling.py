"""A small demo with everything that there is, and where one gets in it: for tests that open every page."""

import html
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule
from werkzeug.test import TestResponse

from tests.conftest import make_app, signed_in
from tests.factories import TOTP_KEY
from workforce.core import clock, demo
from workforce.core.db import db, rows, transaction
from workforce.identity.queries import user_by_email
from workforce.identity.services import set_up_authenticator

# Endpoints that end the session which is being used, or serve files.
LEFT_OUT: Final = {"core.static", "core.metrics", "security.logout"}
NOW: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)


def make_demo(url: str, instance: Path) -> Flask:
    """Make an application with a small demo; its clock stands at NOW until it is closed."""
    app = make_app(url, instance)
    app.config["PROPAGATE_EXCEPTIONS"] = False  # an error's page is looked at as any other
    clock.freeze(NOW)
    with app.app_context():
        begun = demo.begin(workers=12, days=4, seed=7, now=NOW, applicants=10)
        assert begun is not None
        demo.finish(begun, lambda _name: lambda _done, _all: None)
    return app


def links(address: str, answer: TestResponse) -> Iterator[str]:
    """Give the addresses of ours that an answer leads to."""
    found = [answer.location] if answer.location else []
    if "html" in (answer.content_type or ""):
        found += re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
    for link in found:
        whole = urlsplit(urljoin(f"http://localhost{address}", html.unescape(link)))
        if whole.hostname == "localhost":
            yield whole.path + (f"?{whole.query}" if whole.query else "")


def browser_of(app: Flask, role: str) -> FlaskClient:
    """Sign the demo's person of a role in."""
    email = next(address for name, address in demo.LOGINS if name == role)
    with app.app_context(), transaction():
        user = user_by_email(email)
        if user.needs_second_factor and not user.has_second_factor:
            set_up_authenticator(user, TOTP_KEY)
    return signed_in(app, email)


def values(app: Flask) -> dict[str, list[Any]]:
    """Give what stands in addresses, by its name there: two or three real ones of each."""
    with app.app_context(), transaction():
        codes = [code for (code,) in rows("SELECT code FROM project ORDER BY id LIMIT 3")]
        days = [row.pay_day for row in rows("SELECT DISTINCT pay_day FROM payslip ORDER BY 1 LIMIT 2")]
        group = rows("SELECT code FROM pay_group ORDER BY id LIMIT 1")[0][0]
        workers = [key for (key,) in rows("SELECT external_id FROM worker ORDER BY id LIMIT 2")]
    runs = [f"{group}-{day}" for day in days]
    return {
        "code": codes, "project": codes, "run": runs, "day": [*days, *map(str, days)], "name": [*codes, *runs],
        "worker": workers, "locale": ["en", "vi"],
    }  # fmt: skip


def addresses(app: Flask, method: str) -> list[str]:
    """Give addresses for every rule that answers to a method, filled in with what there is."""
    known, found = values(app), []
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or set()) and rule.endpoint != "core.static":
            found += _filled(app, rule, known)
    return found


def _filled(app: Flask, rule: Rule, known: dict[str, list[Any]]) -> list[str]:
    made = []
    for place in range(3):
        parts: dict[str, Any] = dict(rule.defaults or {})
        for name, converter in rule._converters.items():
            choices = known.get(name, ["NO-SUCH", *known["code"]])
            if type(converter).__name__ == "IntegerConverter":
                choices = [1, 2, 3]
            elif "Date" in type(converter).__name__:
                choices = [one for one in known["day"] if not isinstance(one, str)]
            elif hasattr(converter, "items") and not callable(converter.items):
                choices = sorted(converter.items)
            parts[name] = choices[place % len(choices)]
        with app.test_request_context():
            try:
                made.append(app.url_for(rule.endpoint, **parts))
            except Exception:  # noqa: BLE001 -- a converter that takes none of these is reached by links
                continue
    return list(dict.fromkeys(made))


@dataclass(frozen=True)
class Form:
    """A form of a page: where it is sent, and what its fields hold."""

    action: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]


class FormReader(HTMLParser):
    """Reads the forms off a page that are sent by POST."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._open: tuple[str, list[tuple[str, str]], list[str]] | None = None
        self._select = ""
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a form, or note a field of it."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            post = given.get("method", "").lower() == "post"
            self._open = (given.get("action") or self._address, [], []) if post else None
        elif self._open and given.get("name"):
            self._field(tag, given)
        elif tag == "option" and self._open and self._select and "selected" in given:
            self._open[1].append((self._select, given.get("value", "")))

    def _field(self, tag: str, given: dict[str, str]) -> None:
        assert self._open is not None
        kind = given.get("type", "text")
        if tag == "select":
            self._select = given["name"]
            self._open[1].append((given["name"], ""))
        elif kind == "file":
            self._open[2].append(given["name"])
        elif tag in {"input", "textarea", "button"}:
            self._open[1].append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """End a form."""
        if tag == "select":
            self._select = ""
        if tag == "form" and self._open:
            action, fields, files = self._open
            self.forms.append(Form(action, tuple(dict(fields).items()), tuple(files)))
            self._open = None


@dataclass
class Explorer:
    """What one person can reach. Every request is undone, so that each finds the world as it was.

    Attributes:
        app: the application.
        browser: the person's.
        connection: on which everything happens; see `undone`.
        pages: addresses that answered with a page, by endpoint.
        forms: those of the pages, by endpoint and names of fields.

    """

    app: Flask
    browser: FlaskClient
    connection: Connection
    pages: dict[str, list[str]] = field(default_factory=dict)
    forms: dict[tuple[str, tuple[str, ...]], list[Form]] = field(default_factory=dict)

    def explore(self, *, each: int = 2) -> None:
        """Open every page that can be reached, so many of each kind, and read the forms off them."""
        waiting, known, looked = deque([*addresses(self.app, "GET"), "/"]), set[str](), Counter[tuple[Any, ...]]()
        while waiting:
            address = waiting.popleft()
            endpoint = self.endpoint(address, "GET")
            key = (endpoint, tuple(sorted(re.findall(r"[?&]([^=&]+)=", address))))
            if address in known or endpoint is None or endpoint in LEFT_OUT or looked[key] >= each:
                continue
            known.add(address)
            answer = self.ask("GET", address)
            if answer.status_code != 200:
                continue
            looked[key] += 1
            self.pages.setdefault(endpoint, []).append(address)
            waiting.extend(links(address, answer))
            if "html" in (answer.content_type or ""):
                self.read(urlsplit(address).path, answer.text)

    def read(self, address: str, text: str) -> None:
        """Note the forms of a page."""
        reader = FormReader(address)
        reader.feed(text)
        for form in reader.forms:
            endpoint = self.endpoint(form.action, "POST")
            if endpoint and endpoint not in LEFT_OUT:
                names = tuple(re.sub(r"\d+", "N", name) for name, _ in form.fields)
                alike = self.forms.setdefault((endpoint, names), [])
                if len(alike) < 2 and form not in alike:
                    alike.append(form)

    def ask(self, method: str, address: str, *, data: Any = None, query: Any = None) -> TestResponse:
        """Ask for something, and undo what it did."""
        before = self.connection.begin_nested()
        answer = self.browser.open(address, method=method, data=data, query_string=query, buffered=True)
        before.rollback()
        return answer

    def endpoint(self, address: str, method: str) -> str | None:
        """Return the endpoint of an address of ours."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(address).path, method=method)[0])
        except (RequestRedirect, HTTPException):
            return None


@contextmanager
def undone(app: Flask) -> Iterator[Connection]:
    """Let everything happen on one connection, and undo it."""
    with app.app_context():
        engine, engines = db.engine, cast("dict[str | None, object]", db.engines)
    connection = engine.connect()
    outer = connection.begin()
    engines[None] = connection
    try:
        yield connection
    finally:
        engines[None] = engine
        outer.rollback()
        connection.close()
