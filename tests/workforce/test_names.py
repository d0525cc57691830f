"""Customers' real names never leave projects:customer:read.

A small demo is made with everything that there is; then people of every role without that permission open every page,
follow every link, download every file, send every form, and read what they were mailed and told. The names of the
customers may be in none of it, however they are written.
"""

import html
import io
import json
import re
import zipfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit

import pytest
from flask import Flask, redirect, request
from flask.testing import FlaskClient
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from i18n.locale import LOCALES
from tests.conftest import close_app
from tests.workforce.crawling import addresses, browser_of, links, make_demo
from workforce.core import clock
from workforce.core.db import rows, transaction
from workforce.core.permissions import ROLES
from workforce.notifications.rules import written
from workforce.notifications.services import kind_named

# Of Flask-Security's own forms, which the tests of sign-in look at.
pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")
READ: Final = "projects:customer:read"
BLIND: Final = sorted(role for role, permissions in ROLES.items() if READ not in permissions)
# Pages that differ in their address alone are looked at so many times.
EACH: Final = 5
# What ends the session that is being used.
ENDING: Final = re.compile(r"^(security|account)\.")


@dataclass
class Crawl:
    """What one person was shown.

    Attributes:
        app: the application.
        browser: hers.
        needles: what may not be there.
        leaks: where it was: address, and which needle.
        broken: what answered that it is our fault.
        seen: endpoints that answered with a page of their own.

    """

    app: Flask
    browser: FlaskClient
    needles: frozenset[str]
    leaks: list[tuple[str, str]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    waiting: deque[str] = field(default_factory=deque)
    known: set[str] = field(default_factory=set)
    looked: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def run(self, addresses: list[str]) -> None:
        """Open pages, and all that they lead to."""
        for address in addresses:
            self.look(address, always=True)
        while self.waiting:
            self.look(self.waiting.popleft())

    def look(self, address: str, *, always: bool = False) -> None:
        """Open a page unless enough of its kind were opened, and note where it leads."""
        found = self.endpoint(address)
        if address in self.known or found is None or found in {"core.static", "security.logout", "core.metrics"}:
            return
        key = (found, tuple(sorted(re.findall(r"[?&]([^=&]+)=", address))))
        if not always and self.looked[key] >= EACH:
            return
        self.known.add(address)
        self.looked[key] += 1
        answer = self.browser.get(address, buffered=True)
        if answer.status_code == 200:
            self.seen[found] += 1
        self.judge(address, answer)
        for link in links(address, answer):
            self.waiting.append(link)

    def send(self, address: str, data: dict[str, str]) -> None:
        """Send a form that is filled in anyhow, and read what comes back."""
        answer = self.browser.post(address, data=data, buffered=True)
        self.judge(f"POST {address}", answer)

    def judge(self, address: str, answer: TestResponse) -> None:
        """Look for the needles in an answer and in its head."""
        text = readable(answer.data) + plain(json.dumps(list(answer.headers)))
        if answer.status_code >= 500:
            self.broken.append(address)
        self.leaks += [(address, needle) for needle in self.needles if needle in text]

    def endpoint(self, address: str) -> str | None:
        """Give the endpoint of an address of ours."""
        try:
            return str(self.app.url_map.bind("localhost").match(urlsplit(address).path, method="GET")[0])
        except RequestRedirect:
            return "redirect"
        except HTTPException:
            return None


def plain(text: str) -> str:
    """Give a text in one way of writing, whatever it was written in: HTML, an address, JSON, small letters or not."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    for _ in range(2):
        text = html.unescape(unquote_plus(text))
    return " ".join(text.casefold().split())


def readable(content: bytes) -> str:
    """Give the text of an answer, a spreadsheet's too."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b" ".join(archive.read(name) for name in archive.namelist())
    text = content.decode("utf-8", "replace")
    return plain(text) + plain(re.sub(r"<[^>]*>", "", text))


def needles_of(names: list[str]) -> frozenset[str]:
    """Give what may not be read: each name, and its first word, which nothing else is called."""
    return frozenset({plain(name) for name in names} | {plain(name.split()[0]) for name in names})


@pytest.fixture(scope="module")
def made(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Give an application with a small demo."""
    app = make_demo(make_database(f"daybook_names_{worker_id}", template), tmp_path_factory.mktemp("names"))
    yield app
    clock.freeze(None)
    close_app(app)


@pytest.fixture(scope="module")
def needles(made: Flask) -> frozenset[str]:
    """Give what nobody may read."""
    with made.app_context(), transaction():
        return needles_of([name for (name,) in rows("SELECT name FROM customer")])


def crawl(app: Flask, browser: FlaskClient, needles: frozenset[str], *, forms: bool = True) -> Crawl:
    """Look at everything that a person can get."""
    made = Crawl(app, browser, needles)
    made.run([*addresses(app, "GET"), "/no-such-page", "/manage/projects/NO-SUCH", "/me/payslips/NO-SUCH"])
    for address in addresses(app, "POST") if forms else []:
        endpoint = app.url_map.bind("localhost").match(urlsplit(address).path, method="POST")[0]
        if not ENDING.match(endpoint):
            made.send(address, {})
            made.send(address, {"reason": "A reason that is long enough", "text": "x" * 40, "project": "FALCON"})
    made.run(["/", "/me/messages"])
    return made


@pytest.mark.parametrize("role", BLIND)
def test_no_page_file_form_or_error_tells_a_customers_name(made: Flask, needles: frozenset[str], role: str) -> None:
    found = crawl(made, browser_of(made, role), needles)
    assert found.leaks == []
    assert found.broken == []
    assert len(found.seen) >= 8, f"only these answered: {sorted(found.seen)}"


def test_nobody_who_is_not_signed_in_reads_one(made: Flask, needles: frozenset[str]) -> None:
    assert crawl(made, made.test_client(), needles).leaks == []


def test_what_was_mailed_and_told_names_no_customer(made: Flask, needles: frozenset[str]) -> None:
    """Runs after the crawls, whose forms told people things, too."""
    with made.app_context(), transaction():
        mails = rows("SELECT subject || ' ' || text AS said FROM mail")
        messages = rows("SELECT kind, params, link FROM message")
        said = [plain(mail.said) for mail in mails]
        for one in messages:
            for locale in LOCALES:
                words = written(kind_named(one.kind), one.params, locale=locale, zone="UTC")
                said.append(plain(f"{words.subject} {words.body} {one.link} {json.dumps(one.params)}"))
    assert said, "nobody was told anything"
    assert not [(needle, text) for text in said for needle in needles if needle in text]


def test_who_may_read_them_finds_them(made: Flask, needles: frozenset[str]) -> None:
    """Without this the others would pass if names were written in a way that is not looked for."""
    found = crawl(made, browser_of(made, "admin"), needles, forms=False)
    assert found.leaks, "no page shows a customer to an administrator"


LEAKS: Final[dict[str, Callable[[str], Any]]] = {
    "plain": lambda name: name,
    "escaped": lambda name: str(escape(name)),
    "escaped twice": lambda name: str(escape(str(escape(name)))),
    "in small letters": lambda name: name.lower(),
    "with a mark in between": lambda name: Markup("<b>") + name[:5] + Markup("</b>") + name[5:],
    "in an address": lambda name: f'<a href="/x?{json.dumps(name)}">'.replace(" ", "+"),
    "as JSON": lambda name: json.dumps({"customer": name}),
    "the first word": lambda name: f"for {name.split()[0]}:",
    "a redirect": lambda name: redirect("/me/messages?of=" + name.replace("&", "%26").replace(" ", "%20")),
    "an error": lambda name: (f"no project of {name}", 404),
}


@pytest.mark.parametrize("way", LEAKS)
def test_a_leak_that_is_planted_is_found(
    made: Flask, needles: frozenset[str], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with made.app_context(), transaction():
        ((name,),) = rows("SELECT name FROM customer WHERE name LIKE '%&%' LIMIT 1")
    right = made.view_functions["messages.preferences"]

    def leaking(**_: object) -> Any:
        return LEAKS[way](name) if "planted" in request.args else "nothing here"

    leaking.permission = vars(right)["permission"]  # type: ignore[attr-defined]
    monkeypatch.setitem(made.view_functions, "messages.preferences", leaking)
    found = Crawl(made, browser_of(made, "worker"), needles)
    found.run(["/me/messages/preferences", "/me/messages/preferences?planted=1"])
    leaking_pages = {address for address, _ in found.leaks}
    assert "/me/messages/preferences?planted=1" in leaking_pages
    assert "/me/messages/preferences" not in leaking_pages
