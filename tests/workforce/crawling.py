"""A small demo with everything that there is, and where one gets in it: for tests that open every page."""

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.conftest import make_app, signed_in
from tests.factories import TOTP_KEY
from workforce.core import clock, demo
from workforce.core.db import rows, transaction
from workforce.identity.queries import user_by_email
from workforce.identity.services import set_up_authenticator

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
