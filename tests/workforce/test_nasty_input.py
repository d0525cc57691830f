"""No input makes a page fail: every form field and query parameter of every route takes nasty values without a 5xx.

Nothing is listed here by hand. Pages are found from the table of routes and their links, forms and fields are read off
the pages, and query parameters off the source of the view; a new route is in by itself. Every request is undone, so
each form is sent to a world in which it still does something.
"""

import inspect
import io
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from structlog.testing import capture_logs

from tests.conftest import close_app
from tests.workforce.crawling import LEFT_OUT, Explorer, Form, addresses, browser_of, make_demo, undone
from workforce.core import clock
from workforce.core.http import OTHERS
from workforce.core.permissions import PUBLIC, ROLES, SIGNED_IN

pytestmark = pytest.mark.filterwarnings("ignore:Passing SelectField choices:DeprecationWarning")

NOBODY: Final = "nobody"
# What is sent in each field by itself.
WORST: Final = ("𝟙", "NaN", "9" * 40, "x" * 60_000, "../%s%(a)s{0}")
# What is sent in all fields at once.
NASTY: Final = (
    *WORST, "a\0b", "0", "-1", "1e999999", "1,000.5", "0.0000001", "9223372036854775808", "2026-02-30", "9999-12-31",
    "\u202e\ufeff\u200b", "👩🏽‍🚀", "=1+1", "\r\n\t", "[]", "\uffff", "",
)  # fmt: skip


@dataclass
class Walk(Explorer):
    """What is sent to what one person can reach, and what went wrong.

    Attributes:
        role: of the person.
        broken: requests whose answer says that it is our fault.
        asked: how many requests were sent.

    """

    role: str = NOBODY
    broken: list[str] = field(default_factory=list)
    asked: int = 0

    def parameters(self) -> None:
        """Ask every page with nasty values in all the query parameters that its view reads."""
        for endpoint, known in self.pages.items():
            if owner(self.app, endpoint) != self.role:
                continue
            path, names = urlsplit(known[0]).path, read_by(self.app, endpoint, "args")
            for name in names:
                for value in WORST:
                    self.ask("GET", path, query={name: value})
            for value in NASTY:
                self.ask("GET", path, query=dict.fromkeys([*names, "next", "unknown"], value))

    def send(self) -> None:
        """Send every form with nasty values in each field and in all, and with each field left out."""
        shown = set()
        for (endpoint, _), alike in self.forms.items():
            if owner(self.app, endpoint) == self.role:
                shown.add(endpoint)
                self.send_form(alike[0])
        self.send_what_no_page_shows(shown)

    def send_form(self, form: Form) -> None:
        """Send one form."""
        known = dict(form.fields)
        for name in known:
            if name != "csrf_token":
                self.post(form, {key: value for key, value in known.items() if key != name})
                for value in WORST:
                    self.post(form, {**known, name: value})
        for value in NASTY:
            self.post(form, {**dict.fromkeys(known, value), "unknown": value})

    def send_what_no_page_shows(self, shown: set[str]) -> None:
        """Send what pages of this world have no form for, with every field that any form has."""
        names = {name for _, names in self.forms for name in names}
        for address in addresses(self.app, "POST"):
            endpoint = self.endpoint(address, "POST") or ""
            if endpoint not in shown | LEFT_OUT and owner(self.app, endpoint) == self.role:
                for value in NASTY:
                    fields = {*names, *read_by(self.app, endpoint, "form")}
                    self.ask("POST", address, data=dict.fromkeys(fields, value))

    def post(self, form: Form, data: dict[str, str]) -> None:
        """Send a form, with a file that is none where it asks for one."""
        files = {name: (io.BytesIO(b"\0\xff\xfe,\x89PNG\r\n"), "a\0.csv") for name in form.files}
        self.ask("POST", form.action, data={**data, **files} if files else data)

    def ask(self, method: str, address: str, *, data: Any = None, query: Any = None) -> Any:
        """Ask for something, note it where the answer is that it is our fault, and undo what it did."""
        self.asked += 1
        with capture_logs() as said:
            answer = super().ask(method, address, data=data, query=query)
        late = [line for line in said if line["event"] == "refused by the database"]
        if answer.status_code >= 500 or late:
            told = {key: value[:40] for key, value in (data or query or {}).items() if isinstance(value, str)}
            self.broken.append(f"{method} {address} {told!r}: {answer.status_code} {late}")
        return answer


def owner(app: Flask, endpoint: str) -> str:
    """Return the one who tries an endpoint, so that not everybody who may does: nobody, or the first role that may."""
    permission = OTHERS.get(endpoint) or getattr(app.view_functions[endpoint], "permission", "")
    if permission == PUBLIC:
        return NOBODY
    return next((role for role in ROLES if permission == SIGNED_IN or permission in ROLES[role]), "")


def read_by(app: Flask, endpoint: str, source: str) -> list[str]:
    """Return the names that a view's module, or a common one beside it, reads out of request.args or request.form."""
    view = inspect.unwrap(app.view_functions[endpoint])
    package = view.__module__.rpartition(".")[0]
    modules = [sys.modules[name] for name in (view.__module__, f"{package}.common") if name in sys.modules]
    text = "".join(inspect.getsource(module) for module in modules)
    asked = r"number_asked\(|page_asked\(|" if source == "args" else r"number_sent\(|"
    found = re.findall(rf"""(?:{asked}{source}(?:\.get\(|\.getlist\(|\[))["'](\w+)["']""", text)
    return sorted({*found, *(("page", "start") if source == "args" else ())})


@pytest.fixture(scope="module")
def made(
    make_database: Callable[..., str], template: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Give an application with a small demo."""
    app = make_demo(make_database(f"daybook_nasty_{worker_id}", template), tmp_path_factory.mktemp("nasty"))
    yield app
    clock.freeze(None)
    close_app(app)


def walk(app: Flask, role: str, browser: FlaskClient, connection: Connection) -> Walk:
    """Do all of it for one person."""
    made = Walk(app, browser, connection, role=role)
    made.explore()
    made.parameters()
    made.send()
    return made


def few(broken: Sequence[str]) -> str:
    """Give the first findings, one a line."""
    return f"{len(broken)} requests failed:\n" + "\n".join(broken[:40])


@pytest.mark.parametrize("role", [NOBODY, *ROLES])
def test_nothing_that_is_sent_makes_a_page_fail(made: Flask, role: str) -> None:
    browser = made.test_client() if role == NOBODY else browser_of(made, role)
    with undone(made) as connection:
        found = walk(made, role, browser, connection)
    assert not found.broken, few(found.broken)
    assert found.asked > 100
